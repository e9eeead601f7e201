#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/analysis/ranking.h"
#include "reports/tables/table.h"
#include "reports/tables/table_format.h"

namespace attnsweep::reports {

/// Returns a mean and its deviation, "1.4795±0.2565": a loss as it is, an accuracy in %. not_known without a value.
std::string mean_and_deviation(const Summary& summary, bool is_loss);

/// Tabulates the first `most` configurations (0: all) of a ranking: settings that differ, what they are ranked by, the test
/// accuracy beside it, and whether the repeats separate each from the first.
Table ranking_table(const Ranking& ranking, Format format, std::size_t most = 0);

/// Returns the command lines that go on from a ranking: look at the first's best trial, use it, compare the first two. They name the
/// sweep, and its revision if it is not the newest. `store`: as the commands are to be given it; empty: the default. Empty without a
/// ranked configuration. Throws store::Error.
std::vector<std::string> next_commands(const store::Store& read, const Ranking& ranking, const std::string& store);

/// Returns the command line that trains the first configuration once more, on training and validation clips. Empty without a
/// ranked configuration, or where the sweep's file is not there any more. Throws store::Error.
std::string refit_command(const store::Store& read, const Ranking& ranking, const std::string& store);

}  // namespace attnsweep::reports
