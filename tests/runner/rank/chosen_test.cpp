// A run of a part of a sweep, of trials that are done, with words about it, and what it calls at its end.
#include <fstream>

#include "files/durable_file.h"
#include "store/annotations.h"
#include "store/reading/query.h"
#include "store/reading/sweeps.h"
#include "tests/runner/rank/run_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Chosen : public RunFixture {
protected:
    std::vector<std::string> done() const
    {
        std::vector<std::string> labels;
        for (const auto& [label, state] : states()) {
            if (state.status == store::Status::done) {
                labels.push_back(label);
            }
        }
        return labels;
    }
    std::vector<std::string> labels_where(const std::string& condition) const
    {
        store::Query query;
        query.where = condition;
        query.columns = {"label"};
        std::vector<std::string> labels;
        run_query(store::Store::open_to_read(store()), query,
                  [&](const std::vector<store::Value>& row) { labels.push_back(std::get<std::string>(row.front())); });
        return labels;
    }
    std::string text_of(const std::string& name) const { return files::read_file(folder_ / name); }
};

TEST_F(Chosen, OnlySomeRunAndTheRestStaysToBeRun)
{
    const Ended ended = run(line(0, "", "--only 'cqt-r25*'"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("2 of its 8 trials, those of --only 'cqt-r25*'"), HasSubstr("2 of 2 trials done")));
    EXPECT_THAT(done(), ElementsAre("cqt-r25-s1", "cqt-r25-s2"));
    EXPECT_EQ(store::find_sweep(store::Store::open_to_read(store()), "").revision, 1);
    const Ended rest = run(line(2));
    ASSERT_EQ(rest.code, 0) << rest.output;
    EXPECT_THAT(rest.output, HasSubstr("2 done before, 6 to go"));
    EXPECT_THAT(rest.output, Not(HasSubstr("revision")));
}

TEST_F(Chosen, ByAConditionOnSettings)
{
    const Ended ended = run(line(0, "", "--where \"model.attention_ratio = 0.25 and repeat = 1\""));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(done(), ElementsAre("cqt-r25-s1", "stft-r25-s1"));
}

TEST_F(Chosen, WhatMatchesNothingIsRefusedBeforeAnythingIsMade)
{
    for (const auto& [more, told] : std::vector<std::pair<std::string, std::string>>{
             {"--only 'cqt-r52*'", "the nearest: cqt-r0, cqt-r25"},
             {"--where \"model.attention_ratio > 1\"", "no trial of "},
             {"--where \"accuracy > 0.5\"", "not for results"},
             {"--again cqt-r99-s1", "the nearest: "},
             {"--only 'cqt*' --again cqt-r25-s1", "without --only and --where"},
             {"--tag fold", "expected KEY=VALUE"},
             {"--tag 3fold=1", "not beginning with a digit"}}) {
        const Ended ended = run(line(0, "", more));
        EXPECT_EQ(ended.code, 2) << more << ": " << ended.output;
        EXPECT_THAT(ended.output, HasSubstr(told)) << more;
        EXPECT_FALSE(std::filesystem::exists(store_folder())) << more;
    }
}

TEST_F(Chosen, AgainIsANewAttemptBesideTheResultThatCounts)
{
    ASSERT_EQ(run(line(0, "", "--only 'cqt-r0*'")).code, 0);
    const Ended ended = run(line(2, "", "--again cqt-r0-s1"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("cqt-r0-s1: attempt 2 "), Not(HasSubstr("cqt-r0-s2 begins"))));
    EXPECT_THAT(done(), ElementsAre("cqt-r0-s1", "cqt-r0-s2"));
    EXPECT_EQ(states().at("cqt-r0-s1").attempts, 2);
    const store::Store read = store::Store::open_to_read(store());
    EXPECT_EQ(read.find_trial("cqt-r0-s1").attempt_folder.filename(), "attempt-1");
}

