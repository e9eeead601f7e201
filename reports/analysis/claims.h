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
    holds,    ///< each difference it takes is there, and more than chance
    fails,    ///< one is the other way round, and more than chance
    unclear,  ///< neither can be told from chance with these repeats and recordings
    open      ///< what it takes is not done, or not in the sweep
};

/// What a sweep's numbers say to a claim, for one line of configurations.
struct Finding {
    std::string words;
    Verdict verdict = Verdict::open;
    bool complete = false;                     ///< of what is planned nothing is missing
    std::optional<std::size_t> configuration;  ///< whose trials to look at
    std::vector<std::string> parts;            ///< one by one: a ratio each
    std::string decisive = {};  ///< the comparison that decides, in a line; empty where `words` says it all
};
std::string in_words(const Finding& finding);  ///< "holds here", "not separable in what is done so far", ...

/// A claim of the paper (paper.md, "Claims to test").
struct Claim {
    std::string words;
    std::string paper;  ///< what the paper's own table says to it
    std::vector<Finding> findings;
};

/// All claims, in the paper's order, each concluded as `compare` does: repeats paired by seed, clips by recording, corrected over the
/// comparisons that a claim takes for one line. `split`: of the sweep's first done trial. Throws Error.
std::vector<Claim> test_claims(const store::Store& store, const SweepSummary& summary, const DoneTrials& done,
                               const std::vector<RatioSeries>& series, const std::optional<store::SplitCounts>& split);

}  // namespace attnsweep::reports
