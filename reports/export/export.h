#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/tables/query_output.h"
#include "store/store.h"

namespace attnsweep::reports {

struct Exported {
    std::vector<std::filesystem::path> files;  ///< csv, json: both; tensorboard: the folder
    std::int64_t trials = 0, epochs = 0;
};

/// trials.csv and epochs.csv (or .json) in `folder`: every column of trial_overview, a row a trial and sweep; each epoch of the
/// attempt that counts, else of the newest. `sweep` empty: all. Rows are written as they are read. Throws Error.
Exported export_rows(const store::Store& store, const std::string& sweep, QueryFormat format,
                     const std::filesystem::path& folder);

/// Event files that TensorBoard opens, a run a trial in `folder`/SWEEP/LABEL: scalars by epoch, the test metrics at the epochs of
/// their weights, hparams with the repeats of a configuration as one group. Names become harmless names of folders. Of each
/// sweep's newest revision; `sweep` empty: all. The same store gives the same bytes. Throws Error.
Exported export_tensorboard(const store::Store& store, const std::string& sweep, const std::filesystem::path& folder);

/// A name as one step of a path: letters, digits and .-_=+ alone, not hidden, not long; a digest of the name follows where it had to
/// be changed, so that two names stay two.
std::string folder_name(const std::string& name);

}  // namespace attnsweep::reports
