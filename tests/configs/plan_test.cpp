// `attnsweep plan`, called as main() calls it, on a data set and a store made here.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "data/data_set_file.h"
#include "reports/store.h"
#include "runner/attnsweep/command.h"
#include "runner/error.h"
#include "tests/configs/sweep_folder.h"

namespace attnsweep::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string paper = std::string(ATTNSWEEP_SOURCE_DIR) + "/configs/paper.toml";

class Plan : public testing::Test {
protected:
    Plan()
    {
        std::filesystem::create_directories(folder_.path() / "shards");
        data::write_data_set_file(folder_.path() / "shards", {paper_data_set(), {{1}, {1}}});
        data_ = (folder_.path() / "shards").string();
        store_ = (folder_.path() / "results.db").string();
    }

    std::string plan(std::vector<std::string> arguments) const
    {
        CLI::App app;
        runner::Command chosen;
        runner::add_plan(app, chosen);
        arguments.insert(arguments.begin(), "plan");
        std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants it
        app.parse(arguments);
        testing::internal::CaptureStdout();
        int code = -1;
        try {
            code = chosen();
        } catch (...) {
            testing::internal::GetCapturedStdout();
            throw;
        }
        EXPECT_EQ(code, 0);
        return testing::internal::GetCapturedStdout();
    }

