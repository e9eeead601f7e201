#pragma once

#include <memory>
#include <vector>

#include "data/ingest.h"
#include "data/shard_series.h"
#include "data/survey.h"

namespace attnsweep::data {

/// Decodes every recording again, in blocks, and writes the spectrograms of its clips that are not there yet, with
/// `options.threads` threads. Throws Error, also for a recording that has changed since the survey.
void transform_all(const Survey& survey, const IngestOptions& options,
                   std::vector<std::unique_ptr<ShardSeries>>& series);

}  // namespace attnsweep::data