TEST_F(Chosen, AgainDoesNotResumeFromTheCheckpointOfWhatIsDone)
{
    ASSERT_EQ(run(line(0, "", "--only cqt-r0-s1 --keep all")).code, 0);
    const Ended again = run(line(0, "", "--again cqt-r0-s1 --keep all"));
    ASSERT_EQ(again.code, 0) << again.output;
    EXPECT_THAT(again.output, AllOf(HasSubstr("cqt-r0-s1 epoch 1/3"), Not(HasSubstr("resumes in epoch"))));
}

TEST_F(Chosen, AgainGoesOnWithWhatAnInterruptionLeft)
{
    ASSERT_EQ(run(line(0, "", "--only 'cqt*'")).code, 0);
    // Two are done again, the third is interrupted.
    const std::string again = "--again 'cqt*' --slots 1";
    {
        const Started started(line(0, "cqt-r0-s2=slow", again), folder_ / "log.txt");
        ASSERT_TRUE(soon([&] { return contents(folder_ / "log.txt").find("cqt-r0-s2 epoch 2") != std::string::npos; }));
        ::kill(ranks().at(0), SIGTERM);
        ASSERT_TRUE(soon([&] { return ranks().empty(); }));
    }
    std::map<std::string, int> before;
    for (const auto& [label, state] : states()) {
        before[label] = state.attempts;
    }
    const Ended rest = run(line(0, "", again));
    ASSERT_EQ(rest.code, 0) << rest.output;
    EXPECT_THAT(rest.output, HasSubstr("cqt-r0-s2 resumes in epoch"));
    for (const auto& [label, state] : states()) {
        EXPECT_LE(state.attempts, 3) << label;
        if (before[label] == 2 && label != "cqt-r0-s2") {
            EXPECT_EQ(state.attempts, 2) << label << " was done again already";
        }
    }
    ASSERT_EQ(run(line(0, "", "--again cqt-r25-s1")).code, 0);
    EXPECT_EQ(states().at("cqt-r25-s1").attempts, 3) << "another request";
}

TEST_F(Chosen, ARefitIsASweepOfItsOwnOutOfSight)
{
    EXPECT_EQ(run(line(0, "", "--refit cqt-r25")).code, 5) << "without a store there is nothing to go by";
    ASSERT_EQ(run(line(0, "", "--only 'cqt-r25*'")).code, 0);
    const Ended ended = run(line(2, "", "--refit cqt-r25"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("cqt-r25-refit done"), HasSubstr("1 of 1 trials done"),
                                    HasSubstr("kept out of reports")));
    const store::Store read = store::Store::open_to_read(store());
    const std::string name = sweep().name;
    EXPECT_EQ(store::find_sweep(read, "").name, name) << "the last one run in sight";
    EXPECT_EQ(labels_where("1").size(), 8U);
    EXPECT_EQ(read.find_trial(name + "-refit:cqt-r25-refit").status, store::Status::done);
    const Ended again = run(line(0, "", "--refit cqt-r25"));
    EXPECT_THAT(again.output, HasSubstr("nothing to run"));
}

TEST_F(Chosen, TagsAndANoteAreSaidOnceAndFound)
{
    const std::string words = "--only cqt-r0-s1 --tag fold=3 --tag place=here --note 'a first look'";
    ASSERT_EQ(run(line(0, "", words)).code, 0);
    ASSERT_EQ(run(line(0, "", words)).code, 0);
    EXPECT_THAT(labels_where("tag.fold = 3 and tag.place = 'here' and note = 'a first look' and status = 'done'"),
                ElementsAre("cqt-r0-s1"));
    std::vector<std::string> damaged;
    EXPECT_THAT(store::read_annotations(store_folder(), damaged), SizeIs(3));
}

TEST_F(Chosen, WhatIsSaidWhileItRunsIsTakenIn)
{
    const Started started(line(0, "*=slow", "--slots 1"), folder_ / "log.txt");  // 16 s: the writer looks every 5
    ASSERT_TRUE(soon([&] { return contents(folder_ / "log.txt").find("begins on") != std::string::npos; }));
    const store::Store read = store::Store::open_to_read(store());
    const std::vector<std::string> waiting =
        store::annotate(read, {store::Annotation::Kind::hidden, {}, {}, sweep().trials.front().id, {}, "1"});
    EXPECT_THAT(waiting, SizeIs(1));
    EXPECT_TRUE(soon([&] { return labels_where("1").size() == 7; }));
    EXPECT_THAT(ranks(), Not(IsEmpty())) << "while it runs, not at its end";
}

