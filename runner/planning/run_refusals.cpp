#include "runner/planning/run_refusals.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

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
    void add(const std::array<std::set<std::string>, 3>& missing, const configs::DataSettings& settings)
    {
        ++splits_;
        can_be_stratified_ =
            can_be_stratified_ || (!settings.stratified && settings.split != configs::SplitKind::manifest);
        for (std::size_t part = 0; part < parts_.size(); ++part) {
            parts_[part].names.insert(missing[part].begin(), missing[part].end());
            parts_[part].seen_in += missing[part].empty() ? 0 : 1;
        }
    }

    std::vector<std::string> sentences() const
    {
        std::vector<std::string> sentences;
        for (const auto& [words, seen_in, names] : parts_) {
            if (!names.empty()) {
                std::vector<std::string> printable;
                printable.reserve(names.size());
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
        const char* words;
        int seen_in = 0;
        std::set<std::string> names = {};
    };
    std::array<Part, 3> parts_{{{"train on: it can only be predicted wrongly"},
                                {"validate with: validation says nothing of it"},
                                {"test with: the macro means leave it out"}}};
    int splits_ = 0;
    bool can_be_stratified_ = false;
};

}  // namespace

void refuse_unreadable_data(const fs::path& folder, const std::vector<configs::Spectrogram>& kinds)
{
    for (const configs::Spectrogram kind : kinds) {
        data::DataSet::open(folder, kind);
    }
}

SplitCheck::SplitCheck(fs::path data_folder) : data_folder_(std::move(data_folder)) {}

const SplitCheck::Seen& SplitCheck::of(const configs::Trial& trial, const Key& key)
{
    const auto [place, is_new] = seen_.try_emplace(key);
    if (!is_new) {
        return place->second;
    }
    const auto names_in = [&](const std::vector<std::int64_t>& part) {
        std::set<std::string> names;
        const std::vector<std::int64_t> counts = data::clips_per_class(*data_set_, part);
        for (std::size_t i = 0; i < counts.size(); ++i) {
            if (counts[i] == 0) {
                names.insert(data_set_->description().classes[i]);
            }
        }
        return names;
    };
    try {
        const data::Split split = data::make_split(*data_set_, trial.spec.data, trial.spec.seed.split);
        const bool is_validated = !trial.spec.data.train_on_validation;
        place->second.missing = {names_in(split.train),
                                 is_validated ? names_in(split.validation) : std::set<std::string>(),
                                 names_in(split.test)};
        if (trial.spec.data.split == configs::SplitKind::manifest) {
            place->second.shared = configs::printable(data::groups_in_several_parts(*data_set_, split));
        }
    } catch (const data::Error& error) {
        seen_.erase(place);
        throw data::Error(fmt::format("{} (trial {})", error.what(), trial.label), error.path());
    }
    return place->second;
}

std::vector<std::string> SplitCheck::refuse_empty(const configs::Sweep& sweep,
                                                  const std::function<bool(std::size_t)>& runs)
{
    MissingInParts missing;
    std::string shared;
    std::set<Key> asked;
    for (std::size_t i = 0; i < sweep.trials.size(); ++i) {
        const configs::Trial& trial = sweep.trials[i];
        const configs::DataSettings& data = trial.spec.data;
        const Key key{data.split,         data.stratified,          data.train_on_validation,
                      data.test_fraction, data.validation_fraction, trial.spec.seed.split};
        if (!runs(i) || !asked.insert(key).second) {
            continue;
        }
        if (!data_set_) {
            try {
                data_set_ = data::DataSet::open(data_folder_, data.spectrogram);
            } catch (const std::exception&) {
                return {};  // said by who checks the data
            }
        }
        if (asked.size() > 1 && static_cast<std::int64_t>(asked.size()) * data_set_->clips() > most_clips) {
            break;
        }
        const Seen& seen = of(trial, key);
        missing.add(seen.missing, data);
        shared = shared.empty() ? seen.shared : shared;
    }
    std::vector<std::string> sentences = missing.sentences();
    if (!shared.empty()) {
        sentences.push_back(std::move(shared));
    }
    return sentences;
}

void refuse_too_few_devices(int devices_per_trial, int on_largest, const std::string& largest)
{
    if (devices_per_trial <= on_largest) {
        return;
    }
    throw Error(fmt::format("execution.devices_per_trial = {}, but the largest node, {}, has {} (GPUs, or slots of "
                            "cores), and a trial's devices are of one node; expected at most {}: choose fewer, or "
                            "\"auto\", or run on nodes with more",
                            devices_per_trial, largest, on_largest, on_largest),
                exit_no_device);
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
