#pragma once

#include <filesystem>
#include <string>

#include "reports/export/exported.h"
#include "store/store.h"

namespace attnsweep::reports {

/// Writes event files that TensorBoard opens, a run per trial in `folder`/SWEEP/LABEL: scalars by epoch, the test metrics at the
/// epochs of their weights, hparams with the repeats of a configuration as one group. Names become harmless names of folders. Of
/// each sweep's newest revision; `sweep` empty: all. The same store gives the same bytes. Throws Error.
Exported export_tensorboard(const store::Store& store, const std::string& sweep, const std::filesystem::path& folder);

/// Makes a name one step of a path: letters, digits and .-_=+ alone, not hidden, not long; a digest of the name follows where it had
/// to be changed, so that two names stay two.
std::string folder_name(const std::string& name);

}  // namespace attnsweep::reports
