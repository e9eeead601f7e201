#include "store/maintenance/verify.h"

#include <algorithm>
#include <set>

#include <SQLiteCpp/Backup.h>
#include <fmt/format.h>
#include <unistd.h>

#include "configs/shell_word.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "files/lease.h"
#include "files/safetensors.h"
#include "files/scratch_file.h"
#include "store/maintenance/kept_results.h"
#include "store/maintenance/scratch_database.h"
#include "store/maintenance/store_files.h"
#include "store/store.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;

std::string first_words(const std::string& text)
{
    return text.size() > 120 ? text.substr(0, 117) + "..." : text;
}

std::string shown(const SQLite::Column& value)
{
    return value.isBlob() ? std::to_string(value.getBytes()) + " bytes" : first_words(value.getString());
}

/// Returns how many rows of `table` are in `left` but not in `right`, and the first of them.
std::pair<int, std::string> rows_only_in(Connection& connection, const std::string& table, const char* left,
                                         const char* right)
{
    SQLite::Statement select(connection.database(),
                             fmt::format("SELECT * FROM {0}.{2} EXCEPT SELECT * FROM {1}.{2}", left, right, table));
    int count = 0;
    std::string first;
    while (select.executeStep()) {
        if (count++ == 0) {
            for (int i = 0; i < std::min(select.getColumnCount(), 4); ++i) {
                first += (i == 0 ? "" : ", ") + shown(select.getColumn(i));
            }
        }
    }
    return {count, first};
}

constexpr const char* tables[] = {"sweeps",   "revisions", "trials",      "revision_trials", "splits",
                                  "attempts", "epochs",    "evaluations", "predictions",     "annotations"};

void compare(Connection& rebuilt, const fs::path& store, bool is_written, Verified& found)
{
    SQLite::Statement attach(rebuilt.database(), "ATTACH ? AS store");
    attach.bind(1, store.string());
    attach.exec();
    for (const char* table : tables) {
        found.rows += rebuilt.database().execAndGet(fmt::format("SELECT count(*) FROM store.{}", table)).getInt();
        const auto [lost, lost_row] = rows_only_in(rebuilt, table, "store", "main");
        const auto [extra, extra_row] = rows_only_in(rebuilt, table, "main", "store");
        if (lost > 0) {
            (is_written ? found.notes : found.problems)
                .push_back(fmt::format("{}: {} row(s) differ from the files, the first: {}", table, lost, lost_row));
        }
        if (extra > 0) {
            (is_written ? found.notes : found.problems)
                .push_back(fmt::format("{}: {} row(s) of the files are not in the store, the first: {}", table, extra,
                                       extra_row));
        }
    }
}

/// Annotations: what the database lacks is waiting to be taken in; what only the database has, or has newer, is lost.
void compare_annotations(Connection& rebuilt, Verified& found)
{
    const auto count = [&](const std::string& from, const std::string& to) {
        SQLite::Statement select(
            rebuilt.database(),
            fmt::format("SELECT count(*), min(sweep || trial_id) FROM {0}.annotations AS these WHERE NOT "
                        "EXISTS (SELECT 1 FROM {1}.annotations AS those WHERE those.sweep = these.sweep AND "
                        "those.fingerprint = these.fingerprint AND those.trial_id = these.trial_id AND "
                        "those.kind = these.kind AND those.key = these.key AND those.name >= these.name)",
                        from, to));
        select.executeStep();
        return std::pair(select.getColumn(0).getInt(), select.getColumn(1).getString());
    };
    if (const auto [lost, first] = count("store", "main"); lost > 0) {
        found.problems.push_back(
            fmt::format("annotations: the files of {} row(s) are missing or damaged, the first of {}", lost, first));
    }
    if (const auto [waiting, first] = count("main", "store"); waiting > 0) {
        found.notes.push_back(fmt::format("annotations: the next run takes in {}, the first of {}", waiting, first));
    }
    found.rows += rebuilt.database().execAndGet("SELECT count(*) FROM store.annotations").getInt();
}

void look_at_attempt(const fs::path& folder, Verified& found)
{
    // Weights and checkpoints of version 0.1.0 end in .pt.
    static const std::set<std::string> known{
        "result.json",     "log.txt",        "process.json", "weights-last.safetensors", "weights-best.safetensors",
        "weights-last.pt", "weights-best.pt"};
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        const std::string name = entry->path().filename().string();
        ++found.files;
        const bool is_checkpoint = name.starts_with("checkpoint");
        if (name.find(".tmp-") != std::string::npos) {
            found.notes.push_back(entry->path().string() + ": left over by a process that was killed; `attnsweep gc`");
        } else if (!known.contains(name) && !is_checkpoint) {
            found.notes.push_back(entry->path().string() + ": not a file of attnsweep");
        }
        const bool is_weights = name.ends_with(".safetensors");
        if (is_weights || name.ends_with(".ckpt") || name.ends_with(".pt")) {
            try {
                if (is_weights) {
                    files::read_safetensors(entry->path());
                } else {
                    files::read_checked(entry->path());
                }
            } catch (const files::Error& error) {
                found.problems.push_back(error.what());
            }
        }
    }
}

