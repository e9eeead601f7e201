// `attnsweep simulate`, called as main() calls it.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "data/data_set_file.h"
#include "runner/cli/command.h"
#include "runner/error.h"
#include "tests/configs/sweep_folder.h"
#include "tests/paths.h"
#include "tests/runner/cli/called.h"

namespace attnsweep::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string simulate(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "simulate");
    return called(runner::add_simulate, arguments);
}

class Simulate : public testing::Test {
protected:
    Simulate()
    {
        std::filesystem::create_directories(folder_.path() / "shards");
        data::write_data_set_file(
            folder_.path() / "shards",
            {paper_data_set(), data::ingest_version, {{data::ShardCheck{1, {}, {}}}, {data::ShardCheck{1, {}, {}}}}});
    }
    std::vector<std::string> on_sweep(const std::vector<std::string>& more = {}) const
    {
        std::vector<std::string> arguments{std::string(attnsweep::tests::paths::source) + "/configs/paper.toml",
                                           "--data", (folder_.path() / "shards").string(), "--store",
                                           (folder_.path() / "results.db").string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    SweepFolder folder_;
};

TEST_F(Simulate, WithoutASweepTheMachineAgainstItsBound)
{
    const std::vector<std::string> arguments{"--devices",  "64",  "--trials", "500",
                                             "--failures", "200", "--format", "json"};
    const json document = json::parse(simulate(arguments));
    ASSERT_EQ(document.at("cases").size(), 6u);  // known or not; no failures, back again, never back
    for (const json& each : document.at("cases")) {
        EXPECT_EQ(each.at("done"), 500);
        EXPECT_GE(each.at("makespan_s"), each.at("lower_bound_s"));
        EXPECT_GT(each.at("most_messages_a_s"), each.at("messages_a_s"));
    }
    EXPECT_EQ(document.at("cases").at(0).at("capacity_lost"), 0);
    EXPECT_GT(document.at("cases").at(2).at("capacity_lost"), 0);
    EXPECT_THAT(simulate({"--devices", "8", "--trials", "20"}), HasSubstr("none is measured"));
}

TEST_F(Simulate, ASweepOnMoreDevicesTakesNoLonger)
{
    const json document = json::parse(simulate(on_sweep({"--devices", "1,4,64", "--format", "json"})));
    EXPECT_EQ(document.at("remaining"), 30);
    EXPECT_EQ(document.at("basis").at("epoch_times_guessed"), 30);
    EXPECT_EQ(document.at("basis").at("epoch_times_measured"), 0);
    const json& rows = document.at("devices");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_GT(rows.at(0).at("makespan_s"), rows.at(1).at("makespan_s"));
    EXPECT_GE(rows.at(1).at("makespan_s"), rows.at(2).at("makespan_s"));
    for (const json& row : rows) {
        EXPECT_LT(row.at("makespan_low_s"), row.at("makespan_s"));
        EXPECT_GT(row.at("makespan_high_s"), row.at("makespan_s"));
    }
    EXPECT_THAT(simulate(on_sweep()), HasSubstr("30 guessed"));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "results.db")) << "simulate made a store";
}

