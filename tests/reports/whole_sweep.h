#pragma once

#include "reports/analysis/done_trials.h"
#include "reports/analysis/sweep_summary.h"

namespace attnsweep::reports {

/// What reports read from the store one configuration at a time, of results that a test has read, or changed, as a whole.
inline SweepSummary summary_of(const store::SweepResults& results)
{
    SweepSummary summary;
    summary.sweep = results.sweep;
    summary.weights = results.weights;
    summary.data = results.data;
    summary.beside_paper = shows_paper(PaperBeside::automatic, results.data);
    for (const store::ConfigurationEntry& configuration : results.configurations) {
        summary.add(configuration);
    }
    return summary;
}

inline DoneTrials done_trials_of(const store::SweepResults& results)
{
    DoneTrials done;
    for (const store::ConfigurationEntry& configuration : results.configurations) {
        done.add(configuration);
    }
    return done;
}

}  // namespace attnsweep::reports
