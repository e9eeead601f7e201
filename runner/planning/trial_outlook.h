#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "store/reading/history.h"
#include "store/store.h"

namespace attnsweep::runner {

/// What the next `run` does about a trial.
enum class PlannedAction {
    done,     ///< nothing
    running,  ///< a run does it now
    waits,    ///< it has ended, or is ending, and nobody has taken that in yet
    resumes,  ///< it goes on from a checkpoint
    again,    ///< it begins anew, though something of it was there
    fresh,    ///< it begins
    given_up  ///< nothing, unless asked to retry
};
std::string to_string(PlannedAction stand);

/// One trial's standing by store, files and processes of this machine.
struct TrialOutlook {
    PlannedAction stand = PlannedAction::fresh;
    std::string why;     ///< for people, a phrase: "its last attempt was interrupted"; may be empty
    int from_epoch = 1;  ///< the epoch it goes on in, or is in
    double epochs_done = 0;
    std::filesystem::path checkpoint;  ///< where it goes on from

    /// Takes a slot, now or later.
    bool remains() const
    {
        return stand != PlannedAction::done && stand != PlannedAction::waits && stand != PlannedAction::given_up;
    }
};

/// Of every trial, in the sweep's order; writes nothing. `store`: nullptr where there is none. `before`: the store's newest
/// revision of the sweep, to say why a trial of the same label runs again. Checkpoints it would go on from are read and
/// checked, as long as all of them together are no more than `check_bytes`. Throws store::Error.
std::vector<TrialOutlook> standings(const configs::Sweep& sweep, const store::Store* store,
                                    const store::RevisionEntry* before, std::uintmax_t check_bytes = 1'000'000'000);

}  // namespace attnsweep::runner
