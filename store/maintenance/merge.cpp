#include "store/maintenance/merge.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/shell_word.h"
#include "files/durable_file.h"
#include "files/lease.h"
#include "store/maintenance/new_store.h"
#include "store/maintenance/rebuild.h"
#include "store/maintenance/store_files.h"
#include "store/store.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;

StoreFiles files_for_merging(const fs::path& store)
{
    if (const auto holder = files::Lease::holder(folder_beside(store) / "lease")) {
        throw Error(Error::Kind::busy, fmt::format("{} is being written by process {} on {}: wait for it, or merge a "
                                                   "copy made by `attnsweep store backup`",
                                                   store.string(), holder->pid, holder->host));
    }
    const Store opened = Store::open_to_read(store);
    StoreFiles files = read_store_files(folder_beside(store));
    const int done = opened.connection().translate([&] {
        return opened.connection()
            .database()
            .execAndGet("SELECT count(*) FROM attempts WHERE outcome IN ('done', 'failed')")
            .getInt();
    });
    if (!files.damaged.empty() || static_cast<int>(files.results.size()) < done || files.revisions.empty()) {
        throw Error(Error::Kind::damaged,
                    fmt::format("{} cannot be merged: its files do not hold all its results{}{}. `attnsweep store "
                                "verify --store {}` says which are missing",
                                store.string(), files.damaged.empty() ? "" : ": " + files.damaged.front(),
                                files.damaged.size() < 2 ? "" : fmt::format(" (and {} more)", files.damaged.size() - 1),
                                configs::shell_path(store.string())));
    }
    return files;
}

bool same_attempt(const StoreFiles& a, const StoreFiles& b, const AttemptKey& key)
{
    const auto result_a = a.results.find(key), result_b = b.results.find(key);
    if (result_a != a.results.end() && result_b != b.results.end()) {
        return nlohmann::json(result_a->second) == nlohmann::json(result_b->second);
    }
    const auto in_a = a.notes.find(key), in_b = b.notes.find(key);
    return in_a != a.notes.end() && in_b != b.notes.end() && in_a->second.started_at == in_b->second.started_at &&
           in_a->second.host == in_b->second.host && a.results.contains(key) == b.results.contains(key);
}

/// Merges the revisions of both stores; renumbers those of `second` that `first` does not have.
std::vector<RevisionFile> revisions_of_both(const StoreFiles& first, const StoreFiles& second)
{
    std::vector<RevisionFile> all = first.revisions;
    for (RevisionFile revision : second.revisions) {
        const auto is_same = [&](const RevisionFile& known) {
            return known.sweep == revision.sweep && known.fingerprint == revision.fingerprint;
        };
        if (std::any_of(all.begin(), all.end(), is_same)) {
            continue;
        }
        revision.revision_id = revision.sequence = revision.number = 1;
        revision.sweep_id = 0;
        std::int64_t new_sweep = 1;
        for (const RevisionFile& known : all) {
            revision.revision_id = std::max(revision.revision_id, known.revision_id + 1);
            revision.sequence = std::max(revision.sequence, known.sequence + 1);
            new_sweep = std::max(new_sweep, known.sweep_id + 1);
            if (known.sweep == revision.sweep) {
                revision.sweep_id = known.sweep_id;
                revision.number = std::max(revision.number, known.number + 1);
            }
        }
        if (revision.sweep_id == 0) {
            revision.sweep_id = new_sweep;
        }
        all.push_back(std::move(revision));
    }
    return all;
}

