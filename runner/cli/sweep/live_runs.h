#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "files/lease.h"
#include "store/live_status.h"

namespace attnsweep::runner {

/// Describes the run that is in progress on a store, or the last one.
struct LiveRun {
    std::filesystem::path store, folder;         ///< results.db, results.db.d
    std::optional<files::Lease::Holder> holder;  ///< who holds the store now
    std::optional<store::LiveStatus> published;  ///< by whoever ran last
    double age_s = -1;                           ///< of `published`; negative: nothing was published

    /// Returns whether `published` comes from the current holder, so that it describes a run in progress.
    bool is_running() const;
};

/// Returns the run of a store, or of each store in a folder of stores (`run --part`). Reads no database, only what rank 0
/// publishes, which works over a network file system too. Throws files::Error.
std::vector<LiveRun> live_runs(const std::filesystem::path& store);

/// Writes a run for people, at most `columns` wide: counts, expected end, each slot's trial, which trials wait and why, which
/// failed. Ends with a newline.
std::string live_text(const LiveRun& run, std::size_t columns);

}  // namespace attnsweep::runner
