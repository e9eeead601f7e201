#include "store/replay.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "files/durable_file.h"
#include "store/result_rows.h"
#include "store/store.h"

namespace attnsweep::store {

namespace {

using Noted = std::pair<AttemptKey, const AttemptNote*>;

bool is_known(Connection& connection, const std::string& trial)
{
    const auto select = connection.statement("SELECT 1 FROM trials WHERE trial_id = ?");
    select->bind(1, trial);
    return select->executeStep();
}

/// Inserts an attempt under the number from the journal (which a rebuilt store also uses), if that is free.
void insert_begun(Connection& connection, const AttemptKey& key, const AttemptNote& note)
{
    const auto insert =
        connection.statement("INSERT INTO attempts (attempt_id, trial_id, number, host, device, started_at) VALUES "
                             "((SELECT nullif(?1, 0) WHERE "
                             "NOT EXISTS (SELECT 1 FROM attempts WHERE attempt_id = ?1)), ?2, ?3, ?4, ?5, ?6)");
    insert->bind(1, note.attempt_id);
    insert->bind(2, key.first);
    insert->bind(3, key.second);
    insert->bind(4, note.host);
    insert->bind(5, note.device);
    insert->bind(6, note.started_at);
    insert->exec();
}

void enter_beginning_and_end(Connection& connection, const AttemptKey& key, const AttemptNote& note)
{
    std::optional<AttemptRow> row = attempt_row(connection, key.first, key.second);
    if (!row && !note.started_at.empty()) {
        insert_begun(connection, key, note);
        row = attempt_row(connection, key.first, key.second);
    }
    if (!row || !row->outcome.empty()) {
        return;
    }
    replace_epochs(connection, row->id, note.epochs);
    const auto update = connection.statement("UPDATE attempts SET epochs = max(epochs, ?2), outcome = nullif(?3, ''), "
                                             "ended_at = nullif(?4, '') WHERE attempt_id = ?1");
    update->bind(1, row->id);
    update->bind(2, note.last_epoch());
    update->bind(3, note.outcome);
    update->bind(4, note.outcome.empty() ? std::string() : note.ended_at);
    update->exec();
}

void enter_result(Connection& connection, const AttemptKey& key, const AttemptNote& note,
                  const std::filesystem::path& store_folder)
{
    const std::optional<AttemptRow> row = attempt_row(connection, key.first, key.second);
    if (row && row->outcome == "done") {
        return;
    }
    configs::TrialResult result;
    try {
        result = parse_result(files::read_file(attempt_folder_in(store_folder, key.first, key.second) / "result.json"));
    } catch (const std::exception&) {
        return;  // its copy in pending/ is imported next
    }
    if (result.trial_id != key.first) {
        return;
    }
    result.attempt = key.second;
    insert_result(connection, result, note.ended_at);
}

}  // namespace

void replay(Connection& connection, const AttemptNotes& notes, const std::filesystem::path& store_folder)
{
    std::vector<Noted> order;
    for (const auto& [key, note] : notes) {
        order.emplace_back(key, &note);
    }
    // In the order they began; those without a number last.
    std::stable_sort(order.begin(), order.end(), [](const Noted& a, const Noted& b) {
        return std::pair(a.second->attempt_id == 0, a.second->attempt_id) <
               std::pair(b.second->attempt_id == 0, b.second->attempt_id);
    });
    connection.write([&] {
        std::erase_if(order, [&](const Noted& noted) { return !is_known(connection, noted.first.first); });
        for (const auto& [key, note] : order) {
            enter_beginning_and_end(connection, key, *note);
        }
        // Of several done attempts the one that was committed first counts.
        std::stable_sort(order.begin(), order.end(),
                         [](const Noted& a, const Noted& b) { return a.second->committed < b.second->committed; });
        for (const auto& [key, note] : order) {
            if (note->committed > 0) {
                enter_result(connection, key, *note, store_folder);
            }
        }
    });
}

}  // namespace attnsweep::store
