#include "runner/planning/run_refusals.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>

#include <fmt/format.h>
#include <unistd.h>

#include "configs/nearest_name.h"
#include "configs/printable.h"
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

/// Counts the splits that leave a class without clips in one of their parts.
class MissingInParts {
public:
    void add(const data::DataSet& data_set, const data::Split& split, const configs::DataSettings& settings)
    {
        ++splits_;
        can_be_stratified_ =
            can_be_stratified_ || (!settings.stratified && settings.split != configs::SplitKind::manifest);
        trains_on_validation_ = settings.train_on_validation;
        const std::vector<std::string>& classes = data_set.description().classes;
        for (auto& [clips, words, seen_in, names] : parts_) {
            const std::vector<std::int64_t> counts = data::clips_per_class(data_set, split.*clips);
            bool is_missing = false;
            for (std::size_t i = 0; i < counts.size(); ++i) {
                if (counts[i] == 0) {
                    names.insert(classes[i]);
                    is_missing = true;
                }
            }
            seen_in += is_missing ? 1 : 0;
        }
    }

    std::vector<std::string> sentences() const
    {
        std::vector<std::string> sentences;
        for (const auto& [clips, words, seen_in, names] : parts_) {
            if (!names.empty() && !(trains_on_validation_ && clips == &data::Split::validation)) {
                std::vector<std::string> printable;
                for (const std::string& name : names) {
                    printable.push_back(configs::printable(name));
                }
                sentences.push_back(fmt::format(
                    "no clip of {} to {}{}; ingest more recordings{}", configs::first_joined(printable, most_named),
                    words, seen_in == splits_ ? "" : fmt::format(" (in {} of {} splits)", seen_in, splits_),
                    can_be_stratified_ ? ", or set data.stratified = true" : ""));
            }
        }
        return sentences;
    }

private:
    static constexpr std::size_t most_named = 8;
    struct Part {
        std::vector<std::int64_t> data::Split::* clips;
        const char* words;
        int seen_in = 0;
        std::set<std::string> names = {};
    };
    std::array<Part, 3> parts_{{{&data::Split::train, "train on: it can only be predicted wrongly"},
                                {&data::Split::validation, "validate with: validation says nothing of it"},
                                {&data::Split::test, "test with: the macro means leave it out"}}};
    int splits_ = 0;
    bool can_be_stratified_ = false, trains_on_validation_ = false;
};

}  // namespace

void refuse_unreadable_data(const fs::path& folder, const std::vector<configs::Spectrogram>& kinds)
{
    for (const configs::Spectrogram kind : kinds) {
        data::DataSet::open(folder, kind);
    }
}

std::vector<std::string> refuse_empty_splits(const configs::Sweep& sweep, const fs::path& data_folder,
                                             const std::function<bool(std::size_t)>& runs)
{
    std::optional<data::DataSet> data_set;
    MissingInParts missing;
    std::set<std::tuple<configs::SplitKind, bool, bool, double, double, std::uint64_t>> seen;
    for (std::size_t i = 0; i < sweep.trials.size(); ++i) {
        const configs::DataSettings& data = sweep.trials[i].spec.data;
        const std::uint64_t seed = sweep.trials[i].spec.seed.split;
        if (!runs(i) || !seen.emplace(data.split, data.stratified, data.train_on_validation, data.test_fraction,
                                      data.validation_fraction, seed)
                             .second) {
            continue;
        }
        if (!data_set) {
            try {
                data_set = data::DataSet::open(data_folder, data.spectrogram);
            } catch (const std::exception&) {
                return {};  // said by who checks the data
            }
        }
        if (seen.size() > 1 && static_cast<std::int64_t>(seen.size()) * data_set->clips() > most_clips) {
            break;
        }
        try {
            missing.add(*data_set, data::make_split(*data_set, data, seed), data);
        } catch (const data::Error& error) {
            throw data::Error(fmt::format("{} (trial {})", error.what(), sweep.trials[i].label), error.path());
        }
    }
    return missing.sentences();
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
