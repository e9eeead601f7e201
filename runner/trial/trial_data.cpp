#include "runner/trial/trial_data.h"

#include <cstdio>

#include "runner/error.h"
#include "runner/trial/class_weights.h"
#include "runner/trial/trial_progress.h"

namespace attnsweep::runner {
namespace {

data::DataSet open_data(const TrialOrder& order)
{
    const configs::TrialSpec& spec = order.trial.spec;
    data::DataSet data_set = data::DataSet::open(order.data_folder, spec.data.spectrogram);
    if (data_set.digest() != spec.data_set.digest) {
        throw Error(order.data_folder.string() + ": not the data set trial " + order.trial.label +
                        " was planned on: its digest is " + data_set.digest().substr(0, 16) + "..., expected " +
                        spec.data_set.digest.substr(0, 16) +
                        "...; give the right folder with --data, or run the sweep on this data set",
                    exit_bad_input);
    }
    return data_set;
}

data::BatchLoader loader(const data::DataSet& data_set, const std::vector<std::int64_t>& clips,
                         const configs::TrialSpec& spec)
{
    return data::BatchLoader(data_set, clips, spec.data, spec.training.batch_size);
}

}  // namespace

TrialData::TrialData(const TrialOrder& order)
    : class_weights_(order.trial.spec.training.class_weights), data_set_(open_data(order)),
      split_(data::make_split(data_set_, order.trial.spec.data, order.trial.spec.seed.split)),
      train_(loader(data_set_, split_.train, order.trial.spec)),
      validation_(split_.validation.empty() ? std::nullopt
                                            : std::optional(loader(data_set_, split_.validation, order.trial.spec))),
      test_(loader(data_set_, split_.test, order.trial.spec))
{
}

std::vector<double> TrialData::class_weights(const std::function<void(const std::string&)>& log) const
{
    if (class_weights_ == configs::ClassWeights::none) {
        return {};
    }
    const std::vector<std::int64_t> clips = data::clips_per_class(data_set_, split_.train);
    for (std::size_t i = 0; i < clips.size(); ++i) {
        if (clips[i] == 0) {
            log("training.class_weights = balanced: " + data_set_.description().classes[i] +
                " has no training clips, so its weight is 0");
        }
    }
    return balanced_class_weights(clips);
}

std::string TrialData::name_of(std::int64_t clip) const
{
    char place[48];
    std::snprintf(place, sizeof place, " at %g s", data_set_.start_s(clip));
    return data_set_.source(clip) + place;
}

void TrialData::describe(configs::TrialResult& result) const
{
    result.classes = data_set_.description().classes;
    result.train_clips = static_cast<std::int64_t>(split_.train.size());
    result.validation_clips = static_cast<std::int64_t>(split_.validation.size());
    result.test_clips = static_cast<std::int64_t>(split_.test.size());
    result.train_clips_per_class = data::clips_per_class(data_set_, split_.train);
    const std::vector<std::int64_t> validation = data::clips_per_class(data_set_, split_.validation);
    for (std::size_t i = 0; i < validation.size(); ++i) {
        result.train_clips_per_class[i] += validation[i];  // as Table I counts
    }
    result.test_clips_per_class = data::clips_per_class(data_set_, split_.test);
    result.split_digest = split_.digest;
    for (const std::int64_t clip : split_.test) {
        result.test_set.push_back({clip, data_set_.group(clip), data_set_.label(clip)});
    }
}

std::string size_in_words(const configs::TrialResult& described, const configs::ExecutionRecord& execution)
{
    return "clips: " + std::to_string(described.train_clips) + " train, " + std::to_string(described.validation_clips) +
           " validation, " + std::to_string(described.test_clips) + " test; " + std::to_string(described.parameters) +
           " parameters; on " + execution_in_words(execution);
}

}  // namespace attnsweep::runner
