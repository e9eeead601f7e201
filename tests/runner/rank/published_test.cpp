// A sweep whose store lies on a network file system: rank 0 has the database on its own disk and publishes copies.
#include "tests/runner/rank/run_fixture.h"

#include <fstream>

#include <sys/mount.h>

#include <SQLiteCpp/SQLiteCpp.h>

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class PublishedSweep : public RunFixture {
protected:
    PublishedSweep() { fs::create_directories(local_); }

    std::string over_network(const std::string& command) const
    {
        return "export ATTNSWEEP_TEST_FILE_SYSTEM=network ATTNSWEEP_LOCAL_DIR=" + quoted(local_) + "; " + command;
    }
    bool no_live_folder() const { return fs::is_empty(local_); }

    /// What was measured, a line a trial and weights, in an order of their own.
    static std::string results_in(const fs::path& store)
    {
        std::string text;
        SQLite::Database database(store.string());
        SQLite::Statement select(
            database, "SELECT trial_id, weights, epoch, loss, accuracy, confusion FROM evaluations JOIN trials "
                      "ON attempt_id = done_attempt_id ORDER BY trial_id, weights");
        while (select.executeStep()) {
            for (int i = 0; i < select.getColumnCount(); ++i) {
                text += select.getColumn(i).getString() + "|";
            }
            text += "\n";
        }
        return text;
    }
    std::string undisturbed_results() const
    {
        const fs::path other = folder_ / "undisturbed.db";
        const Ended ended = run(line(0, "", "--store " + quoted(other)));
        EXPECT_EQ(ended.code, 0) << ended.output;
        return results_in(other);
    }

    bool journal_has_epochs_of(const std::string& label) const
    {
        std::istringstream lines(contents(store_folder() / "journal"));
        const std::string id = configs::find_trial(sweep(), label).id;
        for (std::string line; std::getline(lines, line);) {
            if (line.find("\"epochs\"") != line.npos && line.find(id) != line.npos) {
                return true;
            }
        }
        return false;
    }

    fs::path local_ = folder_ / "local";
};

TEST_F(PublishedSweep, ResultsAreReadWhileItRunsAndTheirAgeIsSaid)
{
    const std::string rarely = "export ATTNSWEEP_PUBLISH_EVERY_S=1000; ";  // but at each result
    const std::string options = "--slots 2 --grace 1 --hang-after 3600";
    Started sweep(rarely + over_network(line(0, "cqt-r25-s2=hang", options)), folder_ / "log");
    ASSERT_TRUE(soon([&] { return fs::exists(store()) && count(store::Status::done) == 7; }))
        << contents(folder_ / "log");
    EXPECT_FALSE(no_live_folder());
    EXPECT_FALSE(fs::exists(store().string() + "-wal"));
    EXPECT_FALSE(fs::exists(store().string() + "-journal"));
    const Ended query = run(over_network(program() + " query --columns label --store " + quoted(store())));
    EXPECT_EQ(query.code, 0);
    EXPECT_THAT(query.output, HasSubstr("results.db as published"));
    EXPECT_THAT(query.output, HasSubstr(" s ago: a run is in progress"));
    EXPECT_THAT(run(over_network(program() + " status --store " + quoted(store()))).output, HasSubstr("as of "));
    sweep.signal(SIGTERM);
    EXPECT_EQ(sweep.wait().code, 75);
    EXPECT_TRUE(pending_is_empty());
    EXPECT_TRUE(no_live_folder());
    EXPECT_THAT(run(over_network(program() + " query --columns label --store " + quoted(store()))).output,
                Not(HasSubstr("published")));
}

