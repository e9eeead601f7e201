// The whole way, as a user goes it: audio, shards, plan, run, report, query, predict.
#include <filesystem>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class TinySweep : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        corpus_ = new TemporaryFolder;
        write_tone_corpus(*corpus_ / "audio", 4, 8);
        const Ended ended = run(program() + " ingest " + quoted(*corpus_ / "audio") + " --out " +
                                quoted(*corpus_ / "shards") + tiny_geometry);
        ASSERT_EQ(ended.code, 0) << ended.output;
    }
    static void TearDownTestSuite() { delete corpus_; }

    std::string run_line(const std::filesystem::path& store, const std::filesystem::path& sweep,
                         const std::string& more = "") const
    {
        return program() + " run " + quoted(sweep) + " --data " + quoted(*corpus_ / "shards") + " --store " +
               quoted(store) + " " + more;
    }
    std::filesystem::path sweep_of(int epochs) const
    {
        const auto path = folder_ / ("tiny-" + std::to_string(epochs) + ".toml");
        write_text(path, tiny_sweep(epochs));
        return path;
    }
    std::string report(const std::filesystem::path& store, const std::string& format = "csv") const
    {
        const Ended ended = run(program() + " report --format " + format + " --store " + quoted(store));
        EXPECT_EQ(ended.code, 0) << ended.output;
        return ended.output;
    }
    nlohmann::json trials(const std::filesystem::path& store, const std::string& more = "") const
    {
        const Ended ended = run(program() + " query --format json --store " + quoted(store) + " " + more);
        EXPECT_EQ(ended.code, 0) << ended.output;
        return nlohmann::json::parse(ended.output);
    }

    static TemporaryFolder* corpus_;
    TemporaryFolder folder_;
};

TemporaryFolder* TinySweep::corpus_ = nullptr;

TEST_F(TinySweep, FromAudioToATable)
{
    const auto store = folder_ / "results.db";
    const auto sweep = sweep_of(25);
    const Ended planned = run(program() + " plan " + quoted(sweep) + " --data " + quoted(*corpus_ / "shards") +
                              " --store " + quoted(store));
    EXPECT_EQ(planned.code, 0) << planned.output;
    EXPECT_THAT(planned.output, HasSubstr("cqt-r25-s2"));
    EXPECT_FALSE(std::filesystem::exists(store)) << "plan runs nothing and writes nothing";

    const Ended ran = run(mpirun(2) + run_line(store, sweep));
    ASSERT_EQ(ran.code, 0) << ran.output;
    EXPECT_EQ(trials(store).size(), 8u);
    double best = 0;
    for (const auto& trial : trials(store)) {
        best = std::max(best, trial.at("accuracy").get<double>());
    }
    EXPECT_GT(best, 0.5) << "four classes of plain tones: chance is 0.25";
    EXPECT_EQ(trials(store, "--where \"spectrogram = 'cqt' and attention_ratio > 0\"").size(), 2u);

    const std::string text = report(store, "text");
    EXPECT_THAT(text, HasSubstr("cqt-r25"));
    EXPECT_THAT(text, HasSubstr("instrument-03"));

    const Ended again = run(mpirun(2) + run_line(store, sweep));
    EXPECT_EQ(again.code, 0) << again.output;
    EXPECT_THAT(again.output, Not(HasSubstr("epoch 1/"))) << "nothing is run twice";

    const auto recording = *corpus_ / "audio" / "instrument-02" / "instrument-02-0.wav";
    const Ended predicted =
        run(program() + " predict --trial cqt-r0-s1 --store " + quoted(store) + " " + quoted(recording));
    EXPECT_EQ(predicted.code, 0) << predicted.output;
    EXPECT_THAT(predicted.output, HasSubstr("instrument-0"));

    const Ended debugged = run(program() + " trial stft-r25-s2 --max-batches 3 --store " + quoted(store));
    EXPECT_EQ(debugged.code, 0) << debugged.output;
    const Ended profiled = run(program() + " trial stft-r25-s2 --profile --max-batches 4 --store " + quoted(store));
    EXPECT_EQ(profiled.code, 0) << profiled.output;
    EXPECT_THAT(profiled.output,
                AllOf(HasSubstr("medians of 1 observed and 1 unobserved"), HasSubstr("\n  attention ")));
    EXPECT_EQ(trials(store).size(), 8u) << "a trial in the foreground leaves no trace";
}

