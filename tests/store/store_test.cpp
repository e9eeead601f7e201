// What a rank tells the store, and what it answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "configs/trial_identity.h"
#include "store/reading/results.h"
#include "store/store.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

class StoreTest : public testing::Test {
protected:
    int count(const std::string& table) const
    {
        SQLite::Database database(path_.string());
        return database.execAndGet("SELECT count(*) FROM " + table).getInt();
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
    Store store_ = Store::open_to_write(path_);
    configs::Sweep sweep_ = synthetic_sweep();
    const configs::Trial& trial_ = sweep_.trials[3];
};

TEST_F(StoreTest, TheSameSweepIsTheSameRevision)
{
    const std::int64_t first = store_.record_sweep(sweep_);
    EXPECT_EQ(store_.record_sweep(sweep_), first);
    EXPECT_EQ(count("revisions"), 1);
    EXPECT_EQ(count("trials"), 30);
}

TEST_F(StoreTest, AnEditedSweepIsANewRevisionThatSharesItsTrials)
{
    const std::int64_t first = store_.record_sweep(sweep_);
    const std::int64_t second = store_.record_sweep(synthetic_sweep("synthetic", 4));
    EXPECT_NE(second, first);
    EXPECT_EQ(count("sweeps"), 1);
    EXPECT_EQ(count("trials"), 40);
    EXPECT_EQ(find_sweep(store_, "").revision, 2);
    // Back to the first file: no third revision, but the first is the newest again.
    EXPECT_EQ(store_.record_sweep(sweep_), first);
    EXPECT_EQ(find_sweep(store_, "").revision, 1);
}

TEST_F(StoreTest, OtherDataIsANewRevision)
{
    store_.record_sweep(sweep_);
    sweep_.data.spectrograms[0].digest = "other";
    store_.record_sweep(sweep_);
    EXPECT_EQ(count("revisions"), 2);
}

TEST_F(StoreTest, AMovedDataSetIsTheSameRevisionWithTheNewPath)
{
    const std::int64_t first = store_.record_sweep(sweep_);
    sweep_.data.path = "/elsewhere";
    EXPECT_EQ(store_.record_sweep(sweep_), first);
    EXPECT_EQ(store_.find_trial("stft-r25-s1").data.path, "/elsewhere");
}

TEST_F(StoreTest, PathsAreKeptAbsolute)
{
    sweep_.path = "configs/../paper.toml";
    sweep_.data.path = "./shards";
    store_.record_sweep(sweep_);
    const std::string here = std::filesystem::current_path().string();
    EXPECT_EQ(store_.find_trial("stft-r25-s1").data.path, here + "/shards");
    SQLite::Database database(path_.string());
    EXPECT_EQ(database.execAndGet("SELECT path FROM revisions").getString(), here + "/paper.toml");
    EXPECT_EQ(database.execAndGet("SELECT data_path FROM revisions").getString(), here + "/shards");
}

TEST_F(StoreTest, StatesFollowAnAttempt)
{
    store_.record_sweep(sweep_);
    const auto state = [&] { return store_.states({trial_.id}).front(); };
    EXPECT_EQ(state().status, Status::pending);
    EXPECT_EQ(state().attempts, 0);

    store_.begin_attempt(trial_.id, 1, "node1", "cpu", "2024-01-02T03:04:05Z");
    store_.begin_attempt(trial_.id, 1, "node2", "cpu", "2024-01-02T03:04:06Z");
    EXPECT_EQ(state().status, Status::running);
    store_.record_epochs(trial_.id, 1,
                         std::vector<configs::EpochRecord>{{1, 2, 0.1, 2, 0.1, 1}, {2, 1, 0.2, 1, 0.2, 1}});
    EXPECT_EQ(state().last_epoch, 2);

    store_.commit(failed_result(trial_, "signal", "killed by signal 11"));
    EXPECT_EQ(state().status, Status::failed);
    ASSERT_TRUE(state().last_failure.has_value());
    EXPECT_EQ(state().last_failure->kind, configs::FailureKind::signal);
    EXPECT_EQ(state().last_failure->signal, 11);

    store_.begin_attempt(trial_.id, 2, "node1", "cpu", "2024-01-02T03:05:05Z");
    EXPECT_EQ(state().status, Status::running);
    EXPECT_EQ(state().attempts, 2);
    store_.commit(done_result(trial_, {10, 8, 6}, 2));
    EXPECT_EQ(state().status, Status::done);
    EXPECT_EQ(state().last_failure->message, "killed by signal 11");
}

TEST_F(StoreTest, StatesKeepTheOrderAskedForAndUnknownIsPending)
{
    store_.record_sweep(sweep_);
    store_.commit(done_result(trial_, {10, 8, 6}));
    const std::vector<TrialState> states = store_.states({"feedfacefeedface", trial_.id});
    ASSERT_EQ(states.size(), 2U);
    EXPECT_EQ(states[0].status, Status::pending);
    EXPECT_EQ(states[1].status, Status::done);
}

TEST_F(StoreTest, DoneTrialsAreThoseWhoseResultCounts)
{
    store_.record_sweep(sweep_);
    EXPECT_TRUE(store_.done_trials().empty());
    store_.commit(done_result(trial_, {10, 8, 6}));
    store_.commit(failed_result(sweep_.trials[1], "nan", "the loss is not a number"));
    EXPECT_EQ(store_.done_trials(), std::unordered_set<std::string>{trial_.id});
}

TEST_F(StoreTest, DrainedAndInterruptedAttemptsLeaveTheTrialPending)
{
    store_.record_sweep(sweep_);
    store_.begin_attempt(trial_.id, 1, "node1", "cpu", "2024-01-02T03:04:05Z");
    store_.end_attempt(trial_.id, 1, NoResult::drained, "2024-01-02T03:05:05Z");
    EXPECT_EQ(store_.states({trial_.id}).front().status, Status::pending);
    store_.begin_attempt(trial_.id, 2, "node1", "cpu", "2024-01-02T03:06:05Z");
    EXPECT_EQ(store_.interrupt_open_attempts("2024-01-02T03:07:05Z"), 1);
    EXPECT_EQ(store_.states({trial_.id}).front().status, Status::pending);
    EXPECT_EQ(store_.states({trial_.id}).front().attempts, 2);
    EXPECT_EQ(store_.interrupt_open_attempts("2024-01-02T03:08:05Z"), 0);
}

TEST_F(StoreTest, CommittingTwiceChangesNothing)
{
    store_.record_sweep(sweep_);
    store_.commit(done_result(trial_, {10, 8, 6}));
    store_.commit(done_result(trial_, {1, 1, 1}));  // were it taken, the accuracy would fall
    EXPECT_EQ(count("attempts"), 1);
    EXPECT_EQ(count("evaluations"), 2);
    EXPECT_EQ(count("epochs"), 2);
    EXPECT_EQ(count("splits"), 1);
    EXPECT_DOUBLE_EQ(read_results(store_, "", Weights::last).configurations[1].repeats[0].test->metrics.accuracy, 0.8);
}

TEST_F(StoreTest, ALateFailureDoesNotUndoADoneTrial)
{
    store_.record_sweep(sweep_);
    store_.commit(done_result(trial_, {10, 8, 6}, 2));
    store_.commit(failed_result(trial_, "hang", "no event for 600 s", 1));
    store_.commit(failed_result(trial_, "hang", "no event for 600 s", 2));
    EXPECT_EQ(store_.states({trial_.id}).front().status, Status::done);
    EXPECT_EQ(count("evaluations"), 2);
}

TEST_F(StoreTest, TheFirstDoneAttemptCountsAndOnlyOnce)
{
    store_.record_sweep(sweep_);
    store_.commit(done_result(trial_, {10, 8, 6}, 1));
    store_.commit(done_result(trial_, {10, 10, 10}, 2));
    const SweepResults results = read_results(store_, "", Weights::last);
    EXPECT_DOUBLE_EQ(results.configurations[1].repeats[0].test->metrics.accuracy, 0.8);
    EXPECT_EQ(count("trial_overview WHERE status = 'done'"), 1);
}

TEST_F(StoreTest, AnAttemptGivenUpAsHungMayStillBeDone)
{
    store_.record_sweep(sweep_);
    store_.commit(failed_result(trial_, "hang", "no event for 600 s"));
    store_.commit(done_result(trial_, {10, 8, 6}));
    EXPECT_EQ(store_.states({trial_.id}).front().status, Status::done);
    EXPECT_EQ(count("attempts WHERE failure_kind IS NOT NULL"), 0);
}

TEST_F(StoreTest, SeveralResultsAreAllOrNone)
{
    store_.record_sweep(sweep_);
    configs::TrialResult stranger = done_result(sweep_.trials[4], {1, 2, 3});
    stranger.trial_id = "feedfacefeedface";
    const std::vector<configs::TrialResult> results{done_result(trial_, {10, 8, 6}), stranger};
    try {
        store_.commit(results);
        FAIL() << "a result of no sweep was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::unknown);
        EXPECT_THAT(error.what(), testing::HasSubstr("feedfacefeedface"));
    }
    EXPECT_EQ(count("attempts"), 0);
}

TEST_F(StoreTest, NotANumberIsKeptAsNothing)
{
    store_.record_sweep(sweep_);
    configs::TrialResult result = failed_result(trial_, "nan", "loss is nan");
    const double nan = std::numeric_limits<double>::quiet_NaN();
    result.epochs = {{1, nan, 0.3, nan, nan, 1.5}};
    store_.commit(result);
    const std::vector<configs::EpochRecord> epochs = read_epochs(store_, trial_.id);
    ASSERT_EQ(epochs.size(), 1U);
    EXPECT_TRUE(std::isnan(epochs[0].train_loss));
    EXPECT_DOUBLE_EQ(epochs[0].train_accuracy, 0.3);
}

TEST_F(StoreTest, LastAndBestWeightsHaveTheirOwnNumbers)
{
    store_.record_sweep(sweep_);
    store_.commit(done_result(trial_, {10, 8, 6}));
    EXPECT_DOUBLE_EQ(read_results(store_, "", Weights::last).configurations[1].repeats[0].test->metrics.accuracy, 0.8);
    EXPECT_DOUBLE_EQ(read_results(store_, "", Weights::best).configurations[1].repeats[0].test->metrics.accuracy, 0.9);
    EXPECT_EQ(read_confusion(store_, trial_.id, Weights::last), (configs::Confusion{{10, 0, 0}, {0, 8, 2}, {4, 0, 6}}));
}

TEST_F(StoreTest, FindsByLabelIdAndUniquePrefix)
{
    store_.record_sweep(sweep_);
    store_.commit(done_result(trial_, {10, 8, 6}));
    EXPECT_EQ(store_.find_trial("stft-r25-s1").trial.id, trial_.id);
    EXPECT_EQ(store_.find_trial(trial_.id).trial.label, "stft-r25-s1");
    EXPECT_EQ(store_.find_trial(trial_.id.substr(0, 12)).trial.label, "stft-r25-s1");
    EXPECT_EQ(store_.find_trial("synthetic:stft-r25-s1").trial.id, trial_.id);
    const TrialLocation location = store_.find_trial("stft-r25-s1");
    EXPECT_EQ(location.sweep, "synthetic");
    EXPECT_EQ(location.status, Status::done);
    EXPECT_EQ(location.attempt_folder, std::filesystem::absolute(store_.attempt_folder(trial_.id, 1)));
    EXPECT_EQ(location.execution.host, "node1");
    EXPECT_EQ(location.data.classes.size(), 3U);
    EXPECT_EQ(configs::trial_id(location.trial.spec), trial_.id);
}

TEST_F(StoreTest, AnExactLabelPassesOverLongerOnes)
{
    store_.record_sweep(synthetic_sweep("many", 12));
    EXPECT_EQ(store_.find_trial("stft-r0-s1").trial.label, "stft-r0-s1");  // and not -s10, -s11, -s12
}

TEST_F(StoreTest, AnAmbiguousPrefixListsTheCandidates)
{
    store_.record_sweep(sweep_);
    try {
        (void)store_.find_trial("stft-r25");
        FAIL() << "ambiguous";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::unknown);
        EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("stft-r25-s1"), testing::HasSubstr("stft-r25-s3"),
                                                 testing::Not(testing::HasSubstr("cqt-"))));
    }
    EXPECT_THROW((void)store_.find_trial("violin"), Error);
}