// Trials of a few seconds, where what is assumed around them counts most.
TEST_F(Simulate, AgreesWithPlanOnTheSameSweepAndSlots)
{
    const std::vector<std::string> small{"--set", "model.first_filters=4",  "--set", "model.attention_ratio=0",
                                         "--set", "training.max_epochs=1",  "--set", "training.early_stopping=false",
                                         "--set", "data.test_fraction=0.9", "--set", "data.validation_fraction=0.9",
                                         "--set", "sweep.repeats=100"};
    std::vector<std::string> simulated = on_sweep(small), planned = on_sweep(small);
    simulated.insert(simulated.end(), {"--devices", "16", "--failures", "0"});
    planned.insert(planned.end(), {"--slots", "8", "--nodes", "2"});
    const auto as_json = [](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--format", "json"});
        return arguments;
    };
    const json simulation = json::parse(simulate(as_json(simulated)));
    planned.insert(planned.begin(), "plan");
    const json course = json::parse(called(runner::add_plan_without_shards, as_json(planned))).at("course");
    const json& row = simulation.at("devices").at(0);
    EXPECT_LT(course.at("longest_s"), 10) << "less than was once assumed for the start alone";
    EXPECT_EQ(row.at("planned_s"), course.at("makespan_s"));
    EXPECT_LT(row.at("makespan_low_s"), course.at("makespan_s"));
    EXPECT_GT(row.at("makespan_high_s"), course.at("makespan_s"));
    EXPECT_NEAR(row.at("makespan_s").get<double>() / course.at("makespan_s").get<double>(), 1, 0.5);
    EXPECT_EQ(simulation.at("basis").at("around_epochs_s"), 1);
    const char* const assumption = "Each attempt takes 1.0 s beside its epochs";
    EXPECT_THAT(simulate(simulated), HasSubstr(assumption));
    EXPECT_THAT(called(runner::add_plan_without_shards, planned), HasSubstr(assumption));
}

TEST_F(Simulate, SeveralDevicesPerTrialAtSeveralEfficiencies)
{
    const auto simulated = [&](std::vector<std::string> more) {
        more.insert(more.end(), {"--seeds", "5", "--failures", "0"});
        return simulate(on_sweep(more));
    };
    const json document = json::parse(simulated(
        {"--devices", "8,64", "--devices-per-trial", "auto", "--efficiency", "1,0.8,0.5", "--format", "json"}));
    EXPECT_EQ(document.at("devices_per_trial"), "auto");
    const json& rows = document.at("devices");
    ASSERT_EQ(rows.size(), 6u);
    const auto makespan_s = [&](std::size_t row) { return rows.at(row).at("makespan_s").get<double>(); };
    EXPECT_EQ(rows.at(1).at("efficiency"), 1);
    EXPECT_EQ(rows.at(1).at("devices"), 64);
    EXPECT_LT(makespan_s(1), 0.6 * rows.at(1).at("single_makespan_s").get<double>());
    EXPECT_GT(rows.at(1).at("on_several"), 10);
    EXPECT_LT(makespan_s(1), makespan_s(3));
    EXPECT_EQ(makespan_s(5), rows.at(5).at("single_makespan_s")) << "two devices are as fast as one";
    EXPECT_EQ(rows.at(5).at("on_several"), 0);
    EXPECT_LE(rows.at(1).at("planned_s"), rows.at(3).at("planned_s"));

    const json four = json::parse(simulated({"--devices", "8", "--devices-per-trial", "4", "--format", "json"}));
    EXPECT_EQ(four.at("devices_per_trial"), 4);
    EXPECT_EQ(four.at("devices").at(0).at("efficiency"), 0.8);
    EXPECT_THAT(simulated({"--devices-per-trial", "auto"}), HasSubstr("0.80: assumed"));
    EXPECT_THAT(simulated({"--devices-per-trial", "auto", "--efficiency", "0.7"}), HasSubstr("as given"));
    EXPECT_THAT(simulated({}), testing::Not(HasSubstr("fficiency")));
}

