#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "files/scratch_file.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

/// A done trial with what conclusions from many trials need.
struct DoneTrial {
    std::string id, label;
    configs::Seeds seed;
    store::TestNumbers test;
    std::int64_t attempt_id = 0;  ///< attempts.attempt_id of the attempt whose result counts
    bool is_published = false;    ///< the paper's mean, not a repeat that was run
};

std::vector<DoneTrial> done_trials_of(const store::ConfigurationEntry& configuration);

/// Stores the done trials of a sweep by configuration in a scratch file, so that memory does not grow with their
/// number. Not thread-safe. Throws Error.
class DoneTrials {
public:
    /// Adds the next configuration in the sweep's order.
    void add(const store::ConfigurationEntry& configuration);

    std::size_t configurations() const { return places_.size(); }
    std::size_t count() const { return count_; }
    /// Reads the done trials of a configuration, in the order of the repeats.
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

}  // namespace attnsweep::reports