TEST_F(Chosen, ACommandIsCalledAtTheEndWithWhatItWas)
{
    std::ofstream(folder_ / "call.sh") << "env | grep ^ATTNSWEEP_ > told; env | grep -c 'OMPI\\|PMIX' > launcher\n"
                                          "cat \"$ATTNSWEEP_RUN_REPORT\" > report; exec cat > input\n";
    // One that is set is replaced: the store is given by --store.
    ::setenv("ATTNSWEEP_STORE", "another.db", 1);
    const std::string call = " --on-end 'cd " + folder_.path().string() + " && sh call.sh'";
    for (const int ranks : {0, 2}) {
        const Ended ended = run(line(ranks, "cqt-r0-s1=nan", "--only 'cqt-r0*' --retry failed" + call));
        ASSERT_EQ(ended.code, 4) << ended.output;
        EXPECT_THAT(text_of("told"),
                    AllOf(HasSubstr("ATTNSWEEP_RUN_EXIT_CODE=4\n"), HasSubstr("ATTNSWEEP_RUN_TOTAL=2\n"),
                          HasSubstr("ATTNSWEEP_RUN_DONE=1\n"), HasSubstr("ATTNSWEEP_RUN_FAILED=1\n"),
                          HasSubstr("ATTNSWEEP_RUN_LEFT=0\n"), HasSubstr("ATTNSWEEP_STORE=" + store().string())));
        EXPECT_EQ(text_of("launcher"), "0\n");
        EXPECT_EQ(text_of("input"), "");
        EXPECT_THAT(text_of("report"), AllOf(HasSubstr("1 of 2 trials done"), HasSubstr("Test metrics of sweep")));
        std::filesystem::remove(folder_ / "told");
    }
    ::unsetenv("ATTNSWEEP_STORE");
}

TEST_F(Chosen, ACommandOutlivesTheOtherRanks)
{
    const Ended ended = run(line(2, "cqt-r0-s1=nan", "--only 'cqt-r0*' --on-end 'sleep 3; echo called'"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("called")) << "or mpirun ended rank 0 when the other had exited with 4";
}

TEST_F(Chosen, ACommandEndsWhenTheRunIsAskedToEnd)
{
    const Started started(line(0, "", "--only cqt-r0-s1 --on-end 'sleep 173.5; echo called'"), folder_ / "log.txt");
    ASSERT_TRUE(soon([&] { return !processes_named("sleep", "173.5").empty(); }));
    ::kill(ranks().at(0), SIGTERM);
    EXPECT_TRUE(soon([&] { return ranks().empty(); }, std::chrono::seconds(20)));
    EXPECT_TRUE(soon([&] { return processes_named("sleep", "173.5").empty(); }, std::chrono::seconds(20)));
    EXPECT_THAT(contents(folder_ / "log.txt"), HasSubstr("was ended, as the run was asked to end"));
}

TEST_F(Chosen, ACommandThatFailsIsNamedAndChangesNothing)
{
    const Ended ended = run(line(0, "", "--only cqt-r0-s1 --on-end 'exit 7'"));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("--on-end"), HasSubstr("exit status 7"), HasSubstr("1 of 1 trials done")));
}

TEST_F(Chosen, ARunThatIsRefusedCallsIt)
{
    std::filesystem::remove(folder_ / "shards/dataset.json");
    const Ended ended =
        run(line(0, "", "--on-end 'echo code $ATTNSWEEP_RUN_EXIT_CODE, report \"$ATTNSWEEP_RUN_REPORT\".'"));
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.output, HasSubstr("code 3, report ."));
}

}  // namespace
}  // namespace attnsweep::tests