TEST_F(Simulate, WhatDoesNotFitTogetherIsRefused)
{
    EXPECT_THROW(simulate({"--devices-per-trial", "auto"}), CLI::ValidationError);
    EXPECT_THROW(simulate({"--efficiency", "0.5"}), CLI::ValidationError);
    EXPECT_THROW(simulate(on_sweep({"--efficiency", "0"})), CLI::ValidationError);
    try {
        simulate(on_sweep({"--devices-per-trial", "16", "--devices", "64"}));
        FAIL() << "no node has 16 devices";
    } catch (const runner::Error& error) {
        EXPECT_EQ(error.exit_code(), runner::exit_no_device);
        EXPECT_THAT(error.what(), HasSubstr("by --devices and --devices-per-node, has 8"));
    }
    EXPECT_THROW(simulate({"configs/paper.toml"}), CLI::ValidationError);
    EXPECT_THROW(simulate(on_sweep({"--trials", "5"})), CLI::ValidationError);
    EXPECT_THROW(simulate({"--data", "shards"}), CLI::ValidationError);
    EXPECT_THROW(simulate({"--devices", "0"}), CLI::ValidationError);
    try {
        simulate({"--devices", "12"});
        FAIL() << "12 devices are no whole nodes of 8";
    } catch (const runner::Error& error) {
        EXPECT_EQ(error.exit_code(), runner::exit_usage);
        EXPECT_THAT(error.what(), HasSubstr("not a multiple of --devices-per-node 8"));
    }
    try {
        simulate({"no.toml", "--data", "no-such-shards"});
        FAIL() << "there are no such shards";
    } catch (const std::exception& error) {
        EXPECT_THAT(error.what(), HasSubstr("no"));
    }
}

TEST_F(Simulate, WhereEveryDeviceFailsForEverItIsSaidWithWhatToChange)
{
    const std::vector<std::string> dying{"--devices", "64", "--trials", "1000", "--failures", "5000"};
    const auto with = [](std::vector<std::string> arguments, const std::vector<std::string>& more) {
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    };
    const auto expect_refused = [](const std::vector<std::string>& arguments, const std::string& trials) {
        try {
            simulate(arguments);
            FAIL() << "no error";
        } catch (const runner::Error& error) {
            EXPECT_EQ(error.exit_code(), runner::exit_no_device);
            EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("all 64 devices have failed after "),
                                                     HasSubstr(" of " + trials + " trials done"), HasSubstr("--repair"),
                                                     testing::Not(HasSubstr("scheduler"))));
        }
    };
    expect_refused(with(dying, {"--repair", "0"}), "1000");
    expect_refused(on_sweep({"--devices", "64", "--failures", "1000000", "--repair", "0"}), "30");
    EXPECT_THAT(simulate(dying),
                testing::AllOf(HasSubstr("never"), HasSubstr("back after 30 min"), HasSubstr("--repair")))
        << "one case of several";
    const json never_back = json::parse(simulate(with(dying, {"--format", "json"}))).at("cases").at(2);
    EXPECT_TRUE(never_back.at("makespan_s").is_null());
    EXPECT_LT(never_back.at("done"), 1000);
}

TEST_F(Simulate, DevicesThatAreNoNumbersAreNamedWithWhatIsExpected)
{
    for (const std::string wrong : {"abc", "0", "8,x", "-1", "1.5", ""}) {
        try {
            simulate({"--devices", wrong});
            FAIL() << "no error for " << wrong;
        } catch (const CLI::ParseError& error) {
            EXPECT_THAT(error.what(), HasSubstr("--devices: '" + wrong.substr(wrong.find(',') + 1) +
                                                "': expected whole numbers from 1 up, several with commas"));
        }
    }
    for (const std::string wrong : {"99999999999999999999", "4294967296", "-1", "1.5"}) {
        try {
            simulate({"--seed", wrong});
            FAIL() << "no error for " << wrong;
        } catch (const CLI::ParseError& error) {
            EXPECT_THAT(error.what(),
                        HasSubstr("--seed: '" + wrong + "': expected a whole number from 0 to 4294967295"));
        }
    }
    EXPECT_NO_THROW(simulate({"--seed", "4294967295", "--devices", "8", "--trials", "20"}));
    try {
        simulate({"--devices-per-node", "none"});
        FAIL() << "no error";
    } catch (const CLI::ParseError& error) {
        EXPECT_THAT(error.what(), HasSubstr("'none': expected a whole number from 1"));
    }
}

}  // namespace
}  // namespace attnsweep::tests