TEST_F(PublishedSweep, NothingIsLostWithRankZeroAndItsDisk)
{
    Started sweep(over_network(line(0, "stft-r25-s1=slow,cqt-r25-s1=slow", "--slots 2")), folder_ / "log");
    ASSERT_TRUE(sweep.says("epoch 3/40") && sweep.says(" done: ")) << contents(folder_ / "log");
    ASSERT_TRUE(soon([&] { return journal_has_epochs_of("stft-r25-s1"); }));
    sweep.end(SIGKILL);
    const bool left_behind = !no_live_folder();
    EXPECT_TRUE(left_behind);
    fs::remove_all(local_);
    fs::create_directories(local_);
    const std::string told = contents(folder_ / "log");
    const Ended ended = run(over_network(line(0, "", "--slots 2")));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_EQ(results_in(store()), undisturbed_results());
    for (const auto& [label, state] : states()) {
        if (told.find(label + " done: ") != std::string::npos) {
            EXPECT_THAT(ended.output, Not(HasSubstr(label + " begins"))) << "it was said to be done";
        }
    }
    // Begun less than PUBLISH_EVERY before the end, so known from the journal alone.
    SQLite::Database database(store().string());
    EXPECT_GT(database
                  .execAndGet("SELECT count(*) FROM attempts JOIN epochs USING (attempt_id) WHERE number = 1 AND "
                              "outcome = 'interrupted'")
                  .getInt(),
              0);
    EXPECT_TRUE(no_live_folder());
    const Ended verified = run(over_network(program() + " store verify --store " + quoted(store())));
    EXPECT_EQ(verified.code, 0) << verified.output;
}

TEST_F(PublishedSweep, WhatADeadOneLeftOnThisMachineGoes)
{
    Started sweep(over_network(line(0, "*=slow", "--slots 1")), folder_ / "log");
    ASSERT_TRUE(sweep.says("epoch 3/40")) << contents(folder_ / "log");
    sweep.end(SIGKILL);
    ASSERT_FALSE(no_live_folder());
    const Ended ended = run(over_network(line(0, "", "--grace 20")));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_TRUE(no_live_folder());
}

TEST_F(PublishedSweep, AResultThatNoRankHeardOfIsTakenIn)
{
    const Ended died = run(over_network(line(0, "cqt-r0-s1=kill-rank", "--slots 1")));
    EXPECT_EQ(died.code, 128 + SIGKILL) << died.output;
    EXPECT_FALSE(pending_is_empty());
    const Ended resumed = run(over_network(line(0)));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_EQ(states().at("cqt-r0-s1").attempts, 1);
    EXPECT_TRUE(pending_is_empty());
}

TEST_F(PublishedSweep, OneThatWasPausedWakesUpAfterItsSuccessorEndedAndWritesNothing)
{
    const std::string unlocked = "export ATTNSWEEP_TEST_LOCKS=none ATTNSWEEP_LEASE_PERIOD_S=0.2; ";
    Started first(unlocked + over_network(line(0, "*=slow", "--slots 1")), folder_ / "first");
    ASSERT_TRUE(first.says("epoch 3/40")) << contents(folder_ / "first");
    // At any moment, inside a transaction or a publication too: nobody waits for a lock of its own.
    first.stop();
    const Ended ended = run(unlocked + over_network(line(0, "", "--slots 2 --grace 20")));
    EXPECT_EQ(ended.code, 0) << ended.output;
    const std::string before = contents(store()), mark = contents(store_folder() / "published");
    first.go_on();
    const Ended woken = first.wait();
    EXPECT_EQ(woken.code, 5) << woken.output;
    EXPECT_THAT(woken.output, HasSubstr("took it over"));
    EXPECT_TRUE(contents(store()) == before) << "the database was replaced";
    EXPECT_EQ(contents(store_folder() / "published"), mark);
    EXPECT_EQ(count(store::Status::done), 8);
}

