#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/batch_loader.h"
#include "data/data_set.h"
#include "data/split.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

/// Holds the clips of a trial: its data set, checked to be the one it was planned on, split in three, in batches. Neither copied
/// nor moved, since the loaders point at the data set.
class TrialData {
public:
    /// Opens and splits the data set. Throws data::Error; Error naming the folder if its digest is not the spec's.
    explicit TrialData(const TrialOrder& order);
    TrialData(const TrialData&) = delete;
    TrialData& operator=(const TrialData&) = delete;

    data::BatchLoader& train() { return train_; }
    const data::BatchLoader& train() const { return train_; }
    /// Null where nothing is validated (data.train_on_validation).
    const data::BatchLoader* validation() const { return validation_ ? &*validation_ : nullptr; }
    const data::BatchLoader& test() const { return test_; }

    /// Returns the weight of each class in the training loss (training.class_weights); empty: none. Logs which classes have no
    /// training clips: they have weight 0.
    std::vector<double> class_weights(const std::function<void(const std::string&)>& log) const;

    /// Returns a clip's recording, as the data set knows it, and its place there: "violin/a.wav at 3 s".
    std::string name_of(std::int64_t clip) const;

    /// Sets classes, numbers of clips, the split's digest and its test clips.
    void describe(configs::TrialResult& result) const;

private:
    configs::ClassWeights class_weights_;
    data::DataSet data_set_;
    data::Split split_;
    data::BatchLoader train_;
    std::optional<data::BatchLoader> validation_;
    data::BatchLoader test_;
};

/// Returns how large a trial is and where it runs, in one line: "clips: 72 train, 18 validation, 18 test; 5123 parameters; on cpu (...)".
std::string size_in_words(const configs::TrialResult& described, const configs::ExecutionRecord& execution);

}  // namespace attnsweep::runner