TEST_F(TinySweep, TheLineShownGivesTheSameBits)
{
    const auto store = folder_ / "results.db";
    ASSERT_EQ(run(run_line(store, sweep_of(2))).code, 0);
    const Ended shown = run(program() + " show cqt-r25-s2 --format json --store " + quoted(store));
    ASSERT_EQ(shown.code, 0) << shown.output;
    const auto trial = nlohmann::json::parse(shown.output);
    const std::string line = trial.at("reproduce");
    ASSERT_TRUE(line.starts_with("attnsweep trial "));
    const Ended again =
        run("cd " + quoted(folder_.path()) + " && " + program() + line.substr(std::string("attnsweep").size()));
    ASSERT_EQ(again.code, 0) << again.output;
    const auto result = nlohmann::json::parse(contents(folder_ / "again.json"));
    const auto first = nlohmann::json::parse(contents(std::filesystem::path(trial.at("folder")) / "result.json"));
    for (const char* weights : {"last", "best"}) {
        EXPECT_EQ(result.at(weights), first.at(weights)) << "loss, confusion, each clip's probability";
    }
    ASSERT_EQ(result.at("epochs").size(), 2u);
    for (std::size_t epoch = 0; epoch < 2; ++epoch) {
        for (const char* number : {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy"}) {
            EXPECT_EQ(result.at("epochs")[epoch].at(number), first.at("epochs")[epoch].at(number));
        }
    }
}

TEST_F(TinySweep, ALostDatabaseIsMadeAnewFromTheFiles)
{
    const auto store = folder_ / "results.db";
    const auto sweep = sweep_of(2);
    ASSERT_EQ(run(run_line(store, sweep)).code, 0);
    const std::string before = report(store);
    for (const char* end : {"", "-wal", "-shm"}) {
        std::filesystem::remove(store.string() + end);
    }
    const Ended ended = run(run_line(store, sweep));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("nothing to run"));
    EXPECT_EQ(report(store), before);
}

TEST_F(TinySweep, ShardsMadeOnAnotherProcessorPlanAsDone)
{
    const auto store = folder_ / "results.db";
    const auto sweep = sweep_of(1);
    ASSERT_EQ(run(run_line(store, sweep)).code, 0);
    // The same recordings and parameters, the last bits of some magnitudes different.
    std::filesystem::copy(*corpus_ / "shards", folder_ / "elsewhere");
    for (const char* name : {"stft-00000.h5", "cqt-00000.h5"}) {
        std::string bytes = contents(folder_ / "elsewhere" / name);
        for (std::size_t at = bytes.size() / 2; at < bytes.size() / 2 + 400; at += 4) {
            bytes[at] = static_cast<char>(bytes[at] ^ 1);
        }
        write_text(folder_ / "elsewhere" / name, bytes);
    }
    const auto plan = [&](const std::string& more) {
        return run(program() + " plan " + quoted(sweep) + " --data " + quoted(folder_ / "elsewhere") + " --store " +
                   quoted(store) + more)
            .output;
    };
    EXPECT_THAT(plan(""), HasSubstr("8 trials, 0 to go"));
    EXPECT_THAT(plan(" --set training.learning_rate=0.03"), HasSubstr("8 trials, 8 to go"));
}

TEST_F(TinySweep, AddingASeedRunsOnlyTheDifference)
{
    const auto store = folder_ / "results.db";
    const auto sweep = sweep_of(2);
    ASSERT_EQ(run(run_line(store, sweep, "--set sweep.repeats=1")).code, 0);
    const Ended ended = run(run_line(store, sweep));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("cqt-r25-s1 epoch")));
    EXPECT_THAT(ended.output, HasSubstr("cqt-r25-s2 epoch"));
    EXPECT_EQ(trials(store).size(), 8u);
}

TEST_F(TinySweep, ResultsDoNotDependOnTheNumberOfRanksOrHosts)
{
    const auto sweep = sweep_of(2);
    ASSERT_EQ(run(run_line(folder_ / "alone.db", sweep)).code, 0);
    ASSERT_EQ(run(mpirun(1) + run_line(folder_ / "one.db", sweep)).code, 0);
    const Ended many = run(mpirun(12) + run_line(folder_ / "many.db", sweep));  // more ranks than trials
    ASSERT_EQ(many.code, 0) << many.output;
    EXPECT_EQ(report(folder_ / "alone.db"), report(folder_ / "one.db"));
    EXPECT_EQ(report(folder_ / "alone.db"), report(folder_ / "many.db"));
    const std::string hosts = two_hosts(folder_.path());
    if (hosts.empty()) {
        GTEST_SKIP() << "two hosts: unshare --uts is not permitted here";
    }
    const Ended two = run(settings_of_env_sh() + mpirun(4, hosts) + run_line(folder_ / "two.db", sweep, "--slots 1"));
    if (two.output.find("--prtemca") != std::string::npos) {
        GTEST_SKIP() << "two hosts: this mpirun is not Open MPI 5's";
    }
    ASSERT_EQ(two.code, 0) << two.output;
    EXPECT_THAT(two.output, AllOf(HasSubstr("node1"), HasSubstr("node2")));
    EXPECT_EQ(report(folder_ / "alone.db"), report(folder_ / "two.db"));
}

