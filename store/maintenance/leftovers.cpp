#include "store/maintenance/leftovers.h"

#include <map>

#include "files/checkpoint_file.h"
#include "store/connection.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;

struct TrialRow {
    bool is_done = false;
    int done_attempt = 0;
    std::string keep;
};

std::map<std::string, TrialRow> trials_of(Connection& connection)
{
    return connection.translate([&] {
        std::map<std::string, TrialRow> trials;
        // SQLite takes the bare columns from the row that has the maximum.
        const auto select = connection.statement(
            "SELECT trials.trial_id, number, keep FROM trials LEFT JOIN attempts ON attempt_id = done_attempt_id LEFT "
            "JOIN "
            "(SELECT trial_id AS id, json_extract(canonical_text, '$.checkpoint.keep') AS keep, max(sequence) FROM "
            "revision_trials JOIN revisions USING (revision_id) GROUP BY trial_id) ON id = trials.trial_id");
        while (select->executeStep()) {
            TrialRow row{!select->isColumnNull(1), select->getColumn(1).getInt(), select->getColumn(2).getString()};
            trials.emplace(select->getColumn(0).getString(), std::move(row));
        }
        return trials;
    });
}

std::uintmax_t bytes_below(const fs::path& path)
{
    std::error_code code;
    if (!fs::is_directory(path, code)) {
        return fs::file_size(path, code);
    }
    std::uintmax_t bytes = 0;
    for (fs::recursive_directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
        std::error_code ignored;
        if (entry->is_regular_file(ignored)) {
            bytes += entry->file_size(ignored);
        }
    }
    return bytes;
}

std::vector<fs::path> entries_of(const fs::path& folder)
{
    std::vector<fs::path> entries;
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        entries.push_back(entry->path());
    }
    return entries;
}

bool is_temporary(const fs::path& path)
{
    return path.filename().string().find(".tmp-") != std::string::npos;
}

class Search {
public:
    explicit Search(std::vector<Leftover>& found) : found_(found) {}

    void add(const char* kind, const fs::path& path) { found_.push_back({kind, path, bytes_below(path)}); }

    void temporary_files_in(const fs::path& folder)
    {
        for (const fs::path& path : entries_of(folder)) {
            if (is_temporary(path)) {
                add("temporary files", path);
            }
        }
    }

    void attempt_of_done(const fs::path& folder, int done_attempt, const std::string& keep)
    {
        std::error_code ignored;
        const int number = attempt_number(folder);
        const bool counts = number == done_attempt;
        const bool is_unfinished = number > done_attempt && !fs::exists(folder / "result.json", ignored) &&
                                   !files::checkpoint_files({folder}).empty();
        if (is_unfinished) {
            temporary_files_in(folder);  // of `run --again`, which resumes it
            return;
        }
        if (!counts && !fs::exists(folder / "result.json", ignored)) {
            add("attempts that others superseded", folder);
            return;
        }
        for (const fs::path& path : entries_of(folder)) {
            const std::string name = path.filename().string();
            const bool goes = name.starts_with("weights-last.")   ? keep == "none" || keep == "best"
                              : name.starts_with("weights-best.") ? keep == "none" || keep == "last"
                                                                  : false;
            if (is_temporary(path)) {
                add("temporary files", path);
            } else if (name.starts_with("checkpoint") && keep != "all") {
                add("checkpoints of done trials", path);
            } else if (name.starts_with("weights-") && (!counts || goes)) {
                add("weights", path);
            }
        }
    }

private:
    std::vector<Leftover>& found_;
};

}  // namespace

std::vector<Leftover> find_leftovers(const Store& store, const LeftoverRules& rules)
{
    const std::map<std::string, TrialRow> trials = trials_of(store.connection());
    std::vector<Leftover> found;
    Search search(found);
    for (const fs::path& folder :
         {store.folder(), store.pending_folder(), store.folder() / "revisions", store.folder() / "annotations"}) {
        search.temporary_files_in(folder);
    }
    for (const fs::path& trial : entries_of(store.folder() / "trials")) {
        const auto row = trials.find(trial.filename().string());
        if (row == trials.end()) {
            if (rules.orphans) {
                search.add("trials of no recorded sweep", trial);
            }
            continue;
        }
        const std::string keep = !rules.keep.empty() ? rules.keep : row->second.keep;
        for (const fs::path& attempt : entries_of(trial)) {
            if (rules.lives && rules.lives(attempt)) {
                continue;
            }
            if (!row->second.is_done) {
                search.temporary_files_in(attempt);
            } else {
                search.attempt_of_done(attempt, row->second.done_attempt, keep);
            }
        }
    }
    return found;
}

}  // namespace attnsweep::store
