#pragma once

#include <filesystem>
#include <string>

#include "reports/export/exported.h"
#include "reports/tables/query_output.h"
#include "store/reading/sweeps.h"
#include "store/store.h"

namespace attnsweep::reports {

/// Writes trials.csv and epochs.csv (or .json) into `folder`: every column of trial_overview, a row per trial and
/// sweep; every epoch of the attempt that counts, else of the newest. `sweep` empty: all sweeps; NAME@N: that revision's. Rows are written as
/// they are read. Throws Error.
Exported export_rows(const store::Store& store, const std::string& sweep, QueryFormat format,
                     const std::filesystem::path& folder, store::Revisions revisions = store::Revisions::newest);

}  // namespace attnsweep::reports