void look_at_files(const fs::path& folder, const std::set<std::string>& trials, Verified& found)
{
    static const std::set<std::string> known{"trials",     "pending",     "revisions", "annotations",
                                             "again.json", "on-end.txt",  "journal",   "lease",
                                             "lease.lock", "status.json", "drain",     "published"};
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        const std::string name = entry->path().filename().string();
        if (!known.contains(name) && !name.starts_with("writer-")) {
            found.notes.push_back(entry->path().string() + ": not a file of attnsweep");
        }
    }
    std::error_code none;
    for (fs::directory_iterator trial(folder / "trials", none), end; !none && trial != end; trial.increment(none)) {
        const std::string id = trial->path().filename().string();
        if (!trials.contains(id)) {
            found.notes.push_back(trial->path().string() + ": of no trial in this store; `attnsweep gc --orphans`");
            continue;
        }
        std::error_code inner;
        for (fs::directory_iterator attempt(trial->path(), inner); !inner && attempt != end; attempt.increment(inner)) {
            if (attempt_number(attempt->path()) > 0) {
                look_at_attempt(attempt->path(), found);
            } else {
                found.notes.push_back(attempt->path().string() + ": not a file of attnsweep");
            }
        }
    }
}

/// Reports results whose files are missing: they can be read, but not rebuilt.
void look_for_missing(Connection& store, const StoreFiles& files, Connection& rebuilt, const fs::path& path,
                      Verified& found)
{
    const std::vector<AttemptKey> kept = results_in(store);
    const std::vector<AttemptKey> lost = results_lost(kept, rebuilt);
    found.results = static_cast<int>(kept.size());
    found.without_files = static_cast<int>(lost.size());
    if (!fs::is_directory(folder_beside(path))) {
        found.problems.push_back(
            fmt::format("{}: this folder is missing, and with it the files of all {} result(s) in {}",
                        folder_beside(path).string(), kept.size(), path.string()));
        return;
    }
    for (const AttemptKey& key : lost) {
        found.problems.push_back(fmt::format("trial {}, attempt {}: {}", key.first, key.second,
                                             files.results.contains(key)
                                                 ? "no file in revisions/ describes a sweep that contains it"
                                                 : "its result.json is missing or damaged"));
    }
}

std::string remedy_of(const Verified& found, const fs::path& store)
{
    if (found.ok()) {
        return {};
    }
    if (found.without_files == 0) {
        return fmt::format("`attnsweep store rebuild --store {}` rebuilds the database from the files",
                           configs::shell_path(store.string()));
    }
    return fmt::format(
        "of {} of the {} result(s) in the database the files are missing or damaged: put {} (its trials/ and "
        "revisions/) back from a backup and verify again; `attnsweep store backup OUT --store {}` copies all the "
        "database has",
        found.without_files, found.results, folder_beside(store).string(), configs::shell_path(store.string()));
}

}  // namespace

Verified verify(const fs::path& store)
{
    Verified found;
    const bool is_written = files::Lease::holder(folder_beside(store) / "lease").has_value();
    if (is_written) {
        found.notes.push_back("a run is writing this store: rows that are not written yet are not a problem");
    }
    const StoreFiles files = read_store_files(folder_beside(store));
    found.problems = files.damaged;
    Connection connection(store, Connection::Access::read);
    std::set<std::string> trials;
    connection.translate([&] {
        SQLite::Statement integrity(connection.database(), "PRAGMA integrity_check(20)");
        while (integrity.executeStep()) {
            if (const std::string line = integrity.getColumn(0).getString(); line != "ok") {
                found.problems.push_back("SQLite: " + line);
            }
        }
        SQLite::Statement keys(connection.database(), "PRAGMA foreign_key_check");
        while (keys.executeStep()) {
            found.problems.push_back(fmt::format("{}: a row refers to a row of {} that does not exist",
                                                 keys.getColumn(0).getString(), keys.getColumn(2).getString()));
        }
        const auto select = connection.statement("SELECT trial_id FROM trials");
        while (select->executeStep()) {
            trials.insert(select->getColumn(0).getString());
        }
    });
    const ScratchDatabase scratch(files::scratch_folder() / ("attnsweep-verify-" + std::to_string(::getpid()) + ".db"));
    Connection rebuilt(scratch.path(), Connection::Access::write);
    rebuilt.stop_journal();
    for (const std::string& stranger : fill_from_files(rebuilt, files, folder_beside(store))) {
        found.notes.push_back(stranger + ": a result of no trial in this store");
    }
    look_for_missing(connection, files, rebuilt, store, found);
    found.remedy = remedy_of(found, store);
    if (!fs::is_directory(folder_beside(store))) {
        return found;  // no row is in the files, which has been reported already
    }
    // What cannot be attached is compared as a copy: an older store in its migrated form.
    const ScratchDatabase newest(scratch.path().string() + ".newest");
    if (!connection.is_attachable()) {
        connection.translate([&] {
            SQLite::Database copy(newest.path().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            SQLite::Backup(copy, connection.database()).executeStep(-1);
            copy.exec("PRAGMA journal_mode = DELETE");
        });
    }
    rebuilt.translate([&] {
        compare(rebuilt, connection.is_attachable() ? store : newest.path(), is_written, found);
        compare_annotations(rebuilt, found);
    });
    look_at_files(folder_beside(store), trials, found);
    found.remedy = remedy_of(found, store);
    return found;
}

}  // namespace attnsweep::store
