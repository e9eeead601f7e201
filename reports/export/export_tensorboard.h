#pragma once

#include <filesystem>
#include <string>

#include "reports/export/exported.h"
#include "store/reading/sweeps.h"
#include "store/store.h"

namespace attnsweep::reports {

/// Writes TensorBoard event files for each sweep's newest revision, a run per trial in `folder`/SWEEP/LABEL: scalars by
/// epoch, the test metrics at the epochs of their weights, hparams with a configuration's repeats as one group. Names
/// are made safe as folder names. `sweep` empty: all sweeps. Of all revisions, each is in `folder`/SWEEP@N. The same store gives the same bytes. Throws Error.
Exported export_tensorboard(const store::Store& store, const std::string& sweep, const std::filesystem::path& folder,
                            store::Revisions revisions = store::Revisions::newest);

/// Makes a name safe as one component of a path: only letters, digits and .-_=+, not hidden, not long. A changed name
/// ends in its digest, so that different names stay different.
std::string folder_name(const std::string& name);

}  // namespace attnsweep::reports
