#include "runner/attempt_files.h"

#include <system_error>

#include <nlohmann/json.hpp>

#include "configs/json_reason.h"
#include "files/burst.h"
#include "files/durable_file.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;

fs::path pending_path(const TrialOrder& order)
{
    return order.pending_folder / (order.trial.id + ".json");
}

}  // namespace

KeptFiles keep_from(configs::Keep keep)
{
    using configs::Keep;
    switch (keep) {
    case Keep::weights:
        return {true, true, false};
    case Keep::last:
        return {true, false, false};
    case Keep::best:
        return {false, true, false};
    case Keep::all:
        return {true, true, true};
    case Keep::none:
        break;
    }
    return {};
}

fs::path weights_file(const fs::path& attempt_folder, const std::string& word)
{
    fs::path file = attempt_folder / ("weights-" + word + ".safetensors");
    const fs::path old = attempt_folder / ("weights-" + word + ".pt");
    std::error_code unreadable;
    return !fs::exists(file, unreadable) && fs::exists(old, unreadable) ? old : file;
}

void publish(std::span<const OwnResult> results)
{
    std::vector<std::string> texts;
    std::vector<files::NewFile> files;
    texts.reserve(results.size());
    for (const OwnResult& own : results) {
        // Messages may hold bytes of file names that are not UTF-8.
        texts.push_back(nlohmann::json(own.result).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) +
                        "\n");
        files::create_folders_unsynced(own.order.attempt_folder);
        files.push_back({own.order.attempt_folder / result_name, texts.back()});
    }
    if (!results.empty()) {
        files::write_burst_durably(files, results.front().order.attempt_folder.parent_path().parent_path());
    }
    for (const OwnResult& own : results) {
        publish_again(own.order, own.order.attempt_folder / result_name);
    }
}

fs::path publish(const TrialOrder& order, const configs::TrialResult& result)
{
    const OwnResult own{order, result};
    publish(std::span(&own, 1));
    return order.attempt_folder / result_name;
}

std::optional<fs::path> finished_result(const TrialOrder& order, const std::function<void(const std::string&)>& log)
{
    std::vector<fs::path> folders = {order.attempt_folder};
    folders.insert(folders.end(), order.earlier_attempts.begin(), order.earlier_attempts.end());
    for (const fs::path& folder : folders) {
        const fs::path path = folder / result_name;
        std::error_code unreadable;
        if (!fs::exists(path, unreadable)) {
            continue;
        }
        try {
            const auto result = nlohmann::json::parse(files::read_file(path)).get<configs::TrialResult>();
            if (result.outcome == configs::Outcome::done && result.trial_id == order.trial.id) {
                return path;
            }
        } catch (const std::exception& error) {
            log(path.string() + ": skipped: " + configs::json_reason(error.what()));
        }
    }
    return std::nullopt;
}

void publish_again(const TrialOrder& order, const fs::path& result)
{
    files::create_folders(order.pending_folder);
    files::link_atomically(result, pending_path(order));
}

std::string relative_attempt_folder(const TrialOrder& order)
{
    const fs::path relative = order.attempt_folder.lexically_relative(order.pending_folder.parent_path());
    return relative.empty() ? order.attempt_folder.string() : relative.string();
}

}  // namespace attnsweep::runner
