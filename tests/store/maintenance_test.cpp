// The store made from its files, held against them, copied and merged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "store/connection.h"
#include "store/import_paper.h"
#include "store/maintenance/backup.h"
#include "store/maintenance/merge.h"
#include "store/maintenance/rebuild.h"
#include "store/maintenance/verify.h"
#include "store/pending.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/store_rows.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::rows_of;

class MaintenanceTest : public testing::Test {
protected:
    /// All that can happen to an attempt.
    void fill_with_everything(const std::filesystem::path& path) const
    {
        Store store = Store::open_to_write(path);
        store.record_sweep(sweep_);
        const auto& trials = sweep_.trials;
        finish(store, done_result(trials[5], {10, 8, 6}));
        store.begin_attempt(trials[0].id, 1, "node2", "cuda:1", "2024-01-02T03:05:05Z");
        store.record_epochs(trials[0].id, 1, std::vector<configs::EpochRecord>{{1, 2, 0.1, 2, 0.1, 1}});
        store.record_epochs(trials[0].id, 1, std::vector<configs::EpochRecord>{{2, 1.5, 0.2, 1.5, 0.2, 1}});
        store.end_attempt(trials[0].id, 1, NoResult::drained, "2024-01-02T03:06:05Z");
        finish(store, done_result(trials[0], {10, 10, 9}, 2));
        finish(store, failed_result(trials[1], "signal", "killed by signal 11"));
        finish(store, failed_result(trials[1], "nan", "loss is nan", 2));
        store.begin_attempt(trials[2].id, 1, "node1", "cpu", "2024-01-02T03:07:05Z");
        store.interrupt_open_attempts("2024-01-02T03:08:05Z");
        store.record_sweep(synthetic_sweep("synthetic", 4));
        store.record_sweep(synthetic_sweep("other", 1));
        store.record_sweep(sweep_);                                                    // the newest again
        store.begin_attempt(trials[3].id, 1, "node1", "cpu", "2024-01-02T03:09:05Z");  // and it runs
        finish(store, done_result(trials[6], {7, 7, 7}));
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(MaintenanceTest, TheStoreIsRebuiltFromItsFilesRowForRow)
{
    fill_with_everything(path_);
    const auto before = rows_of(path_);
    ASSERT_EQ(before.at("attempts").size(), 8U);
    for (const char* part : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path_.string() + part);
    }
    const Rebuilt rebuilt = rebuild(path_);
    EXPECT_EQ(rebuilt.revisions, 3);
    EXPECT_EQ(rebuilt.done, 3);
    EXPECT_THAT(rebuilt.damaged, IsEmpty());
    EXPECT_TRUE(rebuilt.kept_aside.empty());
    for (const auto& [table, rows] : before) {
        EXPECT_EQ(rows_of(path_)[table], rows) << table;
    }
}

TEST_F(MaintenanceTest, TheDatabaseBeforeIsKeptAside)
{
    fill_with_everything(path_);
    const auto before = rows_of(path_);
    const Rebuilt rebuilt = rebuild(path_);
    ASSERT_EQ(rebuilt.kept_aside, folder_ / "results.db.before-1");
    EXPECT_EQ(rows_of(rebuilt.kept_aside), before);
    EXPECT_EQ(rebuild(path_).kept_aside, folder_ / "results.db.before-2");
    EXPECT_EQ(rows_of(path_), before);
}

TEST_F(MaintenanceTest, ARebuiltStoreIsWrittenOnLikeTheOneBefore)
{
    fill_with_everything(path_);
    rebuild(path_);
    {
        Store store = Store::open_to_write(path_);
        store.record_sweep(sweep_);
        finish(store, done_result(sweep_.trials[9], {1, 2, 3}));
    }
    EXPECT_THAT(verify(path_).problems, IsEmpty());
}

TEST_F(MaintenanceTest, ATornLineOfTheJournalCostsThatLineAlone)
{
    fill_with_everything(path_);
    const auto before = rows_of(path_);
    const std::filesystem::path journal = folder_ / "results.db.d/journal";
    files::write_durably(journal, files::read_file(journal) + "0bad0bad [\"begun\",\"");
    {
        Store store = Store::open_to_write(path_);
        finish(store, done_result(sweep_.trials[9], {1, 2, 3}));
    }
    EXPECT_EQ(rebuild(path_).damaged.size(), 1U);
    EXPECT_EQ(rows_of(path_)["attempts"].size(), before.at("attempts").size() + 1);
}

TEST_F(MaintenanceTest, ResultsWithoutAJournalAreStillRebuilt)
{
    fill_with_everything(path_);
    std::filesystem::remove(folder_ / "results.db.d/journal");
    EXPECT_EQ(rebuild(path_).done, 3);
    EXPECT_EQ(rows_of(path_)["evaluations"].size(), 6U);
}

TEST_F(MaintenanceTest, NothingToRebuildFromSaysSo)
{
    try {
        rebuild(path_);
        FAIL() << "rebuilt from nothing";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::missing);
        EXPECT_THAT(error.what(), HasSubstr("results.db.d is not there"));
    }
    files::create_folders(folder_ / "results.db.d");
    try {
        rebuild(path_);
        FAIL() << "rebuilt from nothing";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::missing);
        EXPECT_THAT(error.what(), HasSubstr("describes no sweep"));
    }
}

