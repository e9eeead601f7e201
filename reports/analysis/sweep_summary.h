#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reports/analysis/baseline.h"
#include "reports/analysis/statistics.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

/// A configuration's repeats, summarised for a table.
struct ConfigurationSummary {
    std::string name;
    /// The distinct settings of its repeats without seeds; the first repeat's come first.
    std::vector<configs::TrialSpec> specs;
    Completeness counts;
    MetricSummaries metrics;            ///< over the done repeats
    Summary validation_loss = {};       ///< of the same weights, over the done repeats that recorded it
    std::vector<std::string> cautions;  ///< see cautions() in statistics.h and MissingClasses
    Summary validation_accuracy = {};   ///< like validation_loss

    const configs::TrialSpec& spec() const { return specs.front(); }
};

/// A sweep's newest revision without its single trials, as Tables I and II need it. Its size grows with the number of
/// configurations.
struct SweepSummary {
    store::SweepEntry sweep;
    store::Weights weights = store::Weights::last;
    configs::DataSetDescription data;
    std::vector<ConfigurationSummary> configurations;  ///< in the sweep's order
    bool beside_paper = true;       ///< the paper's values, claims and table numbers are shown with it
    std::string split_digest;       ///< of the first done trial that recorded one; empty: none did
    bool has_other_splits = false;  ///< done trials were tested on other clips, too

    /// The most failed and missing trials that are named, in the sweep's order; `counts` has their totals.
    static constexpr std::size_t most_named = 8;
    struct FailedTrial {
        std::string label;
        configs::Failure failure;
    };
    std::vector<FailedTrial> failed;
    std::vector<std::string> missing;  ///< labels

    std::optional<Baseline> baseline = {};     ///< of the test clips; none where trials have several splits
    std::vector<std::string> suspicious = {};  ///< see SuspiciousTrials::in_words()
    std::vector<std::string> hidden = {};      ///< labels of the trials left out by `store hide`

    /// Adds the next configuration in the sweep's order. `further`: cautions that need more than the configuration.
    void add(const store::ConfigurationEntry& configuration, const std::vector<std::string>& further = {});
};

class SuspiciousTrials;  // reports/analysis/suspicious_trials.h

/// Whether a report shows the paper's values, claims and table numbers. automatic: where every class is one of the paper's.
enum class PaperBeside { automatic, yes, no };
PaperBeside paper_beside_from(const std::string& name);  ///< "auto", "yes", "no"; throws Error (bad_query)
bool shows_paper(PaperBeside wanted, const configs::DataSetDescription& data);

/// Begins the summary of a sweep, named as for find_sweep(), without a configuration. Throws Error like read_results().
SweepSummary begin_summary(const store::Store& store, const std::string& name, store::Weights weights,
                           PaperBeside paper);

/// Completes a summary to which all configurations were added: what looks suspicious, what is hidden, the baseline. Returns the
/// split of the first done trial that recorded one. Throws Error.
std::optional<store::SplitCounts> finish_summary(SweepSummary& summary, const store::Store& store,
                                                 const SuspiciousTrials& suspicious);

/// Summarises a sweep read from the store one configuration at a time: memory does not grow with the number of repeats.
/// `name` empty: the last recorded sweep. Throws Error like read_results().
SweepSummary read_summary(const store::Store& store, const std::string& name, store::Weights weights,
                          PaperBeside paper = PaperBeside::automatic);

Completeness completeness_of(const SweepSummary& summary);

/// Says which trials are hidden, and so in none of the numbers: whoever reads a mean has to know. Empty if none is.
std::string hidden_in_words(const std::vector<std::string>& labels);

/// Returns the configurations with a recorded validation loss, the one whose mean is lowest first; equal ones in the sweep's
/// order.
std::vector<std::size_t> by_validation(const SweepSummary& summary);

/// Says which configuration is best by validation, and which a choice by test accuracy would have taken instead; empty if
/// none is done. `named` writes the name of the configuration at a place.
std::string best_in_words(const SweepSummary& summary, const std::function<std::string(std::size_t)>& named);

/// Says that a choice by test accuracy (in 0..1) would have been another.
std::string chosen_by_test_in_words(const std::string& name, double its_accuracy, double accuracy_of_chosen,
                                    std::size_t configurations);

}  // namespace attnsweep::reports
