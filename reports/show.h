#pragma once

#include <string>

#include "reports/tables/table_format.h"
#include "store/store.h"

namespace attnsweep::reports {

/// Everything a store holds of a trial, found as Store::find_trial finds it: settings and seeds, what made it, every attempt, its
/// epochs, metrics, mistakes and files, and the line that trains it again to the same bits (under equal execution settings).
/// text or json. Throws Error.
std::string show_trial(const store::Store& store, const std::string& prefix, Format format);

}  // namespace attnsweep::reports
