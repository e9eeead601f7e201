#include "runner/node/fence.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

/// A child that lives until it is killed; `heeds` says whether SIGTERM ends it.
class Child {
public:
    explicit Child(bool heeds)
    {
        int ready[2];
        if (::pipe(ready) != 0) {
            throw std::runtime_error("pipe");
        }
        process_ = ::fork();
        if (process_ == 0) {
            ::signal(SIGTERM, heeds ? SIG_DFL : SIG_IGN);
            [[maybe_unused]] const ssize_t ignored = ::write(ready[1], "x", 1);
            while (true) {
                ::pause();
            }
        }
        char byte;
        [[maybe_unused]] const ssize_t ignored = ::read(ready[0], &byte, 1);
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Child() { end(); }

    /// Kills it. Returns the signal that ended it, which may be an earlier one.
    int end()
    {
        int status = 0;
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            ::waitpid(std::exchange(process_, 0), &status, 0);
        }
        return WTERMSIG(status);
    }
    pid_t process() const { return process_; }

private:
    pid_t process_;
};

constexpr auto never = [] { return false; };

TEST(Fence, NoRecordNothingToWaitFor)
{
    const tests::TemporaryFolder folder;
    EXPECT_FALSE(still_lives(folder.path()));
    EXPECT_EQ(fence(folder.path(), 1, [](pid_t) { FAIL(); }, never), Fenced::gone);
    std::ofstream(folder / "process.json") << "{half a rec";
    EXPECT_EQ(fence(folder.path(), 1, [](pid_t) { FAIL(); }, never), Fenced::gone);
}

TEST(Fence, OneThatEndsWhenAskedIsNotKilled)
{
    const tests::TemporaryFolder folder;
    const Child child(true);
    record_process(folder.path(), identity_of(child.process()));
    EXPECT_TRUE(still_lives(folder.path()));
    pid_t waited_for = 0;
    EXPECT_EQ(fence(folder.path(), 60, [&](pid_t process) { waited_for = process; }, never), Fenced::gone);
    EXPECT_EQ(waited_for, child.process());
    EXPECT_FALSE(still_lives(folder.path())) << "a zombie lives no more";
}

TEST(Fence, OneThatDoesNotIsKilledAfterTheGrace)
{
    const tests::TemporaryFolder folder;
    const Child child(false);
    record_process(folder.path(), identity_of(child.process()));
    EXPECT_EQ(fence(folder.path(), 0.1, [](pid_t) {}, never), Fenced::killed);
    EXPECT_FALSE(still_lives(folder.path()));
}

TEST(Fence, WaitingCanBeInterrupted)
{
    const tests::TemporaryFolder folder;
    const Child child(false);
    record_process(folder.path(), identity_of(child.process()));
    EXPECT_EQ(fence(folder.path(), 600, [](pid_t) {}, [] { return true; }), Fenced::interrupted);
    EXPECT_TRUE(still_lives(folder.path()));
}

TEST(Fence, AnotherProcessWithTheSameNumberIsLeftAlone)
{
    const tests::TemporaryFolder folder;
    const Child child(true);
    for (const char* changed : {"start_time", "boot_id", "host"}) {
        record_process(folder.path(), identity_of(child.process()));
        std::ifstream file(folder / "process.json");
        nlohmann::json json = nlohmann::json::parse(file);
        if (json[changed].is_string()) {
            json[changed] = "another";
        } else {
            json[changed] = json[changed].get<unsigned long long>() + 1;
        }
        std::ofstream(folder / "process.json") << json;
        EXPECT_FALSE(still_lives(folder.path())) << changed;
        EXPECT_EQ(fence(folder.path(), 0, [](pid_t) { FAIL(); }, never), Fenced::gone) << changed;
        EXPECT_EQ(::waitpid(child.process(), nullptr, WNOHANG), 0) << "it was signalled";
    }
}

TEST(Fence, ANewProcessThatGotTheNumberMeanwhileIsLeftAlone)
{
    const tests::TemporaryFolder folder;
    Child child(true);
    const pid_t number = child.process();
    record_process(folder.path(), identity_of(number));
    std::optional<Child> successor;
    const auto reuse_its_number = [&](pid_t) {
        child.end();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // start times are told in hundredths of a second
        std::ofstream("/proc/sys/kernel/ns_last_pid") << number - 1;
        successor.emplace(true);
    };
    const Fenced fenced = fence(folder.path(), 60, reuse_its_number, never);
    ASSERT_TRUE(successor.has_value());
    if (successor->process() != number) {
        GTEST_SKIP() << "/proc/sys/kernel/ns_last_pid cannot be written: a process's number cannot be chosen here";
    }
    EXPECT_EQ(fenced, Fenced::gone);
    EXPECT_EQ(successor->end(), SIGKILL) << "the fence signalled it";
}

}  // namespace
}  // namespace attnsweep::runner
