#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "files/scratch_file.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

/// A trial that is done, as far as what is concluded from many trials takes it.
struct DoneTrial {
    std::string id, label;
    configs::Seeds seed;
    store::TestNumbers test;
    std::int64_t attempt_id = 0;  ///< the store's number of the attempt that counts
    bool is_published = false;    ///< the paper's mean, no repeat of ours
};

std::vector<DoneTrial> done_trials_of(const store::ConfigurationEntry& configuration);

/// The done trials of a sweep, by configuration; held in a scratch file, so that memory does not grow with them. Not thread-safe.
/// Throws Error where the scratch file does.
class DoneTrials {
public:
    /// The next configuration in the sweep's order.
    void add(const store::ConfigurationEntry& configuration);

    std::size_t configurations() const { return places_.size(); }
    std::size_t count() const { return count_; }
    /// In the order of the repeats.
    std::vector<DoneTrial> read(std::size_t configuration) const;

private:
    struct Place {
        std::uint64_t offset;
        std::size_t bytes, trials;
    };
    files::ScratchFile file_;
    std::vector<Place> places_;
    std::size_t count_ = 0;
};

DoneTrials done_trials_of(const store::SweepResults& results);

}  // namespace attnsweep::reports
