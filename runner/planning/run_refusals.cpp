#include "runner/planning/run_refusals.h"

#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>

#include <fmt/format.h>
#include <unistd.h>

#include "data/error.h"
#include "data/split.h"
#include "runner/error.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

// Clips of all splits looked at: a large sweep has a split a repeat, which hardly differ in size.
constexpr std::int64_t most_clips = 1'000'000;

bool is_there(const fs::path& path)
{
    std::error_code code;
    const bool exists = fs::exists(path, code);
    if (code && code != std::errc::not_a_directory && code != std::errc::no_such_file_or_directory) {
        throw Error(fmt::format("the store {} cannot be created: {}", path.string(), code.message()), exit_store);
    }
    return exists;
}

}  // namespace

void refuse_unreadable_data(const fs::path& folder, const std::vector<configs::Spectrogram>& kinds)
{
    for (const configs::Spectrogram kind : kinds) {
        data::DataSet::open(folder, kind);
    }
}

void refuse_empty_splits(const configs::Sweep& sweep, const fs::path& data_folder,
                         const std::function<bool(std::size_t)>& runs)
{
    std::optional<data::DataSet> data_set;
    std::set<std::tuple<configs::SplitKind, double, double, std::uint64_t>> seen;
    for (std::size_t i = 0; i < sweep.trials.size(); ++i) {
        const configs::DataSettings& data = sweep.trials[i].spec.data;
        // Which clips a seed draws changes the sizes only where whole groups are drawn: a manifest's, too, without
        // clips for validation.
        const std::uint64_t seed = data.split == configs::SplitKind::clip ? 0 : sweep.trials[i].spec.seed.split;
        if (!runs(i) || !seen.emplace(data.split, data.test_fraction, data.validation_fraction, seed).second) {
            continue;
        }
        if (!data_set) {
            try {
                data_set = data::DataSet::open(data_folder, data.spectrogram);
            } catch (const std::exception&) {
                return;  // said by who checks the data
            }
        }
        if (seen.size() > 1 && static_cast<std::int64_t>(seen.size()) * data_set->clips() > most_clips) {
            return;
        }
        try {
            data::make_split(*data_set, data, seed);
        } catch (const data::Error& error) {
            throw data::Error(fmt::format("{} (trial {})", error.what(), sweep.trials[i].label), error.path());
        }
    }
}

void refuse_store_that_cannot_be_made(const fs::path& store)
{
    const fs::path wanted = fs::absolute(store).lexically_normal();
    if (is_there(wanted)) {
        return;
    }
    const fs::path folder = existing_folder_above(wanted);
    const auto refuse = [&](const std::string& why) {
        throw Error(fmt::format("the store {} cannot be created: {}: {}", store.string(), folder.string(), why),
                    exit_store);
    };
    std::error_code code;
    if (!fs::is_directory(folder, code)) {
        refuse(code ? code.message() : "is not a folder");
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        refuse(std::strerror(errno));
    }
}

fs::path existing_folder_above(const fs::path& path)
{
    fs::path folder = fs::absolute(path).lexically_normal().parent_path();
    while (!is_there(folder) && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    return folder;
}

}  // namespace attnsweep::runner