/// Copies an attempt's folder without checkpoints and writes its new number into the result.
void copy_attempt(const fs::path& from, const fs::path& to, const configs::TrialResult* result, const AttemptKey& key)
{
    std::error_code code;
    files::create_folders(to);
    for (fs::directory_iterator entry(from, code), end; !code && entry != end; entry.increment(code)) {
        const std::string name = entry->path().filename().string();
        const bool is_needed = name.starts_with("weights-") || name == "log.txt" ||
                               (name == "result.json" && result != nullptr && result->attempt == key.second);
        if (is_needed && name.find(".tmp-") == std::string::npos) {
            copy_one(entry->path(), to / name);
        }
    }
    require_listed(from, code);
    if (result == nullptr || result->attempt == key.second) {
        return;
    }
    configs::TrialResult renumbered = *result;
    renumbered.attempt = key.second;
    renumbered.attempt_folder = "trials/" + key.first + "/attempt-" + std::to_string(key.second);
    files::write_durably(to / "result.json",
                         nlohmann::json(renumbered).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) +
                             "\n");
}

Merged merged_into(const fs::path& out, const fs::path& first, const fs::path& second)
{
    const StoreFiles a = files_for_merging(first), b = files_for_merging(second);
    Merged merged;
    const fs::path folder = folder_beside(out);
    files::create_folders(folder);
    std::set<std::string> trials;
    for (const RevisionFile& revision : revisions_of_both(a, b)) {
        write_revision(folder, revision);
        ++merged.revisions;
        for (const configs::Trial& trial : revision.trials) {
            trials.insert(trial.id);
        }
    }
    merged.trials = static_cast<int>(trials.size());
    copy_files(folder_beside(first) / "annotations", folder / "annotations");
    copy_files(folder_beside(second) / "annotations", folder / "annotations");

    AttemptNotes notes;
    std::map<std::string, int> highest;
    std::int64_t next_id = 1, committed = 0;
    const auto add = [&](const fs::path& from, const StoreFiles& files, bool is_second) {
        std::set<AttemptKey> keys;
        for (const auto& [key, note] : files.notes) {
            keys.insert(key);
        }
        for (const auto& [key, result] : files.results) {
            keys.insert(key);
        }
        std::vector<AttemptKey> order(keys.begin(), keys.end());
        const auto line_of = [&](const AttemptKey& key) {
            const auto note = files.notes.find(key);
            return note == files.notes.end() || note->second.committed == 0 ? INT64_MAX : note->second.committed;
        };
        std::stable_sort(order.begin(), order.end(),
                         [&](const AttemptKey& x, const AttemptKey& y) { return line_of(x) < line_of(y); });
        std::map<std::string, int> after = highest;
        for (const AttemptKey& key : order) {
            if (is_second && same_attempt(a, b, key)) {
                ++merged.same;
                continue;
            }
            const auto found = files.results.find(key);
            const configs::TrialResult* result = found == files.results.end() ? nullptr : &found->second;
            AttemptKey now = key;
            if (is_second && after.contains(key.first)) {
                now.second += after[key.first];
            }
            merged.renumbered += now != key;
            highest[key.first] = std::max(highest[key.first], now.second);
            const auto noted = files.notes.find(key);
            AttemptNote note = noted == files.notes.end() ? AttemptNote{} : noted->second;
            if (noted == files.notes.end() && result != nullptr) {
                note.host = result->execution.host;
                note.device = result->execution.device;
                note.started_at = result->started_at;
            }
            note.attempt_id = next_id++;
            note.committed = result != nullptr ? ++committed : 0;
            if (note.ended_at.empty() && result != nullptr) {
                note.ended_at = note.started_at;
            }
            notes[now] = std::move(note);
            copy_attempt(attempt_folder_in(folder_beside(from), key.first, key.second),
                         attempt_folder_in(folder, now.first, now.second), result, now);
            ++merged.attempts;
        }
    };
    add(first, a, false);
    add(second, b, true);
    Journal::write_all(Journal::path_in(folder), notes);
    rebuild(out);
    return merged;
}

}  // namespace

Merged merge(const fs::path& first, const fs::path& second, const fs::path& out)
{
    Merged merged;
    make_new_store(out, [&] { merged = merged_into(out, first, second); });
    return merged;
}

}  // namespace attnsweep::store
