// A running sweep from another shell: status, drain, logs.
#include "tests/runner/rank/run_fixture.h"

#include <nlohmann/json.hpp>

#include "store/live_status.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Seen : public RunFixture {
protected:
    Ended ask(const std::string& words) const { return run(program() + " " + words + " --store " + quoted(store())); }
    bool published(const std::string& text) const
    {
        return soon([&] { return contents(store_folder() / "status.json").find(text) != std::string::npos; });
    }
};

class SeenByRanks : public Seen, public ::testing::WithParamInterface<int> {};

TEST_P(SeenByRanks, DrainedFromAnotherShell)
{
    Started sweep(line(GetParam(), "*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 3/40")) << contents(folder_ / "log");
    const Ended asked = ask("drain --wait");
    EXPECT_EQ(asked.code, 0) << asked.output;
    EXPECT_THAT(asked.output, AllOf(HasSubstr("asked process"), HasSubstr("with code 75"), HasSubstr("0 of 8 trials")));
    EXPECT_EQ(sweep.wait().code, 75);
    EXPECT_THAT(contents(folder_ / "log"), HasSubstr("attnsweep drain: running trials leave a checkpoint"));
    EXPECT_TRUE(std::filesystem::exists(attempt_folder("stft-r25-s1", 1) / "checkpoint"));
    EXPECT_THAT(processes_named("stand_in_trial", folder_.path().string()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Ranks, SeenByRanks, ::testing::Values(0, 2),
                         [](const auto& parameter) { return std::to_string(parameter.param); });

TEST_F(Seen, DrainWhenNothingRunsSaysSo)
{
    const Ended nothing = ask("drain");
    EXPECT_EQ(nothing.code, 8) << nothing.output;
    EXPECT_THAT(nothing.output, HasSubstr("nothing runs on"));
    ASSERT_EQ(run(line(0)).code, 0);
    EXPECT_EQ(ask("drain").code, 8) << "one that has ended";
}

TEST_F(Seen, ARequestLeftBehindDrainsNobody)
{
    std::filesystem::create_directories(store_folder());
    write_text(store_folder() / "drain", "");
    const Ended ended = run(line(0));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_FALSE(std::filesystem::exists(store_folder() / "drain"));
}

TEST_F(Seen, AHolderThatDiesBeforeItAnswersIsReported)
{
    Started sweep(line(0, "*=slow", "--slots 1"), folder_ / "log");
    ASSERT_TRUE(sweep.says("epoch 1/40"));
    sweep.stop();
    Started asked(program() + " drain --wait --store " + quoted(store()), folder_ / "asked");
    ASSERT_TRUE(asked.says("asked process"));
    sweep.end(SIGKILL);
    const Ended ended = asked.wait();
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.output, HasSubstr("did not say how it ended"));
}

TEST_F(Seen, StatusShowsEachSlotWhoWaitsAndWhoFailed)
{
    Started sweep(line(0, "cqt-r0-s2=nan,*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(published("\"validation_accuracy\": 0.5")) << contents(folder_ / "log");
    const Ended shown = ask("status");
    EXPECT_EQ(shown.code, 0) << shown.output;
    EXPECT_THAT(shown.output, AllOf(HasSubstr("tiny: running on "), HasSubstr("0 of 8 done, 2 running, 6 waiting"),
                                    HasSubstr("slot 0   stft-r25-s1"), HasSubstr("of 40"), HasSubstr("val acc 50.0 %"),
                                    HasSubstr("6: no free slot: "), HasSubstr("ends in about"), HasSubstr("between")));
    const auto json = nlohmann::json::parse(ask("status --format json").output);
    EXPECT_EQ(json["running"][0]["trials"]["running"], 2);
    EXPECT_EQ(json["sweeps"][0]["total"], 8);
    EXPECT_TRUE(json["running"][0]["age_s"].is_number());

    sweep.end(SIGKILL);
    const Ended dead = ask("status");
    EXPECT_THAT(dead.output, AllOf(Not(HasSubstr("tiny: running on")), HasSubstr("interrupted")))
        << "its last words still say that it runs";
    EXPECT_THAT(nlohmann::json::parse(ask("status --format json").output)["running"], IsEmpty());
}

TEST_F(Seen, WatchEndsWithWhatItWatches)
{
    Started sweep(line(0, "cqt-r0-s2=nan,stft-r25-s1=slow"), folder_ / "log");
    ASSERT_TRUE(sweep.says("begins"));
    const Ended watched = ask("status --watch --every 0.1");
    EXPECT_EQ(watched.code, 0) << watched.output;
    EXPECT_EQ(sweep.wait().code, 4);
    EXPECT_THAT(watched.output, AllOf(HasSubstr("7 done, 0 running, 1 failed"), Not(HasSubstr("\x1b["))))
        << "plain without a terminal, and the end is shown";
}

TEST_F(Seen, WatchEndsByCtrlC)
{
    Started sweep(line(0, "*=slow"), folder_ / "log");  // long enough, one after the other
    ASSERT_TRUE(sweep.says("begins"));
    Started watched("exec " + program() + " status --watch --every 3600 --store " + quoted(store()),
                    folder_ / "watched");
    ASSERT_TRUE(watched.says("tiny: running on"));
    watched.signal(SIGINT);
    EXPECT_EQ(watched.wait().code, 0);
}

TEST_F(Seen, WatchOfWhatDoesNotRunShowsItAndEnds)
{
    ASSERT_EQ(run(line(0)).code, 0);
    const Ended watched = ask("status --watch --every 3600");
    EXPECT_EQ(watched.code, 0);
    EXPECT_THAT(watched.output, HasSubstr("8 done"));
}

TEST_F(Seen, LogsOfATrialAndOfEachAttempt)
{
    ASSERT_EQ(run(line(0, "cqt-r0-s1=segv-once,stft-r0-s2=exit-9")).code, 4);
    EXPECT_THAT(ask("logs stft-r0-s2").output, HasSubstr("the moon is full"));
    EXPECT_EQ(ask("logs cqt-r0-s1 --attempt 1").output, log_of("cqt-r0-s1", 1));
    EXPECT_EQ(ask("logs cqt-r0-s1").output, log_of("cqt-r0-s1", 2));
    const std::string id = configs::find_trial(sweep(), "cqt-r0-s1").id;
    EXPECT_EQ(ask("logs " + id.substr(0, 8)).output, log_of("cqt-r0-s1", 2));
    EXPECT_EQ(ask("logs cqt-r0-s1 --follow").output, log_of("cqt-r0-s1", 2)) << "it has ended";

    const Ended third = ask("logs cqt-r0-s1 --attempt 3");
    EXPECT_EQ(third.code, 2);
    EXPECT_THAT(third.output, HasSubstr("no attempt 3: it has 1, 2"));
    EXPECT_EQ(ask("logs nobody").code, 2);
    std::filesystem::remove(attempt_folder("stft-r0-s2", 1) / "log.txt");
    const Ended gone = ask("logs stft-r0-s2");
    EXPECT_EQ(gone.code, 1);
    EXPECT_THAT(gone.output, HasSubstr("no such log"));
    const Ended no_store = run(program() + " logs x --store " + quoted(folder_ / "nowhere.db"));
    EXPECT_EQ(no_store.code, 5) << no_store.output;
}

TEST_F(Seen, FollowGoesOnToTheNextAttempt)
{
    Started sweep(line(0, "stft-r25-s1=hang-once,*=slow", "--slots 1 --hang-after 1"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 1/3")) << contents(folder_ / "log");
    const Ended followed = ask("logs stft-r25-s1 --follow");
    EXPECT_EQ(followed.code, 0) << followed.output;
    EXPECT_THAT(followed.output, AllOf(HasSubstr("no sign of life"), HasSubstr("==> stft-r25-s1 attempt 2 <==")));
    EXPECT_EQ(sweep.wait().code, 0);
}

TEST_F(Seen, FollowOfOneThatHasNotBegunWaitsWhileTheSweepRuns)
{
    Started sweep(line(0, "*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(sweep.says("epoch 1/40"));
    const Ended early = ask("logs cqt-r0-s2");
    EXPECT_EQ(early.code, 2);
    EXPECT_THAT(early.output, HasSubstr("no attempt of it has begun"));
    const Ended followed = ask("logs cqt-r0-s2 --follow");
    EXPECT_EQ(followed.code, 0) << followed.output;
    EXPECT_THAT(followed.output, HasSubstr("cores"));
    sweep.end(SIGTERM);
}

}  // namespace
}  // namespace attnsweep::tests