TEST_F(TinySweep, EverythingKilledThenResumedGivesTheSameTables)
{
    const auto sweep = sweep_of(12);
    ASSERT_EQ(run(mpirun(2) + run_line(folder_ / "undisturbed.db", sweep)).code, 0);

    const auto store = folder_ / "killed.db";
    // Checkpoints at every opportunity, so that the kill falls between them.
    const std::string line = run_line(store, sweep, "--set checkpoint.every=0.05");
    int kills = 0;
    for (const char* moment : {"epoch 3/", "epoch 7/"}) {
        Started sweep_run("exec " + mpirun(2) + line, folder_ / "log");
        ASSERT_TRUE(sweep_run.says(moment)) << contents(folder_ / "log");
        kills += kill_everything_of(folder_.path());
        sweep_run.wait();
    }
    EXPECT_GE(kills, 2 * 4) << "mpirun, two ranks and a trial, each time";
    const Ended ended = run(mpirun(2) + line);
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(report(folder_ / "undisturbed.db"), report(store));
}

/// The results of a store's done trials, by label.
std::map<std::string, nlohmann::json> results_in(const std::filesystem::path& store)
{
    std::map<std::string, nlohmann::json> results;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(store.string() + ".d/trials")) {
        if (entry.path().filename() == "result.json") {
            const nlohmann::json result = nlohmann::json::parse(contents(entry.path()));
            results[result.at("label")] = result;
        }
    }
    return results;
}

TEST_F(TinySweep, TheLastTwoTrialsGetTwoSlotsEachOfFourAndEndAsOnOneEach)
{
    const auto sweep = sweep_of(12), store = folder_ / "several.db";
    const std::string two_trials = "--slots 4 --only cqt-r25 --set checkpoint.every=0.05 ";
    ASSERT_EQ(run(run_line(folder_ / "single.db", sweep, two_trials)).code, 0);
    const std::string line = run_line(store, sweep, two_trials + "--set execution.devices_per_trial=auto");
    {
        Started sweep_run("exec " + line, folder_ / "log");
        ASSERT_TRUE(sweep_run.says("epoch 3/")) << contents(folder_ / "log");
        EXPECT_GE(kill_everything_of(folder_.path()), 2);
        sweep_run.wait();
    }
    const Ended resumed = run(line);
    ASSERT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_THAT(resumed.output, HasSubstr("resumes in epoch"));
    const std::map<std::string, nlohmann::json> single = results_in(folder_ / "single.db"), several = results_in(store);
    ASSERT_EQ(several.size(), 2u);
    for (const auto& [label, result] : several) {
        EXPECT_EQ(result.at("execution").value("replicas", 1), 2) << label;
        EXPECT_FALSE(result.at("execution").at("mixed").get<bool>()) << "resumed on as many";
        const nlohmann::json &epochs = result.at("epochs"), &on_one = single.at(label).at("epochs");
        ASSERT_EQ(epochs.size(), on_one.size());
        EXPECT_NEAR(epochs.front().at("train_loss").get<double>(), on_one.front().at("train_loss").get<double>(), 1e-4);
        // Rounding grows from epoch to epoch; tests/model/replicas compares step by step, in float64 too.
    }
    const Ended again =
        run(program() + " trial cqt-r25-s1 --store " + quoted(store) + " --result " + quoted(folder_ / "again.json"));
    ASSERT_EQ(again.code, 0) << again.output;
    const auto alone = nlohmann::json::parse(contents(folder_ / "again.json"));
    EXPECT_EQ(alone.at("execution").at("replicas"), 2);
    EXPECT_EQ(alone.at("last"), several.at("cqt-r25-s1").at("last")) << "with as many replicas it gives the same bits";
}

TEST(Classes, SeventeenAndNineteen)
{
    for (const int classes : {17, 19}) {
        const TemporaryFolder folder;
        write_tone_corpus(folder / "audio", classes, 4);
        const Ended ingested = run(program() + " ingest " + quoted(folder / "audio") + " --out " +
                                   quoted(folder / "shards") + tiny_geometry);
        ASSERT_EQ(ingested.code, 0) << ingested.output;
        write_text(folder / "sweep.toml", tiny_sweep(1));
        const Ended ran =
            run(program() + " run " + quoted(folder / "sweep.toml") + " --data " + quoted(folder / "shards") +
                " --store " + quoted(folder / "results.db") + " --set sweep.repeats=1");
        EXPECT_EQ(ran.code, 0) << ran.output;
        const Ended reported = run(program() + " report --store " + quoted(folder / "results.db"));
        EXPECT_THAT(reported.output, HasSubstr("instrument-" + std::to_string(classes - 1)));
        EXPECT_THAT(reported.output, HasSubstr(std::to_string(classes) + " classes"));
    }
}

}  // namespace
}  // namespace attnsweep::tests