/// The message of a rebuilding that is refused; the database is as it was, and nothing is beside it.
class RefusedRebuilding : public MaintenanceTest {
protected:
    std::string refused() const
    {
        const auto rows = rows_of(path_);
        const std::string bytes = files::read_file(path_);
        std::string message;
        try {
            rebuild(path_);
            ADD_FAILURE() << "results were dropped";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), Error::Kind::missing);
            message = error.what();
        }
        EXPECT_EQ(files::read_file(path_), bytes);
        EXPECT_EQ(rows_of(path_), rows);
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
            EXPECT_THAT(entry.path().filename().string(),
                        testing::AnyOf("results.db", "results.db-wal", "results.db-shm", "results.db.d"));
        }
        return message;
    }
    /// Five results: three done, two failed.
    std::filesystem::path attempt(std::size_t trial, int number) const
    {
        return attempt_folder_in(folder_ / "results.db.d", sweep_.trials[trial].id, number);
    }
};

TEST_F(RefusedRebuilding, WhereTheFolderIsMissing)
{
    fill_with_everything(path_);
    const tests::TemporaryFolder elsewhere;
    std::filesystem::rename(folder_ / "results.db.d", elsewhere / "kept");
    EXPECT_THAT(refused(), AllOf(HasSubstr("5 result(s), and 5 of them, of 4 trial(s)"), HasSubstr("from a backup"),
                                 HasSubstr(sweep_.trials[5].id), HasSubstr("--drop-missing")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "results.db.d"));
    const Verified found = verify(path_);
    EXPECT_EQ(found.results, 5);
    EXPECT_EQ(found.without_files, 5);
    EXPECT_THAT(found.problems, testing::ElementsAre(AllOf(HasSubstr("results.db.d: this folder is missing"),
                                                           HasSubstr("all 5 result(s)"))));
    EXPECT_THAT(found.remedy, AllOf(HasSubstr("of 5 of the 5 result(s)"), HasSubstr("results.db.d"),
                                    HasSubstr("backup"), testing::Not(HasSubstr("rebuild"))));
    EXPECT_THROW(rebuild(path_, nullptr, MissingResults::drop), Error) << "there is nothing to rebuild from";
    std::filesystem::rename(elsewhere / "kept", folder_ / "results.db.d");
    EXPECT_THAT(verify(path_).problems, IsEmpty());
    EXPECT_EQ(rebuild(path_).done, 3);
}

TEST_F(RefusedRebuilding, WhereTheSweepsDescriptionsAreMissing)
{
    fill_with_everything(path_);
    std::filesystem::remove_all(folder_ / "results.db.d/revisions");
    EXPECT_THAT(refused(), HasSubstr("5 of them"));
    EXPECT_THAT(verify(path_).problems, Contains(HasSubstr("no file in revisions/ describes")));
    EXPECT_EQ(verify(path_).without_files, 5);
}

