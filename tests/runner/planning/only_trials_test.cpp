// Which trials of a sweep are meant by patterns of labels and conditions on settings.
#include "runner/planning/only_trials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/error.h"
#include "store/error.h"
#include "tests/store/synthetic_sweep.h"

namespace attnsweep::runner {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class OnlyTrialsTest : public ::testing::Test {
protected:
    std::size_t count(const OnlyTrials& only) const { return ids_of(only, sweep_).size(); }
    std::string refusal(const OnlyTrials& only) const
    {
        try {
            ids_of(only, sweep_);
            return "not refused";
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), exit_usage);
            return error.what();
        }
    }
    configs::Sweep sweep_ = store::synthetic_sweep("synthetic", 3);  // 2 spectrograms x 5 ratios x 3 repeats
};

TEST_F(OnlyTrialsTest, LabelsConfigurationsAndIds)
{
    EXPECT_EQ(count({}), 30U);
    EXPECT_EQ(count({{"cqt-r50-s1"}, ""}), 1U);
    EXPECT_EQ(count({{"cqt-r50"}, ""}), 3U) << "a configuration is all its repeats";
    EXPECT_EQ(count({{"cqt-r50*"}, ""}), 3U);
    EXPECT_EQ(count({{"*-s[12]"}, ""}), 20U);
    EXPECT_EQ(count({{sweep_.trials[7].id, "stft-r0-s?"}, ""}), 4U);
    EXPECT_EQ(count({{sweep_.trials[7].id.substr(0, 8)}, ""}), 1U);
    EXPECT_EQ(count({{"synthetic:cqt-r50-s1"}, ""}), 1U) << "as show and compare name it";
}

TEST_F(OnlyTrialsTest, ConditionsOnSettings)
{
    EXPECT_EQ(count({{}, "attention_ratio > 0.5"}), 12U);
    EXPECT_EQ(count({{"cqt*"}, "model.attention_ratio > 0.5 and repeat = 1"}), 2U) << "both hold";
    EXPECT_EQ(count({{}, "kernel_size = 5"}), 30U) << "a setting without a column";
    EXPECT_EQ(count({{}, "label = 'cqt-r0-s1'"}), 1U);
}

TEST_F(OnlyTrialsTest, WhatMatchesNothingNamesTheNearest)
{
    EXPECT_THAT(refusal({{"cqt-r52-s1"}, ""}), AllOf(HasSubstr("cqt-r52-s1"), HasSubstr("nearest: cqt-r50-s1")));
    EXPECT_THAT(refusal({{"cqt*", "tuba*"}, ""}), HasSubstr("tuba*"));
    EXPECT_THAT(refusal({{"cqt*"}, "spectrogram = 'stft'"}), HasSubstr("--only 'cqt*' --where"));
    EXPECT_THAT(refusal({{"cqt*"}, "spectrogram = 'stft'", "--again"}), HasSubstr("--again 'cqt*' --where"));
}

TEST_F(OnlyTrialsTest, ResultsAreNotAskedFor)
{
    for (const std::string condition : {"accuracy > 0.5", "status = 'failed'", "1; DROP TABLE trials", "("}) {
        EXPECT_THROW(count({{}, condition}), store::Error) << condition;
    }
}

TEST_F(OnlyTrialsTest, KeepsTheSweepsOrderAndSaysHowMany)
{
    const OnlyTrials only{{"*-r0-s1"}, ""};
    EXPECT_EQ(keep_only(sweep_, only, ids_of(only, sweep_)),
              "synthetic: 2 of its 30 trials, those of --only '*-r0-s1'");
    ASSERT_EQ(sweep_.trials.size(), 2U);
    EXPECT_EQ(sweep_.trials.front().label, "stft-r0-s1");
    EXPECT_EQ(keep_only(sweep_, {}, ids_of({}, sweep_)), "") << "all of it";
}

}  // namespace
}  // namespace attnsweep::runner
