#include "store/revision_files.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "configs/json_reason.h"
#include "files/disk_full.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "store/result_rows.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path folder_in(const fs::path& store_folder)
{
    return store_folder / "revisions";
}

fs::path path_of(const fs::path& store_folder, std::int64_t revision_id)
{
    return folder_in(store_folder) / (std::to_string(revision_id) + ".json");
}

fs::path run_path_of(const fs::path& store_folder, std::int64_t revision_id)
{
    return folder_in(store_folder) / (std::to_string(revision_id) + ".run.json");
}

RevisionFile parse(const std::string& text, const std::string& run)
{
    const json main = json::parse(text), last = json::parse(run);
    RevisionFile revision;
    main.at("revision_id").get_to(revision.revision_id);
    main.at("sweep_id").get_to(revision.sweep_id);
    main.at("number").get_to(revision.number);
    main.at("sweep").get_to(revision.sweep);
    main.at("fingerprint").get_to(revision.fingerprint);
    main.at("description").get_to(revision.description);
    main.at("canonical_text").get_to(revision.canonical_text);
    main.at("overrides").get_to(revision.overrides);
    main.at("data").get_to(revision.data);
    main.at("created_at").get_to(revision.created_at);
    for (const json& entry : main.at("trials")) {
        configs::Trial trial;
        trial.id = entry.at(0);
        trial.label = entry.at(1);
        trial.configuration = entry.at(2);
        trial.repeat = entry.at(3);
        revision.trials.push_back(std::move(trial));
        revision.specs.push_back(entry.at(4));
    }
    last.at("sequence").get_to(revision.sequence);
    last.at("path").get_to(revision.path);
    last.at("data_path").get_to(revision.data_path);
    return revision;
}

}  // namespace

void write_revision(const fs::path& store_folder, const RevisionFile& revision)
{
    files::create_folders(folder_in(store_folder));
    json trials = json::array();
    for (std::size_t i = 0; i < revision.trials.size(); ++i) {
        const configs::Trial& trial = revision.trials[i];
        trials.push_back({trial.id, trial.label, trial.configuration, trial.repeat, revision.specs[i]});
    }
    write_revision_run(store_folder, revision);
    files::write_checked(path_of(store_folder, revision.revision_id), dump({{"revision_id", revision.revision_id},
                                                                            {"sweep_id", revision.sweep_id},
                                                                            {"number", revision.number},
                                                                            {"sweep", revision.sweep},
                                                                            {"fingerprint", revision.fingerprint},
                                                                            {"description", revision.description},
                                                                            {"canonical_text", revision.canonical_text},
                                                                            {"overrides", revision.overrides},
                                                                            {"data", revision.data},
                                                                            {"created_at", revision.created_at},
                                                                            {"trials", std::move(trials)}}));
}

void write_revision_run(const fs::path& store_folder, const RevisionFile& revision)
{
    files::create_folders(folder_in(store_folder));
    files::write_checked(
        run_path_of(store_folder, revision.revision_id),
        dump({{"sequence", revision.sequence}, {"path", revision.path}, {"data_path", revision.data_path}}));
}

bool has_revision(const fs::path& store_folder, std::int64_t revision_id)
{
    std::error_code ignored;
    return fs::exists(path_of(store_folder, revision_id), ignored) &&
           fs::exists(run_path_of(store_folder, revision_id), ignored);
}

std::vector<RevisionFile> read_revisions(const fs::path& store_folder, std::vector<std::string>& damaged)
{
    std::vector<RevisionFile> revisions;
    std::error_code code;
    for (fs::directory_iterator entry(folder_in(store_folder), code), end; !code && entry != end;
         entry.increment(code)) {
        const std::string name = entry->path().filename().string();
        const std::string stem = name.substr(0, name.find('.'));
        std::int64_t number = 0;
        const auto [end_of_number, wrong] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
        if (name != stem + ".json" || wrong != std::errc{} || end_of_number != stem.data() + stem.size() ||
            number < 0) {
            continue;
        }
        try {
            revisions.push_back(
                parse(files::read_checked(entry->path()), files::read_checked(run_path_of(store_folder, number))));
        } catch (const files::Error& error) {
            if (files::is_out_of_descriptors(error.code())) {
                throw;  // the process's trouble, not the file's
            }
            damaged.push_back(error.what());
        } catch (const json::exception& error) {
            damaged.push_back(entry->path().string() + ": not a revision: " + configs::json_reason(error.what()));
        }
    }
    if (code && code != std::errc::no_such_file_or_directory) {
        const files::Error unreadable(folder_in(store_folder), "cannot be read", code.value());
        if (files::is_out_of_descriptors(code.value())) {
            throw unreadable;
        }
        damaged.push_back(unreadable.what());
    }
    std::sort(revisions.begin(), revisions.end(),
              [](const RevisionFile& a, const RevisionFile& b) { return a.revision_id < b.revision_id; });
    return revisions;
}

}  // namespace attnsweep::store
