#include "store/maintenance/store_files.h"

#include <algorithm>
#include <ctime>
#include <set>

#include <sys/stat.h>

#include <SQLiteCpp/Transaction.h>

#include "configs/error.h"
#include "configs/printable.h"
#include "files/disk_full.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "store/result_rows.h"
#include "store/store.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;

void read_result(const fs::path& file, const AttemptKey& key, StoreFiles& found)
{
    try {
        configs::TrialResult result = parse_result(files::read_file(file));
        if (result.trial_id != key.first) {
            throw configs::Error("it is of trial " + configs::printable(result.trial_id));
        }
        result.attempt = key.second;
        found.results.emplace(key, std::move(result));
    } catch (const files::Error& error) {
        if (files::is_out_of_descriptors(error.code())) {
            throw;  // the process's trouble, not the file's
        }
        found.damaged.push_back(error.what());
    } catch (const configs::Error& error) {
        found.damaged.push_back(file.string() + ": " + error.what());
    }
}

std::string changed_at(const fs::path& path)
{
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return now_utc();
    }
    std::tm parts{};
    gmtime_r(&status.st_mtim.tv_sec, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

void insert_revisions(Connection& connection, const std::vector<RevisionFile>& revisions)
{
    for (const RevisionFile& revision : revisions) {
        const auto sweep = connection.statement("INSERT INTO sweeps VALUES (?, ?) ON CONFLICT DO NOTHING");
        sweep->bind(1, revision.sweep_id);
        sweep->bind(2, revision.sweep);
        sweep->exec();
        const auto insert = connection.statement("INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert->bind(1, revision.revision_id);
        insert->bind(2, revision.sweep_id);
        insert->bind(3, revision.number);
        insert->bind(4, revision.sequence);
        insert->bind(5, revision.fingerprint);
        insert->bind(6, revision.description);
        insert->bind(7, revision.path);
        insert->bind(8, revision.canonical_text);
        insert->bind(9, revision.overrides);
        insert->bind(10, revision.data);
        insert->bind(11, revision.data_path);
        insert->bind(12, revision.created_at);
        insert->exec();
        for (std::size_t i = 0; i < revision.trials.size(); ++i) {
            const configs::Trial& trial = revision.trials[i];
            const auto own =
                connection.statement("INSERT INTO trials (trial_id, spec) VALUES (?, ?) ON CONFLICT DO NOTHING");
            own->bind(1, trial.id);
            own->bind(2, revision.specs[i]);
            own->exec();
            const auto link = connection.statement("INSERT INTO revision_trials VALUES (?, ?, ?, ?, ?, ?)");
            link->bind(1, revision.revision_id);
            link->bind(2, static_cast<std::int64_t>(i));
            link->bind(3, trial.id);
            link->bind(4, trial.label);
            link->bind(5, trial.configuration);
            link->bind(6, trial.repeat);
            link->exec();
        }
    }
}

struct Attempt {
    AttemptKey key;
    AttemptNote note;
    const configs::TrialResult* result = nullptr;
};

/// Sorts attempts by their number in the database. If two claim the same number (a journal line whose commit was rolled
/// back by a crash), the one committed later gets it.
std::vector<Attempt> attempts_of(const StoreFiles& files)
{
    std::vector<Attempt> attempts;
    for (const auto& [key, note] : files.notes) {
        const auto result = files.results.find(key);
        attempts.push_back({key, note, result == files.results.end() ? nullptr : &result->second});
    }
    for (const auto& [key, result] : files.results) {
        if (!files.notes.contains(key)) {
            attempts.push_back({key, {}, &result});
        }
    }
    std::map<std::int64_t, AttemptNote*> owner;
    std::int64_t highest = 0;
    for (Attempt& attempt : attempts) {
        const std::int64_t id = attempt.note.attempt_id;
        highest = std::max(highest, id);
        if (id == 0) {
            continue;
        }
        const auto [place, is_new] = owner.try_emplace(id, &attempt.note);
        if (is_new) {
            continue;
        }
        AttemptNote*& before = place->second;
        AttemptNote* loser = before->committed < attempt.note.committed ? before : &attempt.note;
        if (loser == before) {
            before = &attempt.note;
        }
        loser->attempt_id = 0;
    }
    for (Attempt& attempt : attempts) {
        if (attempt.note.attempt_id == 0) {
            attempt.note.attempt_id = ++highest;
        }
    }
    std::sort(attempts.begin(), attempts.end(),
              [](const Attempt& a, const Attempt& b) { return a.note.attempt_id < b.note.attempt_id; });
    return attempts;
}

void insert_begun(Connection& connection, const Attempt& attempt)
{
    const AttemptNote& note = attempt.note;
    const bool noted = !note.started_at.empty() || attempt.result == nullptr;
    const auto insert = connection.statement(
        "INSERT INTO attempts (attempt_id, trial_id, number, host, device, started_at, ended_at, outcome, epochs) "
        "VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), ?)");
    insert->bind(1, note.attempt_id);
    insert->bind(2, attempt.key.first);
    insert->bind(3, attempt.key.second);
    insert->bind(4, noted ? note.host : attempt.result->execution.host);
    insert->bind(5, noted ? note.device : attempt.result->execution.device);
    insert->bind(6, noted ? note.started_at : attempt.result->started_at);
    insert->bind(7, note.outcome.empty() ? std::string() : note.ended_at);
    insert->bind(8, note.outcome);
    insert->bind(9, note.last_epoch());
    insert->exec();
    replace_epochs(connection, note.attempt_id, note.epochs);
}

}  // namespace

StoreFiles read_store_files(const fs::path& store_folder)
{
    StoreFiles found;
    found.revisions = read_revisions(store_folder, found.damaged);
    found.annotations = read_annotations(store_folder, found.damaged);
    int damaged_lines = 0;
    found.notes = Journal::read(Journal::path_in(store_folder), damaged_lines);
    if (damaged_lines > 0) {
        found.damaged.push_back(Journal::path_in(store_folder).string() + ": " + std::to_string(damaged_lines) +
                                " line(s) whose checksum does not match");
    }
    std::error_code code;
    for (fs::directory_iterator trial(store_folder / "trials", code), end; !code && trial != end;
         trial.increment(code)) {
        std::error_code inner;
        for (fs::directory_iterator attempt(trial->path(), inner); !inner && attempt != end; attempt.increment(inner)) {
            const int number = attempt_number(attempt->path());
            std::error_code none;
            const fs::path result = attempt->path() / "result.json";
            if (number > 0 && fs::status(result, none).type() != fs::file_type::not_found) {
                read_result(result, {trial->path().filename().string(), number}, found);
            }
        }
        if (inner && inner != std::errc::no_such_file_or_directory && inner != std::errc::not_a_directory) {
            const files::Error unreadable(trial->path(), "cannot be read", inner.value());
            if (files::is_out_of_descriptors(inner.value())) {
                throw unreadable;
            }
            found.damaged.push_back(unreadable.what());
        }
    }
    if (code && code != std::errc::no_such_file_or_directory) {
        throw files::Error(store_folder / "trials", "cannot be read", code.value());
    }
    return found;
}

std::vector<std::string> fill_from_files(Connection& connection, const StoreFiles& files, const fs::path& store_folder)
{
    return connection.translate([&] {
        SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
        insert_revisions(connection, files.revisions);
        for (const Annotation& annotation : files.annotations) {
            insert_annotation(connection, annotation);
        }
        std::set<std::string> known;
        for (const RevisionFile& revision : files.revisions) {
            for (const configs::Trial& trial : revision.trials) {
                known.insert(trial.id);
            }
        }
        std::vector<std::string> strangers;
        std::vector<Attempt> attempts = attempts_of(files);
        std::erase_if(attempts, [&](const Attempt& attempt) {
            if (known.contains(attempt.key.first)) {
                return false;
            }
            strangers.push_back("trial " + attempt.key.first + ", attempt " + std::to_string(attempt.key.second));
            return true;
        });
        for (const Attempt& attempt : attempts) {
            insert_begun(connection, attempt);
        }
        // Of several done attempts, the one committed first counts.
        std::stable_sort(attempts.begin(), attempts.end(), [](const Attempt& a, const Attempt& b) {
            const auto when = [](const Attempt& x) { return x.note.committed > 0 ? x.note.committed : INT64_MAX; };
            return when(a) < when(b);
        });
        for (const Attempt& attempt : attempts) {
            if (attempt.result == nullptr) {
                continue;
            }
            const fs::path file =
                attempt_folder_in(store_folder, attempt.key.first, attempt.key.second) / "result.json";
            insert_result(connection, *attempt.result,
                          attempt.note.committed > 0 ? attempt.note.ended_at : changed_at(file));
        }
        transaction.commit();
        return strangers;
    });
}

}  // namespace attnsweep::store
