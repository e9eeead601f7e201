#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "configs/trial_result.h"
#include "store/store.h"

namespace attnsweep::store {

/// Table II as a sweep: comparisons and queries treat it as one, but it is never "the sweep run last".
inline constexpr std::string_view paper_sweep = "paper-table-2";

/// Enters it: ten trials, one a configuration (stft-r0 ... cqt-r100), each a mean of three repeats whose spread nobody published.
/// Doing it again changes nothing. Throws Error.
void import_paper(Store& store);

/// Whether the trial is one of these, by the digest of its data in `spec` (JSON); then its metrics by Table II, those the
/// paper does not give not a number.
std::optional<configs::Metrics> published_metrics(const std::string& spec);

}  // namespace attnsweep::store