TEST_F(RefusedRebuilding, WhereSomeResultsAreMissingUnlessTheyMayBeDropped)
{
    fill_with_everything(path_);
    std::filesystem::remove_all(attempt(6, 1));
    files::write_durably(attempt(1, 2) / "result.json", "{");
    EXPECT_THAT(refused(), AllOf(HasSubstr("5 result(s), and 2 of them, of 2 trial(s)"),
                                 HasSubstr("trials/" + sweep_.trials[6].id + "/attempt-1"),
                                 HasSubstr("trials/" + sweep_.trials[1].id + "/attempt-2"),
                                 testing::Not(HasSubstr(sweep_.trials[5].id))));
    const Verified found = verify(path_);
    EXPECT_EQ(found.results, 5);
    EXPECT_EQ(found.without_files, 2);
    EXPECT_THAT(found.remedy, AllOf(HasSubstr("of 2 of the 5 result(s)"), testing::Not(HasSubstr("rebuild"))));
    EXPECT_EQ(rebuild(path_, nullptr, MissingResults::drop).done, 2);
    EXPECT_EQ(verify(path_).results, 3);
}

TEST_F(RefusedRebuilding, OfAnAllButUnwrittenLogToo)
{
    fill_with_everything(path_);
    Store writer = Store::open_to_write(path_);
    finish(writer, done_result(sweep_.trials[9], {1, 2, 3}));  // in results.db-wal alone
    std::filesystem::remove_all(attempt(9, 1));
    EXPECT_THAT(refused(), HasSubstr("1 of them"));
}

TEST_F(MaintenanceTest, ADatabaseThatCannotBeReadIsRebuilt)
{
    fill_with_everything(path_);
    const auto rows = rows_of(path_);
    for (const std::string& bytes : {std::string(), std::string(5000, 'x'), files::read_file(path_).substr(0, 9000)}) {
        for (const char* part : {"-wal", "-shm"}) {
            std::filesystem::remove(path_.string() + part);
        }
        files::write_durably(path_, bytes);
        EXPECT_EQ(rebuild(path_).done, 3);
        EXPECT_EQ(rows_of(path_), rows);
    }
}

TEST_F(MaintenanceTest, VerifyAdvisesRebuildingWhereTheFilesHaveAll)
{
    fill_with_everything(path_);
    SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec("UPDATE evaluations SET accuracy = 0.5");
    const Verified found = verify(path_);
    EXPECT_EQ(found.without_files, 0);
    EXPECT_THAT(found.remedy, HasSubstr("store rebuild"));
    EXPECT_EQ(rebuild(path_).done, 3);
    EXPECT_EQ(verify(path_).remedy, "");
}

TEST_F(MaintenanceTest, ThePapersResultsAreRebuiltToo)
{
    fill_with_everything(path_);
    {
        Store store = Store::open_to_write(path_);
        import_paper(store);
    }
    EXPECT_THAT(verify(path_).problems, IsEmpty());
    const auto rows = rows_of(path_);
    EXPECT_EQ(rebuild(path_).done, 13);
    EXPECT_EQ(rows_of(path_), rows);
}

TEST_F(MaintenanceTest, VerifyFindsNothingInAWholeStore)
{
    fill_with_everything(path_);
    const Verified found = verify(path_);
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_THAT(found.notes, IsEmpty());
    EXPECT_GT(found.rows, 100);
}

TEST_F(MaintenanceTest, VerifyNamesEachKindOfDamage)
{
    fill_with_everything(path_);
    const Store store = Store::open_to_read(path_);
    const auto attempt = store.attempt_folder(sweep_.trials[5].id, 1);
    std::filesystem::remove(store.attempt_folder(sweep_.trials[6].id, 1) / "result.json");
    files::write_durably(store.attempt_folder(sweep_.trials[0].id, 2) / "result.json", "{");
    files::write_durably(attempt / "weights-last.safetensors", "no weights");
    files::write_durably(attempt / "weights-best.pt", "nor these, of version 0.1.0");
    files::write_durably(attempt / "checkpoint-00001-00000002.ckpt", "no checkpoint");
    files::write_checked(attempt / "checkpoint-00001-00000001.pt", "whole");
    files::write_durably(attempt / "holiday.jpg", "");
    files::create_folders(store.folder() / "trials/feedfacefeedface/attempt-1");
    {
        SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
        database.exec("UPDATE evaluations SET accuracy = 0.5 WHERE weights = 'best' AND attempt_id = 1");
        database.exec("INSERT INTO revision_trials VALUES (1, 999, 'nobody', 'x', 'x', 1)");
    }
    const Verified found = verify(path_);
    EXPECT_THAT(found.problems, Contains(HasSubstr(sweep_.trials[6].id + ", attempt 1: its result.json is missing")));
    EXPECT_THAT(found.problems, Contains(HasSubstr(sweep_.trials[0].id + "/attempt-2/result.json")));
    EXPECT_THAT(found.problems, Contains(HasSubstr("weights-last.safetensors")));
    EXPECT_THAT(found.problems, Contains(HasSubstr("weights-best.pt")));
    EXPECT_THAT(found.problems, Contains(HasSubstr("checkpoint-00001-00000002.ckpt")));
    EXPECT_THAT(found.problems, testing::Not(Contains(HasSubstr("checkpoint-00001-00000001.pt"))));
    EXPECT_THAT(found.problems, Contains(HasSubstr("evaluations")));
    EXPECT_THAT(found.problems, Contains(HasSubstr("revision_trials: a row refers to a row of trials")));
    EXPECT_THAT(found.notes, Contains(HasSubstr("holiday.jpg")));
    EXPECT_THAT(found.notes, Contains(HasSubstr("feedfacefeedface")));
}