    json plan_json(std::vector<std::string> more = {}) const
    {
        std::vector<std::string> arguments{paper, "--data", data_, "--store", store_, "--format", "json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return json::parse(plan(arguments));
    }

    SweepFolder folder_;
    std::string data_, store_;
};

TEST_F(Plan, ThePapersThirtyTrialsWithTheirParameters)
{
    const json document = plan_json();
    ASSERT_EQ(document.at("trials").size(), 30u);
    const json& first = document.at("trials").at(0);
    EXPECT_EQ(first.at("label"), "stft-r0-s1");
    EXPECT_EQ(first.at("parameters"), 65692403);
    EXPECT_EQ(first.at("status"), "to run");
    EXPECT_EQ(document.at("trials").at(29).at("parameters"), 16228083);
    EXPECT_NEAR(first.at("checkpoint_bytes").get<double>(), 526e6, 1e6);
    EXPECT_EQ(document.at("total").at("remaining"), 30);
    std::int64_t kept = 0;
    for (const json& trial : document.at("trials")) {
        kept += trial.at("kept_bytes").get<std::int64_t>();
        EXPECT_EQ(trial.at("kept_bytes").get<std::int64_t>(), 2 * trial.at("weights_bytes").get<std::int64_t>());
    }
    EXPECT_EQ(document.at("total").at("kept_bytes"), kept);
    EXPECT_FALSE(std::filesystem::exists(store_)) << "plan made a store";
}

TEST_F(Plan, WhatStaysFollowsTheSetting)
{
    EXPECT_EQ(plan_json({"--set", "checkpoint.keep=none"}).at("total").at("kept_bytes"), 0);
    EXPECT_LT(plan_json({"--set", "checkpoint.keep=last"}).at("total").at("kept_bytes"),
              plan_json().at("total").at("kept_bytes"));
    EXPECT_GT(plan_json({"--set", "checkpoint.keep=all"}).at("total").at("kept_bytes"),
              plan_json().at("total").at("kept_bytes"));
}

TEST_F(Plan, StatusesComeFromTheStore)
{
    const configs::Sweep sweep = configs::read_sweep(paper, {}, paper_data_set());
    {
        reports::Store store = reports::Store::open_to_write(store_);
        store.record_sweep(sweep);
        const auto begin = [&](std::size_t trial) {
            store.begin_attempt(sweep.trials[trial].id, 1, "a-node", "cpu", "2024-01-01T00:00:00Z");
        };
        for (const std::size_t trial : {0u, 1u, 2u, 3u, 4u}) {
            begin(trial);
        }
        configs::TrialResult result;
        result.trial_id = sweep.trials[0].id;
        result.label = sweep.trials[0].label;
        result.classes = paper_data_set().classes;
        result.last.confusion = configs::Confusion(19, std::vector<std::int64_t>(19, 1));
        result.best = result.last;
        result.train_clips_per_class = result.test_clips_per_class = std::vector<std::int64_t>(19, 1);
        result.split_digest = "split";
        result.started_at = "2024-01-01T00:00:00Z";
        store.commit(result);
        configs::TrialResult failed;
        failed.trial_id = sweep.trials[1].id;
        failed.label = sweep.trials[1].label;
        failed.outcome = configs::Outcome::failed;
        failed.failure = {"out_of_memory", "killed", 9};
        failed.started_at = "2024-01-01T00:00:00Z";
        store.commit(failed);
        const configs::EpochRecord epochs[] = {{1, 1, 0, 1, 0, 1}, {2, 1, 0, 1, 0, 1}};
        store.record_epochs(sweep.trials[2].id, 1, epochs);
        store.end_attempt(sweep.trials[2].id, 1, reports::NoResult::drained, "2024-01-01T00:10:00Z");
        store.end_attempt(sweep.trials[3].id, 1, reports::NoResult::interrupted, "2024-01-01T00:10:00Z");
        folder_.write("results.db.d/trials/" + sweep.trials[2].id + "/attempt-1/checkpoint-2-0.pt", "x");
        folder_.write("results.db.d/pending/" + sweep.trials[5].id + ".json", "{}");
    }
    const json document = plan_json();
    const auto status = [&](std::size_t trial) {
        return document.at("trials").at(trial).at("status").get<std::string>();
    };
    EXPECT_EQ(status(0), "done");
    EXPECT_EQ(status(1), "failed: out_of_memory");
    EXPECT_EQ(status(2), "resumes");
    EXPECT_EQ(document.at("trials").at(2).at("from_epoch"), 2);
    EXPECT_EQ(status(3), "to run") << "it left no checkpoint";
    EXPECT_EQ(status(4), "running");
    EXPECT_EQ(status(5), "ended, not yet in the store");
    EXPECT_EQ(status(6), "to run");
    EXPECT_EQ(document.at("total").at("remaining"), 29);
    EXPECT_THAT(plan({paper, "--data", data_, "--store", store_}), HasSubstr("resumes after epoch 2"));
}

TEST_F(Plan, TheTableNamesTheGeometryAndTheDisk)
{
    const std::string text = plan({paper, "--data", data_, "--store", store_, "--set", "sweep.repeats=1"});
    EXPECT_THAT(text, HasSubstr("10 trials, 10 to go"));
    EXPECT_THAT(text, HasSubstr("65,692,403"));
    EXPECT_THAT(text, HasSubstr("526 MB"));
    EXPECT_THAT(text, HasSubstr("22050 Hz, hop 256"));
    EXPECT_THAT(text, HasSubstr("are free at"));
}

TEST_F(Plan, SetTakesOneTextEachSoThatTheSweepMayFollow)
{
    const json document =
        json::parse(plan({"--set", "sweep.repeats=1", paper, "--data", data_, "--store", store_, "--format", "json"}));
    EXPECT_EQ(document.at("trials").size(), 10u);
    EXPECT_EQ(document.at("overrides"), json({"sweep.repeats=1"}));
}

TEST_F(Plan, ANetworkThatCannotBeIsAnErrorThatNamesTheTrial)
{
    try {
        plan_json({"--set", "model.blocks=9", "--set", "model.attention_ratio=0"});
        FAIL() << "no error";
    } catch (const runner::Error& error) {
        EXPECT_EQ(error.exit_code(), runner::exit_bad_input);
        EXPECT_THAT(error.what(), HasSubstr("trial cqt-r0-s1: model.blocks = 9"));
    }
}

TEST_F(Plan, WithoutASweepItIsAUsageErrorAndTheKeysNeedNone)
{
    try {
        plan({"--data", data_});
        FAIL() << "no error";
    } catch (const runner::Error& error) {
        EXPECT_EQ(error.exit_code(), runner::exit_usage);
    }
    EXPECT_THAT(plan({"--help-keys"}), HasSubstr("training.learning_rate"));
    EXPECT_THAT(plan({"--help-keys=markdown"}), HasSubstr("| `learning_rate` |"));
}

}  // namespace
}  // namespace attnsweep::tests
