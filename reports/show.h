#pragma once

#include <string>

#include "reports/tables/table_format.h"
#include "store/store.h"

namespace attnsweep::reports {

/// Renders everything that a store has of a trial, found like Store::find_trial: settings and seeds, provenance, every
/// attempt, its epochs, metrics, mistakes and files, and the command that trains it again to the same bits (under equal
/// execution settings). text or json. Throws Error.
std::string show_trial(const store::Store& store, const std::string& prefix, Format format);

}  // namespace attnsweep::reports
