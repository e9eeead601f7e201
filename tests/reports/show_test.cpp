// `attnsweep show`: what it says of a trial. That its line gives the same bits is seen in tests/end_to_end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "reports/show.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::HasSubstr;

class ShowTest : public testing::Test {
protected:
    ShowTest()
    {
        store_.record_sweep(sweep_);
        store_.begin_attempt(sweep_.trials[0].id, 1, "node1", "cpu", "2024-01-02T03:04:05Z");
        store_.commit(failed_result(sweep_.trials[0], "nan", "the loss is nan", 1));
        store_.commit(done_result(sweep_.trials[0], {10, 8, 6}, 2));
    }
    nlohmann::json shown(const std::string& trial) const
    {
        return nlohmann::json::parse(show_trial(store_, trial, Format::json));
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "my results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(ShowTest, EverythingIsThere)
{
    const auto attempt = store_.attempt_folder(sweep_.trials[0].id, 2);
    files::create_folders(attempt);
    files::write_durably(attempt / "result.json", "{}");
    const nlohmann::json trial = shown("stft-r0-s1");
    EXPECT_EQ(trial.at("status"), "done");
    EXPECT_EQ(trial.at("sweeps")[0].at("revision"), 1);
    EXPECT_EQ(trial.at("settings").at("training").at("max_epochs"), 60);
    EXPECT_EQ(trial.at("settings").at("seed").at("init"), 1);
    ASSERT_EQ(trial.at("attempts").size(), 2U);
    EXPECT_EQ(trial.at("attempts")[0].at("failure_message"), "the loss is nan");
    EXPECT_EQ(trial.at("attempts")[1].at("counts"), 1);
    EXPECT_EQ(trial.at("execution").at("cpu_features"), "AVX2");
    EXPECT_EQ(trial.at("epochs").at("count"), 2);
    EXPECT_EQ(trial.at("epochs").at("lowest_validation_loss").at("epoch"), 2);
    EXPECT_EQ(trial.at("metrics")[0].at("weights"), "last");
    EXPECT_DOUBLE_EQ(trial.at("metrics")[0].at("accuracy"), 0.8);
    EXPECT_EQ(trial.at("metrics")[0].at("top3_accuracy"), 1) << "three classes";
    EXPECT_DOUBLE_EQ(trial.at("metrics")[0].at("balanced_accuracy"), 0.8);
    EXPECT_DOUBLE_EQ(trial.at("metrics")[0].at("cohen_kappa"), 0.7);
    EXPECT_DOUBLE_EQ(trial.at("classes")[1].at("recall"), 0.8);
    EXPECT_EQ(trial.at("mistakes")[0],
              (nlohmann::json{{"truth", "tuba"}, {"taken_for", "banjo"}, {"clips", 4}, {"of", 10}}));
    EXPECT_EQ(trial.at("files")[0].at("file"), "result.json");
    EXPECT_THAT(show_trial(store_, "stft-r0-s1", Format::text),
                testing::AllOf(HasSubstr("training.learning_rate"), HasSubstr("AVX2"), HasSubstr("failure_message"),
                               HasSubstr("Mistakes"), HasSubstr("cohen_kappa"), HasSubstr("bit for bit")));
}

TEST_F(ShowTest, ItsLineNamesTheTrialByIdAndQuotesTheStore)
{
    const std::string line = shown(sweep_.trials[0].id.substr(0, 9)).at("reproduce");
    EXPECT_EQ(line, "attnsweep trial " + sweep_.trials[0].id + " --store '" + (folder_ / "my results.db").string() +
                        "' --device cpu --threads 1 --result again.json");
}

TEST_F(ShowTest, ATrialThatHasNotBegunIsShownToo)
{
    const nlohmann::json trial = shown("cqt-r25-s3");
    EXPECT_EQ(trial.at("status"), "pending");
    EXPECT_TRUE(trial.at("attempts").empty());
    EXPECT_FALSE(trial.contains("classes"));
    EXPECT_THAT(show_trial(store_, "cqt-r25-s3", Format::text), HasSubstr("pending"));
}

TEST_F(ShowTest, WhatCannotBeShown)
{
    EXPECT_THROW(show_trial(store_, "none", Format::json), store::Error);
    EXPECT_THROW(show_trial(store_, "stft-r0-s1", Format::csv), store::Error);
}

}  // namespace
}  // namespace attnsweep::reports
