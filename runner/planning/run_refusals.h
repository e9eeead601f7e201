#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "configs/sweep.h"
#include "data/data_set.h"

namespace attnsweep::runner {

// What a run would be refused for, and would otherwise say only when it is started: `run`, `plan` and `doctor` ask the same. Each throws
// what the run would end with; none writes anything.

/// Opens the data set's spectrograms of these kinds. Throws data::Error when a shard is missing, damaged or cannot be read.
void refuse_unreadable_data(const std::filesystem::path& folder, const std::vector<configs::Spectrogram>& kinds);

/// Looks at the splits of a sweep's trials, at each once however often it is asked. Not thread-safe.
class SplitCheck {
public:
    explicit SplitCheck(std::filesystem::path data_folder);

    /// Throws data::Error when the split of one of the trials for which `runs` returns true leaves nothing to train, validate or
    /// test with. Returns which classes have no clip in a part of a split, a sentence for each part, and which
    /// groups a manifest's split has in several parts. Does nothing where the data
    /// set cannot be opened. Looks at a bounded number of splits.
    std::vector<std::string> refuse_empty(const configs::Sweep& sweep, const std::function<bool(std::size_t)>& runs);

private:
    using Key = std::tuple<configs::SplitKind, bool, bool, double, double, std::uint64_t>;
    /// Names the classes without a clip to train, to validate and to test with.
    using Missing = std::array<std::set<std::string>, 3>;
    struct Seen {
        Missing missing;
        std::string shared;  ///< data::groups_in_several_parts, of a manifest's split
    };
    const Seen& of(const configs::Trial& trial, const Key& key);

    std::filesystem::path data_folder_;
    std::optional<data::DataSet> data_set_;
    std::map<Key, Seen> seen_;
};

/// Throws Error with exit_no_device when a trial is to train on more devices (execution.devices_per_trial) than the largest node has.
void refuse_too_few_devices(int devices_per_trial, int on_largest, const std::string& largest);

/// Throws Error with exit_store when there is no such store and it cannot be made: a folder above it is a file, or must not be written.
void refuse_store_that_cannot_be_made(const std::filesystem::path& store);

/// Returns the folder nearest to a path that exists.
std::filesystem::path existing_folder_above(const std::filesystem::path& path);

}  // namespace attnsweep::runner
