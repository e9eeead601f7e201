#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "files/lease.h"
#include "store/live_status.h"

namespace attnsweep::runner {

/// What runs, or ran last, on one store.
struct LiveRun {
    std::filesystem::path store, folder;         ///< results.db, results.db.d
    std::optional<files::Lease::Holder> holder;  ///< who holds the store now
    std::optional<store::LiveStatus> published;  ///< by whoever ran last
    double age_s = -1;                           ///< of that; negative: nothing was published

    /// What is published is the holder's own, so that it says what happens now.
    bool is_running() const;
};

/// Of a store, or of each store in a folder of them (`run --part`). Reads no database: what rank 0 publishes suffices, also over
/// a network file system. Throws files::Error.
std::vector<LiveRun> live_runs(const std::filesystem::path& store);

/// For a person, at most `columns` wide: the counts, the end, each slot's trial, who waits and why, who failed. Ends with a
/// newline.
std::string live_text(const LiveRun& run, std::size_t columns);

}  // namespace attnsweep::runner
