#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "configs/trial_result.h"
#include "store/store.h"

namespace attnsweep::store {

/// Names the sweep that holds the paper's Table II: comparisons and queries treat it like any sweep, but it is never
/// "the last recorded sweep".
inline constexpr std::string_view paper_sweep = "paper-table-2";

/// Imports Table II: ten trials, one per configuration (stft-r0 ... cqt-r100), each the mean of three repeats whose
/// spread was not published. Importing again changes nothing. Throws Error.
void import_paper(Store& store);

/// Returns the metrics that Table II states for an imported trial, recognised by its data digest in `spec` (JSON);
/// nothing for other trials. Metrics that the paper does not state are NaN.
std::optional<configs::Metrics> published_metrics(const std::string& spec);

}  // namespace attnsweep::store
