// `attnsweep plan`, called as main() calls it, on a data set and a store made here.
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "data/data_set_file.h"
#include "runner/cli/command.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "store/store.h"
#include "tests/configs/sweep_folder.h"
#include "tests/paths.h"
#include "tests/runner/cli/called.h"

namespace attnsweep::tests {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string paper = std::string(attnsweep::tests::paths::source) + "/configs/paper.toml";

class Plan : public testing::Test {
protected:
    Plan()
    {
        std::filesystem::create_directories(folder_.path() / "shards");
        data::write_data_set_file(
            folder_.path() / "shards",
            {paper_data_set(), data::ingest_version, {{data::ShardCheck{1, {}, {}}}, {data::ShardCheck{1, {}, {}}}}});
        data_ = (folder_.path() / "shards").string();
        store_ = (folder_.path() / "results.db").string();
    }

    /// Records the sweep with its first trial done.
    void do_first_trial(const configs::Sweep& sweep) const
    {
        store::Store store = store::Store::open_to_write(store_);
        store.record_sweep(sweep);
        configs::TrialResult result;
        result.trial_id = sweep.trials[0].id;
        result.classes = paper_data_set().classes;
        result.last.confusion = configs::Confusion(19, std::vector<std::int64_t>(19, 1));
        result.best = result.last;
        result.split_digest = "split";
        store.commit(result);
    }

