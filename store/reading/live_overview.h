#pragma once

#include "store/store.h"

namespace attnsweep::store {

/// Makes every later query of this connection see, in trial_overview and configuration_summary, statuses as `status` and
/// `plan` have them: a trial whose process is gone is not "running", one that failed and is retried by the next run is not
/// "failed", and one that has a checkpoint is "to resume" instead of "pending". What a run holds is looked up once, now. Does nothing the second time. Throws Error.
void overlay_live_statuses(const Store& store);

}  // namespace attnsweep::store
