// The two sweeps that ship hold what the paper did: paper.md, "The experiment" and "The network".
#include <set>

#include <gmock/gmock.h>

#include "tests/configs/sweep_folder.h"
#include "tests/paths.h"

namespace attnsweep::tests {
namespace {

const std::filesystem::path shipped = std::filesystem::path(attnsweep::tests::paths::source) / "configs";

std::vector<std::string> ten_models(int repeats)
{
    std::vector<std::string> labels;
    for (const char* spectrogram : {"stft", "cqt"}) {
        for (const char* ratio : {"0", "25", "50", "75", "100"}) {
            for (int s = 1; s <= repeats; ++s) {
                labels.push_back(std::string(spectrogram) + "-r" + ratio + "-s" + std::to_string(s));
            }
        }
    }
    return labels;
}

TEST(ShippedSweeps, ThePapersHasThirtyTrials)
{
    const configs::Sweep sweep = configs::read_sweep(shipped / "paper.toml", {}, paper_data_set());
    EXPECT_EQ(labels_of(sweep), ten_models(3));
    EXPECT_EQ(sweep.name, "paper");
    std::set<std::string> ids, configurations;
    for (const configs::Trial& trial : sweep.trials) {
        ids.insert(trial.id);
        configurations.insert(trial.configuration);
        EXPECT_EQ(trial.spec.seed.split, 1u);
        EXPECT_EQ(trial.spec.model.dense_sizes, (std::vector{1024, 512, 256, 128, 64}));
        EXPECT_EQ(trial.spec.training.learning_rate, 0.001);
        EXPECT_EQ(trial.spec.training.patience, 30);
        EXPECT_EQ(trial.spec.data_set.frames, 87);
        EXPECT_EQ(trial.spec.data_set.bins, trial.spec.data.spectrogram == configs::Spectrogram::stft ? 1025 : 252);
    }
    EXPECT_EQ(ids.size(), 30u);
    EXPECT_EQ(configurations.size(), 10u);
}

TEST(ShippedSweeps, ThePapersSettingsAreTheDefaults)
{
    // What an empty file means is the paper's first model: the file states its defaults, and the two do not drift apart.
    const configs::Sweep paper = configs::read_sweep(shipped / "paper.toml", {}, paper_data_set());
    EXPECT_EQ(paper.trials[0].id, SweepFolder().read("").trials[0].id);
}

TEST(ShippedSweeps, TheQuickstartsHasTwenty)
{
    configs::DataSetDescription data = paper_data_set();
    data.geometry = {22050, 1024, 256, 7, 12, 32.70319566257483};
    const configs::Sweep sweep = configs::read_sweep(shipped / "quickstart.toml", {}, data);
    EXPECT_EQ(labels_of(sweep), ten_models(2));
    for (const configs::Trial& trial : sweep.trials) {
        EXPECT_EQ(trial.spec.model.first_filters, 8);
        EXPECT_EQ(trial.spec.training.learning_rate, 0.01);
        EXPECT_EQ(trial.spec.model.batch_norm_momentum, 0.9);
        EXPECT_LE(trial.spec.training.max_epochs, 12);
        EXPECT_EQ(trial.spec.data_set.frames, 22);
    }
}

}  // namespace
}  // namespace attnsweep::tests
