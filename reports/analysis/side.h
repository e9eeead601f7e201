#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// One of the two sides of a comparison, with its store.
struct Side {
    enum class Kind { sweep, configuration, trial };
    std::string given;  ///< as the user named it
    Kind kind = Kind::sweep;
    std::shared_ptr<const store::Store> store;
    store::SweepResults results;  ///< only the configurations meant; of a trial, one with that one repeat
};

/// Describes what was found: "sweep paper, revision 2", "configuration stft-r25 of sweep paper, revision 1".
std::string in_words(const Side& side);

/// Parses and finds [STORE:]SWEEP[@REVISION][:PART] or [STORE:]PART, where PART is a configuration, a trial's label or
/// an id prefix, and STORE an existing file or folder. Without STORE it searches `store`; for PART alone, the newest
/// revision of every sweep, for PART@REVISION that one, for an id then all others. Throws Error: unknown (naming what exists), and what opening a store throws.
Side find_side(const std::string& given, const std::filesystem::path& store, store::Weights weights);

}  // namespace attnsweep::reports
