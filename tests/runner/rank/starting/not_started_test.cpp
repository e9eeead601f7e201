// What cannot even be started is no trial's fault: it is waited for, then the run stops with a code of its own, and goes on later.
#include <algorithm>

#include <sys/stat.h>

#include "configs/printable.h"
#include "tests/runner/rank/run_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class NotStarted : public RunFixture {
protected:
    std::filesystem::path own_program() const { return folder_ / "program"; }

    /// A trial program of the test's own. `first`: shell lines that come before the trial itself.
    void make_program(const std::string& first) const
    {
        write_text(own_program(), "#!/bin/sh\ncd " + quoted(folder_.path()) + "\n" + first + "\nexec " +
                                      quoted(paths::stand_in_trial) + " \"$@\"\n");
        ::chmod(own_program().c_str(), 0755);
    }
    std::string line_of_own(double patience_s, const std::string& more = "") const
    {
        std::string text = line(0, "", "--slots 2 " + more);
        const std::string from = quoted(paths::stand_in_trial);
        text.replace(text.find(from), from.size(),
                     quoted(own_program()) + " ATTNSWEEP_START_PATIENCE_S=" + std::to_string(patience_s));
        return text;
    }
    std::string line_short_of(const std::string& what, double patience_s) const
    {
        std::string text = line(0, "", "--slots 2");
        return text.replace(0, std::string("exec env ").size(),
                            "exec env ATTNSWEEP_START_PATIENCE_S=" + std::to_string(patience_s) +
                                " SHORTAGE_OF=" + what + " SHORTAGE_WHILE=" + quoted(shortage()) +
                                " LD_PRELOAD=" + quoted(shortage_library()) + " ");
    }
    static std::filesystem::path shortage_library()
    {
        return std::filesystem::path(paths::stand_in_trial).parent_path() / "stand_in_shortage.so";
    }
    std::filesystem::path shortage() const { return folder_ / "shortage"; }

    void expect_nobody_is_blamed(const Ended& ended) const
    {
        EXPECT_THAT(ended.output, AllOf(HasSubstr("it is not the trial's fault"), Not(HasSubstr("failed (")),
                                        Not(HasSubstr("given up"))));
        for (const auto& [label, state] : states()) {
            EXPECT_FALSE(state.last_failure) << label;
        }
    }
    void expect_all_done_at_first_try() const
    {
        for (const auto& [label, state] : states()) {
            EXPECT_EQ(state.status, store::Status::done) << label;
            EXPECT_EQ(state.attempts, 1) << label;
        }
    }
};

TEST_F(NotStarted, AProgramThatIsAwayForAWhileIsWaitedFor)
{
    make_program("if [ \"$1\" = train ] && mkdir away-once 2>/dev/null; then\n"
                 "mv program away; (sleep 1.2; mv away program) </dev/null >/dev/null 2>&1 3>&- &\nfi");
    const Ended ended = run(line_of_own(60));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("program: cannot be started: No such file or directory"));
    expect_nobody_is_blamed(ended);
    expect_all_done_at_first_try();
}

TEST_F(NotStarted, OneThatStaysAwayStopsTheRunWithACodeOfItsOwnAndTheNextGoesOn)
{
    make_program("[ \"$1\" = train ] && chmod -x program");
    const Ended ended = run(line_of_own(0.8));
    EXPECT_EQ(ended.code, 71) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("no trial can be started"), HasSubstr("Permission denied"),
                                    HasSubstr("rerun the command to resume")));
    expect_nobody_is_blamed(ended);
    EXPECT_GE(count(store::Status::done), 1) << "the one that was started";
    EXPECT_TRUE(pending_is_empty());
    make_program("");
    const Ended resumed = run(line_of_own(0.8));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_EQ(count(store::Status::done), 8);
}

