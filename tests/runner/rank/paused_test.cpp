// A rank 0 that is paused (SIGSTOP stands for a suspended machine) where files cannot be locked, and wakes up after another
// run took its store over: it writes nothing.
#include "tests/runner/rank/run_fixture.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/store_rows.h"

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;

class Paused : public RunFixture {
protected:
    std::string unlocked(const std::string& command, const std::string& period_s = "0.2") const
    {
        return "export ATTNSWEEP_TEST_LOCKS=none ATTNSWEEP_LEASE_PERIOD_S=" + period_s + "; " + command;
    }

    /// One that is stopped inside a transaction holds the database's lock, and its successor is told so.
    void stop_between_transactions(const Started& sweep) const
    {
        while (true) {
            sweep.stop();
            try {
                SQLite::Database database(store().string(), SQLite::OPEN_READWRITE);
                database.exec("BEGIN IMMEDIATE; ROLLBACK");
                return;
            } catch (const SQLite::Exception&) {
                sweep.go_on();
                ::usleep(10'000);
            }
        }
    }
};

TEST_F(Paused, WakesUpWhileItsSuccessorRunsAndSaysWhoThatIs)
{
    // Long enough that the second finds the first's last renewal fresh, and waits.
    Started first(unlocked(line(0, "*=slow", "--slots 1"), "1"), folder_ / "first");
    ASSERT_TRUE(first.says("epoch 3/40")) << contents(folder_ / "first");
    stop_between_transactions(first);
    Started second(unlocked(line(0, "*=slow", "--slots 2 --grace 20"), "1"), folder_ / "second");
    ASSERT_TRUE(second.says("epoch 1/40")) << contents(folder_ / "second");
    first.go_on();
    const Ended woken = first.wait();
    EXPECT_EQ(woken.code, 5) << woken.output;
    EXPECT_THAT(woken.output, HasSubstr("process " + std::to_string(second.process())));
    EXPECT_THAT(woken.output, HasSubstr("took it over"));
    const Ended ended = second.wait();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("waiting up to"));
    EXPECT_EQ(count(store::Status::done), 8);
}

TEST_F(Paused, WakesUpAfterItsSuccessorEndedAndWritesNothing)
{
    Started first(unlocked(line(0, "*=slow", "--slots 1")), folder_ / "first");
    ASSERT_TRUE(first.says("epoch 3/40")) << contents(folder_ / "first");
    stop_between_transactions(first);
    const Ended ended = run(unlocked(line(0, "", "--slots 2 --grace 20")));
    EXPECT_EQ(ended.code, 0) << ended.output;
    const StoreRows before = rows_of(store());
    const std::string lease = contents(store_folder() / "lease");
    // What it would have to take away, were it still the master.
    write_text(store_folder() / "pending" / "of-another-sweep.json", "{}");
    first.go_on();
    const Ended woken = first.wait();
    EXPECT_EQ(woken.code, 5) << woken.output;
    EXPECT_THAT(woken.output, HasSubstr("took it over"));
    EXPECT_TRUE(rows_of(store()) == before) << "the database was written";
    EXPECT_EQ(contents(store_folder() / "lease"), lease);
    EXPECT_TRUE(std::filesystem::exists(store_folder() / "pending" / "of-another-sweep.json"));
}

}  // namespace
}  // namespace attnsweep::tests