TEST_F(PublishedSweep, AFullDiskOfRankZeroStopsItAndKeepsResults)
{
    if (::mount("tmpfs", local_.c_str(), "tmpfs", 0, "size=1m") != 0) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
    const auto fill = [&] {
        std::ofstream filler(local_ / "filler", std::ios::app);
        for (int i = 0; i < 1000 && filler.flush(); ++i) {
            filler << std::string(4096, 'x');
        }
    };
    Started sweep(over_network(line(0, "*=slow", "--slots 2")), folder_ / "log");
    ASSERT_TRUE(sweep.says("epoch 3/40")) << contents(folder_ / "log");
    fill();
    const Ended full = sweep.wait();
    EXPECT_EQ(full.code, 7) << full.output;
    EXPECT_THAT(full.output, HasSubstr("no space left on this machine's disk in " + local_.string()));
    EXPECT_THAT(full.output, HasSubstr("ATTNSWEEP_LOCAL_DIR"));
    fill();
    const Ended again = run(over_network(line(0)));
    EXPECT_EQ(again.code, 7) << "nor is it begun: " << again.output;
    EXPECT_THAT(again.output, HasSubstr("ATTNSWEEP_LOCAL_DIR"));
    fs::remove(local_ / "filler");
    const Ended resumed = run(over_network(line(0)));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_TRUE(pending_is_empty());
    ::umount2(local_.c_str(), MNT_DETACH);
}

TEST_F(PublishedSweep, ACopyThatCannotBePutInPlaceStopsItAndItsResultStaysPending)
{
    Started sweep(over_network(line(0, "*=slow", "--slots 1")), folder_ / "log");
    ASSERT_TRUE(sweep.says("epoch 3/40")) << contents(folder_ / "log");
    fs::rename(store(), folder_ / "aside");
    fs::create_directory(store());
    const Ended ended = sweep.wait();
    EXPECT_EQ(ended.code, 5) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("results.db cannot be published"));
    EXPECT_FALSE(pending_is_empty());
    fs::remove(store());
    fs::rename(folder_ / "aside", store());
    const Ended resumed = run(over_network(line(0)));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_TRUE(pending_is_empty());
}

TEST_F(PublishedSweep, ALastCopyThatCannotBePutInPlaceIsNoSuccess)
{
    Started sweep(over_network("export ATTNSWEEP_PUBLISH_EVERY_S=1000; " + line(0, "*=slow", "--slots 1")),
                  folder_ / "log");
    ASSERT_TRUE(sweep.says("epoch 3/40")) << contents(folder_ / "log");
    fs::rename(store(), folder_ / "aside");
    fs::create_directory(store());
    sweep.signal(SIGTERM);
    const Ended ended = sweep.wait();
    EXPECT_EQ(ended.code, 5) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("results.db cannot be published"));
    fs::remove(store());
    fs::rename(folder_ / "aside", store());
    const Ended resumed = run(over_network(line(0)));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_EQ(count(store::Status::done), 8);
    SQLite::Database database(store().string());
    EXPECT_EQ(database.execAndGet("SELECT count(*) FROM attempts WHERE outcome = 'drained'").getInt(), 1)
        << "the journal has it";
}

TEST_F(PublishedSweep, ThePaperIsEnteredWhereRunsPublish)
{
    ASSERT_EQ(run(over_network(line(0))).code, 0);
    const Ended entered = run(over_network(program() + " import-paper --store " + quoted(store())));
    EXPECT_EQ(entered.code, 0) << entered.output;
    EXPECT_TRUE(no_live_folder());
    const Ended compared =
        run(over_network(program() + " query --sweep paper-table-2 --columns label --store " + quoted(store())));
    EXPECT_THAT(compared.output, HasSubstr("paper-cqt-r25"));
    const Ended rebuilt = run(over_network(program() + " store rebuild --store " + quoted(store())));
    EXPECT_EQ(rebuilt.code, 0) << rebuilt.output;
    EXPECT_EQ(run(over_network(line(0))).code, 0);
    EXPECT_EQ(count(store::Status::done), 8);
}

}  // namespace
}  // namespace attnsweep::tests
