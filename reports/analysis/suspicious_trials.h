#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// What looks wrong in a trial that is done, though nothing failed.
enum class Suspicion { one_class, majority, rising_loss, flat_loss };

/// Describes the kind: "predicts one class only".
std::string to_string(Suspicion suspicion);

struct SuspiciousTrial {
    std::string label;
    Suspicion suspicion = Suspicion::one_class;
    std::string words;  ///< with the trial's numbers: "predicts cello for all 30 test clips"
};

/// Lists what is suspicious in one done trial: `confusion` and `classes` of its test clips (may be empty), `epochs` as
/// recorded. One that predicts one class is not reported a second time as no better than the majority.
std::vector<SuspiciousTrial> suspicions_of(const configs::Trial& trial, const configs::Confusion& confusion,
                                           const std::vector<std::string>& classes,
                                           const std::vector<configs::EpochRecord>& epochs);

/// Collects the suspicious trials of a sweep, one configuration at a time. Of a large sweep it reads the first
/// most_read done trials only. Keeps a reference to the store.
class SuspiciousTrials {
public:
    static constexpr std::size_t most_read = 2000;

    SuspiciousTrials(const store::Store& store, store::Weights weights, std::vector<std::string> classes)
        : store_(&store), weights_(weights), classes_(std::move(classes))
    {
    }

    /// Throws store::Error.
    void add(const store::ConfigurationEntry& configuration);

    /// Returns a sentence for each kind, with the labels of its first trials.
    std::vector<std::string> in_words() const;

private:
    const store::Store* store_;
    store::Weights weights_;
    std::vector<std::string> classes_;
    std::vector<SuspiciousTrial> found_;
    std::size_t read_ = 0, unread_ = 0;
};

}  // namespace attnsweep::reports