TEST_F(StoreTest, ReadersSeeWhatIsCommittedWhileAWriterIsOpen)
{
    store_.record_sweep(sweep_);
    const Store reader = Store::open_to_read(path_);
    EXPECT_EQ(reader.states({trial_.id}).front().status, Status::pending);
    store_.commit(done_result(trial_, {10, 8, 6}));
    EXPECT_EQ(reader.states({trial_.id}).front().status, Status::done);
}

TEST_F(StoreTest, NothingIsWrittenToADatabaseThatWasRemovedOrReplaced)
{
    store_.record_sweep(sweep_);
    const std::filesystem::path moved = path_.string() + ".moved";
    std::filesystem::rename(path_, moved);
    const auto refused = [&] {
        try {
            store_.commit(done_result(trial_, {10, 8, 6}));
            return std::string();
        } catch (const Error& error) {
            return std::string(error.what());
        }
    };
    EXPECT_THAT(refused(), testing::AllOf(testing::HasSubstr(path_.string() + " was removed"),
                                          testing::HasSubstr(".d: put the store back")));
    std::filesystem::copy(moved, path_);
    EXPECT_THAT(refused(), testing::HasSubstr("replaced"));
    std::filesystem::rename(moved, path_);
    EXPECT_EQ(refused(), "");
}

