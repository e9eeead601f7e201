#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/analysis/done_trials.h"
#include "reports/analysis/ratio_series.h"
#include "reports/analysis/sweep_summary.h"
#include "store/store.h"

namespace attnsweep::reports {

enum class Verdict {
    holds,    ///< each required difference is present and significant
    fails,    ///< one is significant in the opposite direction
    unclear,  ///< neither: not separable with these repeats and recordings
    open      ///< the required trials are not done, or not in the sweep
};

/// What a sweep's results say about a claim, for one series of configurations.
struct Finding {
    std::string words;
    Verdict verdict = Verdict::open;
    bool complete = false;                     ///< all planned trials are done
    std::optional<std::size_t> configuration;  ///< the one whose trials to look at
    std::vector<std::string> parts;            ///< one entry per ratio
    std::string decisive = {};                 ///< the deciding comparison in one line; empty if `words` says it
};
std::string in_words(const Finding& finding);  ///< "holds here", "not separable in the trials done so far", ...

/// A claim of the paper (paper.md, "Claims to test").
struct Claim {
    std::string words;
    std::string paper;  ///< what the paper's own table says about it
    std::vector<Finding> findings;
};

/// Tests all claims, in the paper's order, each as `compare` does: repeats paired by seed, clips by recording, p-values
/// corrected over the comparisons that a claim needs for one series. `split`: of the sweep's first done trial. Throws
/// Error.
std::vector<Claim> test_claims(const store::Store& store, const SweepSummary& summary, const DoneTrials& done,
                               const std::vector<RatioSeries>& series, const std::optional<store::SplitCounts>& split);

}  // namespace attnsweep::reports