TEST_F(MaintenanceTest, ABackupIsAStoreOfItsOwn)
{
    fill_with_everything(path_);
    Store writer = Store::open_to_write(path_);  // a run is on it
    EXPECT_GT(backup(path_, folder_ / "copy.db"), 10'000U);
    finish(writer, done_result(sweep_.trials[9], {1, 2, 3}));
    EXPECT_EQ(rows_of(folder_ / "copy.db")["attempts"].size(), 8U);
    EXPECT_THAT(verify(folder_ / "copy.db").problems, IsEmpty());
    EXPECT_THROW(backup(path_, folder_ / "copy.db"), Error) << "it is there already";
}

TEST_F(MaintenanceTest, TwoStoresBecomeOne)
{
    fill_with_everything(path_);
    const std::filesystem::path second = folder_ / "second.db", out = folder_ / "both.db";
    {
        Store store = Store::open_to_write(second);
        store.record_sweep(synthetic_sweep("synthetic", 3));
        store.record_sweep(synthetic_sweep("third", 2));
        finish(store, done_result(sweep_.trials[5], {1, 1, 1}));  // done there too
        finish(store, done_result(sweep_.trials[8], {9, 9, 9}));
        finish(store, done_result(sweep_.trials[1], {8, 8, 8}));  // failed twice in the first
    }
    const Merged merged = merge(path_, second, out);
    EXPECT_EQ(merged.revisions, 4) << "the synthetic sweep with three repeats is one";
    EXPECT_THAT(verify(out).problems, IsEmpty());
    const Store store = Store::open_to_read(out);
    const auto state = [&](std::size_t trial) { return store.states({sweep_.trials[trial].id}).front(); };
    for (const std::size_t done : {0U, 1U, 5U, 6U, 8U}) {
        EXPECT_EQ(state(done).status, Status::done) << done;
    }
    EXPECT_EQ(state(1).attempts, 3) << "numbered after the two of the first";
    EXPECT_EQ(store.find_trial("synthetic:" + sweep_.trials[5].label).attempt_folder,
              store.attempt_folder(sweep_.trials[5].id, 1))
        << "of two done, the first store's counts";
    EXPECT_THROW(merge(path_, second, out), Error);
}

TEST_F(MaintenanceTest, AStoreMergedWithItsOwnCopyIsItself)
{
    fill_with_everything(path_);
    backup(path_, folder_ / "copy.db");
    const Merged merged = merge(path_, folder_ / "copy.db", folder_ / "both.db");
    EXPECT_EQ(merged.same, 8);
    EXPECT_EQ(rows_of(folder_ / "both.db")["attempts"].size(), 8U);
}

TEST_F(MaintenanceTest, AStoreThatLacksResultsIsNotMerged)
{
    fill_with_everything(path_);
    backup(path_, folder_ / "copy.db");
    std::filesystem::remove_all(folder_ / "copy.db.d/trials");
    try {
        merge(path_, folder_ / "copy.db", folder_ / "both.db");
        FAIL() << "merged";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("store verify"));
    }
}

TEST_F(MaintenanceTest, EachCommitIsOnTheDiskBeforeItIsTold)
{
    const Store store = Store::open_to_write(path_);
    EXPECT_EQ(store.connection().database().execAndGet("PRAGMA synchronous").getInt(), 3) << "EXTRA";
    EXPECT_EQ(store.connection().database().execAndGet("PRAGMA journal_mode").getString(), "wal");
}

}  // namespace
}  // namespace attnsweep::store