TEST_F(NotStarted, ALibraryThatIsAwayForAWhileIsWaitedFor)
{
    make_program("if [ \"$1\" = train ] && { mkdir first || mkdir second || mkdir third; } 2>/dev/null; then\n"
                 "echo 'trial: error while loading shared libraries: libc10.so: cannot open shared object file' >&2\n"
                 "exit 127\nfi");
    const Ended ended = run(line_of_own(60));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("libc10.so: cannot open shared object file"));
    expect_nobody_is_blamed(ended);
    expect_all_done_at_first_try();
}

TEST_F(NotStarted, OneThatWaitsEndsAtOnceWhenAsked)
{
    make_program("[ \"$1\" = train ] && chmod -x program");
    Started started(line_of_own(60), folder_ / "log");
    ASSERT_TRUE(started.says("it is not the trial's fault"));
    started.signal(SIGTERM);
    EXPECT_EQ(started.wait().code, 75);
}

#ifndef __SANITIZE_ADDRESS__  // which must be loaded before all else
TEST_F(NotStarted, AShortageOfProcessesIsWaitedFor)
{
    write_text(shortage(), "");
    Started started(line_short_of("process", 60), folder_ / "log");
    ASSERT_TRUE(started.says("cannot be started: Resource temporarily unavailable")) << contents(folder_ / "log");
    std::filesystem::remove(shortage());
    const Ended ended = started.wait();
    EXPECT_EQ(ended.code, 0) << ended.output;
    expect_nobody_is_blamed(ended);
    expect_all_done_at_first_try();
}

TEST_F(NotStarted, AShortageOfThreadsIsWaitedFor)
{
    write_text(shortage(), "");
    Started started(line_short_of("thread", 60), folder_ / "log");
    ASSERT_TRUE(started.says("no thread can be started: Resource temporarily unavailable"))
        << contents(folder_ / "log");
    std::filesystem::remove(shortage());
    const Ended ended = started.wait();
    EXPECT_EQ(ended.code, 0) << ended.output;
    expect_all_done_at_first_try();
}

TEST_F(NotStarted, AShortageOfThreadsThatStaysHasTheSameCode)
{
    write_text(shortage(), "");
    const Ended ended = run(line_short_of("thread", 0.2));
    EXPECT_EQ(ended.code, 71) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("ulimit -u"), HasSubstr("rerun the command to resume")));
    std::filesystem::remove(shortage());
    EXPECT_EQ(run(line_short_of("thread", 0.2)).code, 0);
    expect_all_done_at_first_try();
}

TEST_F(NotStarted, AShortageOfThreadsInTheMiddleOfASweepEndsNothing)
{
    Started started(line_short_of("thread", 60), folder_ / "log");
    ASSERT_TRUE(started.says("begins")) << contents(folder_ / "log");
    write_text(shortage(), "");
    ::usleep(300000);
    std::filesystem::remove(shortage());
    const Ended ended = started.wait();
    EXPECT_EQ(ended.code, 0) << ended.output;
    expect_all_done_at_first_try();
}

TEST_F(NotStarted, AnIngestGoesOnWithTheThreadsThereAre)
{
    write_text(shortage(), "");
    const Ended ended = run("export SHORTAGE_OF=thread SHORTAGE_WHILE=" + quoted(shortage()) +
                            " LD_PRELOAD=" + quoted(shortage_library()) + "; " + program() + " ingest " +
                            quoted(folder_ / "audio") + " --out " + quoted(folder_ / "again") +
                            " --threads 2 --hop 2205 --n-fft 128 --octaves 5 --bins-per-octave 6");
    EXPECT_EQ(ended.code, 0) << ended.output;
}
#endif

// Otherwise the pipe of the signals would be one of them, and what the run prints would be taken for signals.
TEST_F(NotStarted, ARunWithoutStandardDescriptorsIsARun)
{
    const Ended ended = run("sh -c " + configs::shell_quoted(line(0) + " <&- >&- 2>&-"));
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(count(store::Status::done), 8);
    expect_all_done_at_first_try();
}

}  // namespace
}  // namespace attnsweep::tests
