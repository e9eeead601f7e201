#include "store/import_paper.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/trial_identity.h"
#include "configs/trial_spec.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "store/file_error.h"
#include "store/paper_reference.h"

namespace attnsweep::store {

namespace {

configs::Sweep table_two_as_sweep()
{
    configs::Sweep sweep;
    sweep.name = paper_sweep;
    sweep.description = "Table II of the paper: means of 3 repeats";
    sweep.path = "table-2-of-the-paper";
    sweep.text = "{}";
    sweep.data.path = "table-2-of-the-paper";
    for (const PaperClass& row : paper_table_one()) {
        sweep.data.classes.emplace_back(row.name);
        sweep.data.clips_per_class.push_back(row.total);
        sweep.data.clips += row.total;
    }
    for (const configs::Spectrogram kind : {configs::Spectrogram::stft, configs::Spectrogram::cqt}) {
        sweep.data.spectrograms.push_back({kind, std::string(paper_data_digest), {}});
    }
    for (const PaperRow& row : paper_table_two()) {
        configs::Trial trial;
        trial.spec.data.spectrogram = row.spectrogram;
        trial.spec.model.attention_ratio = row.attention_ratio;
        trial.spec.data_set = {std::string(paper_data_digest), sweep.data.geometry.frames(),
                               sweep.data.geometry.bins(row.spectrogram), static_cast<int>(sweep.data.classes.size())};
        trial.id = configs::trial_id(trial.spec);
        trial.configuration = fmt::format("{}-r{}", to_string(row.spectrogram), std::lround(100 * row.attention_ratio));
        // Not stft-r0-s1: that must keep naming the user's own trial.
        trial.label = "paper-" + trial.configuration;
        sweep.trials.push_back(trial);
    }
    return sweep;
}

configs::TrialResult result_of(const configs::Trial& trial)
{
    configs::TrialResult result;
    result.trial_id = trial.id;
    result.label = trial.label;
    for (const PaperClass& row : paper_table_one()) {
        result.classes.emplace_back(row.name);
        result.train_clips_per_class.push_back(row.train);
        result.test_clips_per_class.push_back(row.test);
        result.train_clips += row.train;
        result.test_clips += row.test;
    }
    result.execution.host = result.execution.device = result.execution.attnsweep_version = "the paper";
    result.last.loss = result.best.loss = std::numeric_limits<double>::quiet_NaN();
    result.started_at = "2021-07-13T00:00:00Z";
    result.attempt_folder = "trials/" + trial.id + "/attempt-1";
    return result;
}

}  // namespace

void import_paper(Store& store)
{
    const configs::Sweep sweep = table_two_as_sweep();
    store.record_sweep(sweep);
    try {
        for (const configs::Trial& trial : sweep.trials) {
            const configs::TrialResult result = result_of(trial);
            const std::filesystem::path folder = store.attempt_folder(trial.id, 1);
            files::create_folders(folder);
            // Like every result, a file comes first, from which the store can be rebuilt.
            files::write_durably(folder / "result.json", nlohmann::json(result).dump(1) + "\n");
            store.commit(result);
        }
    } catch (const files::Error& failure) {
        throw Error(kind_of_file_error(failure), std::string("Table II cannot be entered: ") + failure.what());
    }
}

std::optional<configs::Metrics> published_metrics(const std::string& spec)
{
    const auto trial = nlohmann::json::parse(spec).get<configs::TrialSpec>();
    if (trial.data_set.digest != paper_data_digest) {
        return std::nullopt;
    }
    const std::optional<PaperRow> row = paper_row(trial.data.spectrogram, trial.model.attention_ratio);
    if (!row) {
        return std::nullopt;
    }
    return metrics_of(*row);
}

}  // namespace attnsweep::store
