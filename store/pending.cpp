#include "store/pending.h"

#include <algorithm>
#include <tuple>

#include "configs/error.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "store/file_error.h"
#include "store/result_rows.h"

namespace attnsweep::store {

namespace {

std::filesystem::path move_aside(const std::filesystem::path& file)
{
    std::filesystem::path aside = file.string() + ".damaged";
    for (int i = 2; std::filesystem::exists(aside); ++i) {
        aside = file.string() + "." + std::to_string(i) + ".damaged";
    }
    std::error_code code;
    std::filesystem::rename(file, aside, code);
    if (code) {
        throw Error(Error::Kind::unwritable, file.string() + " is damaged and cannot be moved aside: " +
                                                 code.message() + ". Remove it by hand and run the same command again");
    }
    return aside;
}

std::vector<std::filesystem::path> json_files_in(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> found;
    std::error_code code;
    for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        if (entry->path().extension() == ".json") {
            found.push_back(entry->path());
        }
    }
    if (code && code != std::errc::no_such_file_or_directory) {
        throw Error(Error::Kind::unwritable, "the folder " + folder.string() + " cannot be read: " + code.message());
    }
    std::sort(found.begin(), found.end());  // the same order on every file system
    return found;
}

/// Commits one file; returns whether the result is in the store.
bool commit_file(Store& store, const std::filesystem::path& file, bool moves_damaged, ImportReport& taken)
{
    configs::TrialResult result;
    try {
        result = parse_result(files::read_file(file));
    } catch (const files::Error& failure) {
        // Unreadable is not damaged: it may be permissions, or a disk that recovers. The file is left in place.
        taken.damaged.push_back({file, failure.what()});
        return false;
    } catch (const configs::Error& failure) {
        taken.damaged.push_back({moves_damaged ? move_aside(file) : file, failure.what()});
        return false;
    }
    try {
        store.commit(result);
    } catch (const Error& failure) {
        if (failure.kind() != Error::Kind::unknown) {
            throw;
        }
        taken.strangers.push_back({file, failure.what()});
        return false;
    }
    taken.committed.push_back(result.trial_id);
    return true;
}

}  // namespace

ImportReport import_pending(Store& store, const std::function<void()>& publish)
{
    ImportReport taken;
    std::vector<std::filesystem::path> committed;
    for (const std::filesystem::path& file : json_files_in(store.pending_folder())) {
        if (commit_file(store, file, true, taken)) {
            committed.push_back(file);
        }
    }
    if (publish && !committed.empty()) {
        publish();
    }
    try {
        for (const std::filesystem::path& file : committed) {
            files::remove_durably(file);
        }
    } catch (const files::Error& failure) {
        throw Error(kind_of_file_error(failure),
                    std::string("a result is in the store, but its pending file stays: ") + failure.what());
    }
    return taken;
}

ImportReport import_attempt_folders(Store& store)
{
    ImportReport taken;
    std::vector<std::filesystem::path> results;
    std::error_code code;
    // trials/ID/attempt-N/result.json: two explicit levels, so that nothing else in the tree is visited.
    for (std::filesystem::directory_iterator trial(store.folder() / "trials", code), end; !code && trial != end;
         trial.increment(code)) {
        std::error_code inner;
        for (std::filesystem::directory_iterator attempt(trial->path(), inner); !inner && attempt != end;
             attempt.increment(inner)) {
            if (std::filesystem::exists(attempt->path() / "result.json")) {
                results.push_back(attempt->path() / "result.json");
            }
        }
    }
    // attempt-2 before attempt-10: of several done attempts the first one counts.
    const auto order = [](const std::filesystem::path& file) {
        const std::string attempt = file.parent_path().filename().string();
        return std::tuple(file.parent_path().parent_path(), attempt.size(), attempt);
    };
    std::sort(results.begin(), results.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
    for (const std::filesystem::path& file : results) {
        commit_file(store, file, false, taken);
    }
    return taken;
}

}  // namespace attnsweep::store
