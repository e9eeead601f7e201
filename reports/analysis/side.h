#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// One of the two things a comparison is of, and the store it is from.
struct Side {
    enum class Kind { sweep, configuration, trial };
    std::string given;  ///< as it was named
    Kind kind = Kind::sweep;
    std::shared_ptr<const store::Store> store;
    store::SweepResults
        results;  ///< the configurations meant alone; of a trial, one configuration with that one repeat
};

/// "sweep paper, revision 2", "configuration stft-r25 of sweep paper, revision 1": what was found.
std::string in_words(const Side& side);

/// Understands [STORE:]SWEEP[@REVISION][:PART] and [STORE:]PART, where PART is a configuration, a trial's label or the beginning
/// of its id, STORE a file or folder that is there. Without a STORE it is asked of `store`; of PART alone, of the newest revision
/// of every sweep. Throws Error: unknown, naming what there is; what opening a store throws.
Side find_side(const std::string& given, const std::filesystem::path& store, store::Weights weights);

}  // namespace attnsweep::reports
