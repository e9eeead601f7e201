// The last training of a configuration: on training and validation clips, as long as its repeats were best after.
#include "runner/planning/refit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/trial_identity.h"
#include "runner/error.h"
#include "store/annotations.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using ::testing::HasSubstr;

class Refit : public ::testing::Test {
protected:
    Refit() { store_.record_sweep(sweep_); }

    /// A done repeat of the sweep's first configuration whose weights were best after `epoch`.
    void best_after(std::size_t repeat, int epoch)
    {
        configs::TrialResult result = store::done_result(sweep_.trials[repeat], {9, 8, 7});
        result.best_epoch = result.best.epoch = epoch;
        store_.commit(result);
    }
    int epochs() const { return refit_of(sweep_, store_, {"stft-r0"}).trials.at(0).spec.training.max_epochs; }
    std::string refusal(const std::vector<std::string>& patterns) const
    {
        try {
            refit_of(sweep_, store_, patterns);
            return "not refused";
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), exit_usage);
            return error.what();
        }
    }

    tests::TemporaryFolder folder_;
    configs::Sweep sweep_ = store::synthetic_sweep("synthetic", 3);
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
};

TEST_F(Refit, AScheduleThatFewerEpochsWouldChangeIsRefused)
{
    best_after(0, 2);
    for (configs::Trial& trial : sweep_.trials) {
        trial.spec.training.schedule = configs::Schedule::cosine;
    }
    EXPECT_EQ(
        refusal({"stft-r0"}),
        "--refit stft-r0: its repeats were best after 2 epochs (median), but training.schedule = \"cosine\" falls to "
        "its end over training.max_epochs, and would fall faster; make a sweep of it with data.train_on_validation = "
        "true, training.early_stopping = false and the epochs you want");
    for (configs::Trial& trial : sweep_.trials) {
        trial.spec.training.schedule = configs::Schedule::constant;
        trial.spec.training.warmup_epochs = 2.5;
    }
    EXPECT_THAT(refusal({"stft-r0"}), HasSubstr("but training.warmup_epochs = 2.5 is longer"));
    for (configs::Trial& trial : sweep_.trials) {
        trial.spec.training.warmup_epochs = 2;
    }
    EXPECT_EQ(epochs(), 2);
}

TEST_F(Refit, IsOneTrialOfItsOwnKindInASweepOfItsOwn)
{
    best_after(0, 1);
    const configs::Sweep refit = refit_of(sweep_, store_, {"stft-r0"});
    EXPECT_EQ(refit.name, "synthetic-refit");
    ASSERT_EQ(refit.trials.size(), 1U);
    const configs::Trial& trial = refit.trials.front();
    EXPECT_EQ(trial.label, "stft-r0-refit");
    EXPECT_TRUE(trial.spec.data.train_on_validation);
    EXPECT_FALSE(trial.spec.training.early_stopping);
    EXPECT_EQ(trial.spec.seed.init, sweep_.trials.front().spec.seed.init);
    EXPECT_NE(trial.id, sweep_.trials.front().id) << "or it would count as the repeat";
    EXPECT_EQ(trial.id, configs::trial_id(trial.spec));
}

TEST_F(Refit, TrainsForTheMedianOfTheBestEpochs)
{
    best_after(0, 10);
    EXPECT_EQ(epochs(), 10);
    best_after(1, 3);
    EXPECT_EQ(epochs(), 7) << "of two, their mean, rounded up";
    best_after(2, 40);
    EXPECT_EQ(epochs(), 10);
}

TEST_F(Refit, ALabelMeansItsConfigurationWithTheFirstRepeatsSeeds)
{
    best_after(1, 5);
    const configs::Sweep refit = refit_of(sweep_, store_, {sweep_.trials[1].label});
    EXPECT_EQ(refit.trials.at(0).spec.seed.init, sweep_.trials[0].spec.seed.init);
    EXPECT_EQ(refit.trials.at(0).spec.training.max_epochs, 5);
}

TEST_F(Refit, EarlierOnesStayInTheSweep)
{
    best_after(0, 10);
    best_after(3, 4);  // stft-r25
    configs::Sweep first = refit_of(sweep_, store_, {"stft-r0"});
    first.text = "first";
    store_.record_sweep(first);
    const configs::Sweep second = refit_of(sweep_, store_, {"stft-r25"});
    ASSERT_EQ(second.trials.size(), 2U);
    EXPECT_EQ(second.trials[0].id, first.trials[0].id);
    EXPECT_EQ(second.trials[1].label, "stft-r25-refit");
    best_after(1, 40);  // the median of stft-r0 is another now
    const configs::Sweep third = refit_of(sweep_, store_, {"stft-r0"});
    EXPECT_EQ(third.trials.size(), 1U) << "stft-r25-refit was never recorded";
    EXPECT_NE(third.trials[0].id, first.trials[0].id);
}

TEST_F(Refit, HiddenRepeatsDoNotCount)
{
    best_after(0, 10);
    best_after(1, 30);
    store::annotate_once(store_, {store::Annotation::Kind::hidden, {}, {}, sweep_.trials[1].id, {}, "1"});
    EXPECT_EQ(epochs(), 10);
}

TEST_F(Refit, WhatTrainsOnValidationClipsAlreadyIsRefused)
{
    best_after(0, 10);
    sweep_.trials[0].spec.data.train_on_validation = true;
    EXPECT_THAT(refusal({"stft-r0"}), HasSubstr("already"));
}

TEST_F(Refit, NeedsADoneRepeatAndAConfigurationThatIsThere)
{
    EXPECT_THAT(refusal({"stft-r0"}), HasSubstr("no repeat of it is done"));
    EXPECT_THAT(refusal({"stft-r1"}), HasSubstr("the nearest: stft-r0"));
}

}  // namespace
}  // namespace attnsweep::runner
