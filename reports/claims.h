#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/ratio_series.h"
#include "reports/results.h"

namespace attnsweep::reports {

enum class Verdict {
    holds,      ///< in the means, every repeat planned being done
    fails,      ///< the same
    holds_yet,  ///< in the means of what is done; some is missing
    fails_yet,
    open  ///< what it takes is not done, or not in the sweep
};
std::string to_string(Verdict verdict);  ///< "holds", "does not hold", ..., for people

/// What a sweep's numbers say to a claim, for one line of configurations.
struct Finding {
    std::string words;
    Verdict verdict = Verdict::open;
    std::optional<std::size_t> configuration;  ///< whose trials to look at
    std::vector<std::string> parts;            ///< one by one: a ratio each
};

/// A claim of the paper (paper.md, "Claims to test").
struct Claim {
    std::string words;
    std::string paper;  ///< what the paper's own table says to it
    std::vector<Finding> findings;
};

/// All claims, in the paper's order. Verdicts are on means; differences have the t-interval of the pairs of equal seeds beside them. `split`: of the sweep's first done trial.
std::vector<Claim> test_claims(const SweepResults& results, const std::vector<RatioSeries>& series,
                               const std::optional<SplitCounts>& split);

}  // namespace attnsweep::reports