TEST(StoreLinks, LeadToTheDatabaseUnlessTheyHaveAFolderOfTheirOwn)
{
    namespace fs = std::filesystem;
    const tests::TemporaryFolder folder;
    const auto link = [&](const char* name, const fs::path& target) {
        fs::create_symlink(target, folder / name);
        return folder / name;
    };
    fs::create_directory(folder / "links");
    EXPECT_EQ(database_behind(folder / "a.db"), folder / "a.db") << "which is not there yet";
    EXPECT_EQ(database_behind(link("links/b.db", "../a.db")), folder / "links/../a.db") << "nor is the link's target";
    EXPECT_EQ(database_behind(link("c.db", folder / "links/b.db")), folder / "links/../a.db");
    EXPECT_EQ(folder_beside(folder / "c.db"), folder / "links/../a.db.d");
    EXPECT_EQ(database_behind(link("loop.db", "loop.db")), folder / "loop.db");
    EXPECT_EQ(database_behind(link("stores", "links")), folder / "stores") << "a folder of stores";
    fs::create_directory(folder / "c.db.d");
    EXPECT_EQ(database_behind(folder / "c.db"), folder / "c.db") << "run by this name before";
}

TEST_F(StoreTest, ALocalStoreIsInWalModeWithForeignKeys)
{
    SQLite::Database database(path_.string());
    EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "wal");
    SQLite::Database writer(path_.string(), SQLite::OPEN_READWRITE);
    writer.exec("PRAGMA foreign_keys = ON");
    EXPECT_THROW(writer.exec("INSERT INTO revision_trials VALUES (1, 1, 'x', 'x', 'x', 1)"), SQLite::Exception);
}

TEST_F(StoreTest, ViewsSayTheSameAsTheTables)
{
    store_.record_sweep(sweep_);
    store_.commit(done_result(sweep_.trials[3], {10, 8, 6}));
    store_.commit(done_result(sweep_.trials[4], {10, 10, 10}));
    SQLite::Database database(path_.string());
    SQLite::Statement row(database, "SELECT done, missing, accuracy, accuracy_sd, f1_macro FROM configuration_summary "
                                    "WHERE configuration = 'stft-r25'");
    ASSERT_TRUE(row.executeStep());
    EXPECT_EQ(row.getColumn(0).getInt(), 2);
    EXPECT_EQ(row.getColumn(1).getInt(), 1);
    EXPECT_NEAR(row.getColumn(2).getDouble(), 0.9, 1e-12);
    EXPECT_NEAR(row.getColumn(3).getDouble(), 0.1414213562, 1e-9);
    EXPECT_NEAR(row.getColumn(4).getDouble(), 0.9053254438, 1e-9);
}

}  // namespace
}  // namespace attnsweep::store
