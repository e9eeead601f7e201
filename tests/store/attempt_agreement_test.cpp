// A trial done again: its result is compared with the one that counts, bit for bit.
#include "store/reading/attempt_agreement.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class AttemptAgreement : public ::testing::Test {
protected:
    AttemptAgreement()
    {
        store_.record_sweep(sweep_);
        finish(store_, result_);
    }
    /// Of the same result, changed, as attempt 2.
    std::string after(const std::function<void(configs::TrialResult&)>& change)
    {
        configs::TrialResult again = result_;
        again.attempt = 2;
        change(again);
        finish(store_, again);
        return agreement_in_words(store_, sweep_.trials[0].id, 2);
    }

    tests::TemporaryFolder folder_;
    configs::Sweep sweep_ = synthetic_sweep();
    configs::TrialResult result_ = done_result(sweep_.trials[0], {9, 8, 7});
    Store store_ = Store::open_to_write(folder_ / "results.db");
};

TEST_F(AttemptAgreement, EqualOnesAreTheSameToTheBit)
{
    EXPECT_EQ(after([](configs::TrialResult& again) { again.duration_s += 100; }),
              "is the same as attempt 1 to the bit");
    EXPECT_EQ(agreement_in_words(store_, sweep_.trials[0].id, 1), "") << "the one that counts";
    EXPECT_EQ(store_.find_trial("synthetic:" + sweep_.trials[0].label).attempt_folder.filename(), "attempt-1");
}

TEST_F(AttemptAgreement, OneBitOfAnEpochIsSeen)
{
    EXPECT_THAT(
        after([](configs::TrialResult& again) {
            double& loss = again.epochs.back().validation_loss;
            loss = std::nextafter(loss, 1e9);
        }),
        AllOf(HasSubstr("differs from attempt 1 from epoch " + std::to_string(result_.epochs.back().epoch) + " on"),
              HasSubstr("its execution settings are those of attempt 1")));
}

TEST_F(AttemptAgreement, OneBitOfAPredictionIsSeen)
{
    EXPECT_THAT(after([](configs::TrialResult& again) {
                    float& probability = again.last.predictions.back().probability;
                    probability = std::nextafter(probability, 2.0F);
                }),
                HasSubstr("differs from attempt 1 in its predictions"));
}

TEST_F(AttemptAgreement, ATestResultIsSeenWithTheSettingsThatDiffer)
{
    EXPECT_THAT(after([](configs::TrialResult& again) {
                    again.last.loss += 1e-9;
                    again.execution.threads = 7;
                    again.execution.optimizer_step = "foreach";
                }),
                AllOf(HasSubstr("in its test results"), HasSubstr("it had threads 7 instead of "),
                      HasSubstr("optimizer step foreach instead of per_tensor")));
}

TEST_F(AttemptAgreement, AFailedAttemptHasNone)
{
    finish(store_, failed_result(sweep_.trials[0], "nan", "loss is nan", 2));
    EXPECT_EQ(agreement_in_words(store_, sweep_.trials[0].id, 2), "");
}

}  // namespace
}  // namespace attnsweep::store