    std::string plan(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), "plan");
        return called(runner::add_plan_without_shards, arguments);
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

TEST_F(Plan, CountsResidentClips)
{
    const std::string on_cpu = "execution.device=cpu";
    const json plain = plan_json({"--set", on_cpu}).at("trials").at(0);
    const json resident = plan_json({"--set", on_cpu, "--set", "execution.batch_loading=resident"}).at("trials").at(0);
    EXPECT_EQ(plain.at("expected_host_bytes"), plain.at("peak_memory_bytes")) << "by which the trials are placed";
    EXPECT_EQ(plain.at("expected_device_bytes"), 0);
    const configs::DataSetDescription data = paper_data_set();
    EXPECT_EQ(resident.at("peak_memory_bytes").get<std::int64_t>(),
              plain.at("peak_memory_bytes").get<std::int64_t>() +
                  4 * data.clips * data.geometry.frames() * data.geometry.bins(configs::Spectrogram::stft));
}

TEST_F(Plan, SaysWhatBfloat16BringsOnCpus)
{
    const std::vector<std::string> arguments{
        paper, "--data", data_, "--store", store_, "--set", "execution.device=cpu"};
    std::vector<std::string> with = arguments;
    with.insert(with.end(), {"--set", "training.precision=bfloat16"});
    EXPECT_THAT(plan(with), HasSubstr("Note: bfloat16 is faster than float32 on CPUs with AMX"));
    EXPECT_THAT(plan(arguments), Not(HasSubstr("bfloat16")));
}

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

TEST_F(Plan, SlotsAndNodesMakeTheCourse)
{
    const json document = plan_json({"--slots", "4", "--nodes", "2", "--set", "sweep.repeats=1"});
    const json& course = document.at("course");
    EXPECT_EQ(course.at("slots"), 8);
    EXPECT_EQ(course.at("lower_bound_s"),
              std::max(course.at("longest_s").get<double>(), course.at("total_s").get<double>() / 8));
    EXPECT_GE(course.at("makespan_s"), course.at("lower_bound_s"));
    EXPECT_LT(course.at("makespan_low_s"), course.at("makespan_s"));
    EXPECT_GT(course.at("makespan_high_s"), course.at("makespan_s"));
    EXPECT_EQ(course.at("is_measured"), false);
    EXPECT_THAT(plan({paper, "--data", data_, "--store", store_, "--slots", "4", "--nodes", "2"}),
                AllOf(HasSubstr("2 nodes of 4 slots"), HasSubstr("no order is faster than")));
    EXPECT_THAT(plan({paper, "--data", data_, "--store", store_}), HasSubstr("of this machine"));
}

TEST_F(Plan, ATimeLimitSaysWhatIsStoppedAndWhatNotStarted)
{
    const std::vector<std::string> limited = {"--slots", "8", "--time-limit", "3:50:00"};
    const json document = plan_json(limited);
    const json& course = document.at("course");
    EXPECT_EQ(course.at("time_limit_s"), 13800);
    EXPECT_LE(course.at("makespan_s"), 13800 - 60 - 5);
    int started = 0, stopped = 0;
    for (const json& trial : document.at("trials")) {
        started += trial.at("order").is_null() ? 0 : 1;
        stopped += trial.at("is_stopped").get<bool>() ? 1 : 0;
    }
    EXPECT_EQ(course.at("stopped"), stopped);
    EXPECT_EQ(course.at("not_started"), 30 - started);
    EXPECT_GT(course.at("not_started"), 0);
    const std::string text =
        plan({paper, "--data", data_, "--store", store_, "--slots", "8", "--time-limit", "3:50:00", "--grace", "120"});
    EXPECT_THAT(text,
                AllOf(HasSubstr("Time limit 3 h 50 min"), HasSubstr("the last 2 min of it for checkpoints"),
                      HasSubstr("not started before the time limit"), HasSubstr("0 of 30 trials end, 8 are stopped")));
    EXPECT_TRUE(plan_json().at("course").at("time_limit_s").is_null());
    EXPECT_THROW(plan_json({"--time-limit", "soon"}), CLI::ValidationError);
    EXPECT_THROW(plan_json({"--slots-per-device", "0"}), CLI::ValidationError);
}

TEST_F(Plan, SeveralDevicesPerTrialAreShownWithWhatIsAssumedOfThem)
{
    const std::vector<std::string> few = {
        "--slots", "8", "--set", "model.attention_ratio=[0]", "--set", "data.spectrogram=[cqt]"};
    const auto with = [&](const std::string& devices, std::vector<std::string> more = {}) {
        more.insert(more.end(), few.begin(), few.end());
        more.insert(more.end(), {"--set", "execution.devices_per_trial=" + devices});
        return more;
    };
    const json one = plan_json(with("1")), two = plan_json(with("2")), automatic = plan_json(with("auto"));
    EXPECT_EQ(one.at("course").at("devices_per_trial"), 1);
    EXPECT_EQ(two.at("course").at("devices_per_trial"), 2);
    EXPECT_EQ(automatic.at("course").at("devices_per_trial"), "auto");
    EXPECT_EQ(two.at("course").at("efficiency"), 0.8);
    EXPECT_NEAR(two.at("course").at("makespan_s").get<double>(), one.at("course").at("makespan_s").get<double>() / 1.6,
                2);
    EXPECT_NEAR(automatic.at("course").at("makespan_s").get<double>(),
                one.at("course").at("makespan_s").get<double>() / 1.6, 2);
    for (const json& trial : automatic.at("trials")) {
        EXPECT_EQ(trial.at("devices"), 2) << "three trials on eight slots";
    }
    EXPECT_EQ(one.at("trials").at(0).at("devices"), 1);
    std::vector<std::string> arguments = with("auto", {paper, "--data", data_, "--store", store_});
    EXPECT_THAT(plan(arguments), AllOf(HasSubstr("devices"), HasSubstr("3 trials on 2"), HasSubstr("0.80: assumed")));
    EXPECT_THAT(plan(with("2", {paper, "--data", data_, "--store", store_})), HasSubstr("Each trial is on 2 devices"));
    EXPECT_THAT(plan(with("1", {paper, "--data", data_, "--store", store_})), Not(HasSubstr("devices")));
    try {
        plan_json(with("9"));
        FAIL() << "8 slots were enough for 9 devices";
    } catch (const runner::Error& error) {
        EXPECT_EQ(error.exit_code(), runner::exit_no_device);
        EXPECT_THAT(error.what(),
                    HasSubstr("execution.devices_per_trial = 9, but the largest node, by --slots, has 8"));
    }
}

TEST_F(Plan, TheLongestStartFirst)
{
    const json document = plan_json({"--slots", "1"});
    std::map<int, double> by_order;
    for (const json& trial : document.at("trials")) {
        by_order[trial.at("order")] = trial.at("expected").at("left_s");
    }
    ASSERT_EQ(by_order.size(), 30u);
    double last = HUGE_VAL;
    for (const auto& [order, left_s] : by_order) {
        EXPECT_LE(left_s, last) << order;
        last = left_s;
    }
    const std::string text = plan({paper, "--data", data_, "--store", store_, "--slots", "1"});
    EXPECT_LT(text.find("stft-r100-s1"), text.find("stft-r0-s1")) << "in the order of starting";
}

TEST_F(Plan, StandingsComeFromTheStore)
{
    do_first_trial(configs::read_sweep(paper, {}, paper_data_set()));
    const json document = plan_json();
    EXPECT_EQ(document.at("trials").at(0).at("status"), "done");
    EXPECT_TRUE(document.at("trials").at(0).at("order").is_null());
    EXPECT_EQ(document.at("trials").at(1).at("status"), "to run");
    EXPECT_EQ(document.at("total").at("remaining"), 29);
    EXPECT_THAT(plan({paper, "--data", data_, "--store", store_}), HasSubstr("30 trials, 29 to go, 1 done"));
}

TEST_F(Plan, AChangedSweepIsShownAsADifference)
{
    {
        store::Store store = store::Store::open_to_write(store_);
        store.record_sweep(configs::read_sweep(paper, {}, paper_data_set()));
    }
    EXPECT_TRUE(plan_json().at("difference").at("changes").empty());
    EXPECT_THAT(plan({paper, "--data", data_, "--store", store_}), HasSubstr("Unchanged since revision 1"));
    const std::vector<std::string> sets = {"--set", "model.attention_ratio=[0,0.5,0.125]", "--set",
                                           "training.patience=20"};
    const json difference = plan_json(sets).at("difference");
    EXPECT_EQ(difference.at("changes"), json::parse(R"([{"key":"training.patience","before":30,"after":20}])"));
    EXPECT_EQ(difference.at("axes"),
              json::parse(R"([{"key":"model.attention_ratio","added":[0.125],"removed":[0.25,0.75,1.0]}])"));
    EXPECT_EQ(difference.at("trials").at("kept"), 0);
    EXPECT_EQ(difference.at("trials").at("changed").size(), 12u);
    std::vector<std::string> arguments{paper, "--data", data_, "--store", store_};
    arguments.insert(arguments.end(), sets.begin(), sets.end());
    EXPECT_THAT(plan(arguments), AllOf(HasSubstr("training.patience: 30 -> 20"),
                                       HasSubstr("model.attention_ratio: added 0.125; removed 0.25, 0.75, 1.0"),
                                       HasSubstr("changed, to run again: 12 trials"), HasSubstr("added: 6 trials"),
                                       HasSubstr("no longer in it: 18 trials")));
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

TEST_F(Plan, ASweepOfManyTrialsIsALineAConfiguration)
{
    const std::vector<std::string> many{paper,     "--data", data_,   "--store",          store_,
                                        "--slots", "8",      "--set", "sweep.repeats=200"};
    do_first_trial(configs::read_sweep(paper, {"sweep.repeats=200"}, paper_data_set()));
    const std::string text = plan(many);
    EXPECT_THAT(text, AllOf(HasSubstr("2000 trials, 1999 to go, 1 done"), HasSubstr("1 done, 199 to run"),
                            HasSubstr("every trial: --all"), Not(HasSubstr("stft-r0-s2"))));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n') < 40, true) << text;
    EXPECT_LT(text.find("stft-r100 "), text.find("stft-r0 ")) << "in the order of starting";
    std::vector<std::string> all = many;
    all.emplace_back("--all");
    EXPECT_THAT(plan(all), AllOf(HasSubstr("stft-r0-s200"), Not(HasSubstr("--all"))));
    std::vector<std::string> limited = many;
    limited.insert(limited.end(), {"--time-limit", "3:50:00"});
    EXPECT_THAT(plan(limited), AllOf(HasSubstr("not in time"), HasSubstr("200 not started before it")));
    std::vector<std::string> as_json = many;
    as_json.insert(as_json.end(), {"--format", "json"});
    EXPECT_EQ(json::parse(plan(as_json)).at("trials").size(), 2000U);
}

TEST_F(Plan, LongLabelsAreCutInTheirMiddle)
{
    std::vector<std::string> arguments{paper, "--data", data_, "--store", store_, "--set", "sweep.repeats=1"};
    for (const char* axis : {"training.learning_rate=[0.0123,0.0456]", "training.batch_size=[16,32]",
                             "model.batch_norm_momentum=[0.99,0.95]", "data.scale=[\"power\",\"decibel\"]",
                             "training.patience=[20,30]", "training.max_epochs=[400,500]"}) {
        arguments.insert(arguments.end(), {"--set", axis});
    }
    for (const bool all : {false, true}) {
        if (all) {
            arguments.emplace_back("--all");
        }
        std::istringstream lines(plan(arguments));
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(line.size(), 200U) << line;
        }
        EXPECT_THAT(lines.str(), HasSubstr("...")) << "the end, where the repeat is, stays";
    }
}

TEST_F(Plan, SaysWhatAnAttemptTakesBesideItsEpochs)
{
    EXPECT_THAT(plan({paper, "--data", data_, "--store", store_}),
                HasSubstr("1.0 s beside its epochs (start, data, test, commit): assumed"));
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
    } catch (const configs::Error& error) {
        EXPECT_EQ(runner::exit_code_of(error), runner::exit_bad_input);
        EXPECT_THAT(error.what(), HasSubstr("--set model.blocks=9: trial cqt-r0-s1: model.blocks = 9"));
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
