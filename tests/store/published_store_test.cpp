// A store on a network file system: what is put in place, what is entered again, and who says so.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include <nlohmann/json.hpp>

#include "reports/status.h"
#include "store/maintenance/rebuild.h"
#include "store/maintenance/verify.h"
#include "store/pending.h"
#include "tests/store/published_fixture.h"

namespace attnsweep::store {
namespace {

using namespace reports;

using testing::HasSubstr;

TEST_F(Published, ReadersSeeWhatIsPublishedAndNothingElseLiesBesideIt)
{
    const auto writer = write();
    writer->store.record_sweep(sweep_);
    EXPECT_FALSE(fs::exists(path_));
    EXPECT_TRUE(writer->published.publish(writer->store));
    const Store before = Store::open_to_read(path_);
    finish(writer->store, done_result(sweep_.trials[0], {10, 8, 6}));
    EXPECT_EQ(attempts_read(), 0);
    EXPECT_TRUE(writer->published.publish(writer->store));
    EXPECT_EQ(attempts_read(), 1);
    EXPECT_EQ(before.states({sweep_.trials[0].id}).front().status, Status::pending) << "what it opened stays";
    for (const char* end : {"-wal", "-shm", "-journal"}) {
        EXPECT_FALSE(fs::exists(path_.string() + end)) << end;
    }
    const std::string bytes = files::read_file(path_);
    EXPECT_EQ(bytes[18], 1) << "no write-ahead log, which would need memory that machines share";
    EXPECT_EQ(bytes[19], 1);
}

TEST_F(Published, WhatDidNotChangeIsNotPutInPlaceAgain)
{
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        finish(writer->store, done_result(sweep_.trials[0], {10, 8, 6}));
        EXPECT_TRUE(writer->published.publish(writer->store));
        EXPECT_FALSE(writer->published.publish(writer->store));
    }
    const auto writer = write();
    writer->store.record_sweep(sweep_);
    EXPECT_FALSE(writer->published.publish(writer->store));
}

TEST_F(Published, WhatWasLostWithTheLiveDatabaseIsEnteredAgainRowForRow)
{
    tests::StoreRows rows;
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        writer->published.publish(writer->store);
        write_everything(writer->store);
        rows = tests::rows_of(writer->store.connection().database());
    }
    EXPECT_NE(published_rows(), rows);
    {
        const auto writer = write();
        EXPECT_EQ(tests::rows_of(writer->store.connection().database()), rows);
        EXPECT_TRUE(writer->published.publish(writer->store));
    }
    EXPECT_EQ(published_rows(), rows);
    EXPECT_TRUE(verify(path_).ok()) << verify(path_).problems.front();
}

TEST_F(Published, OfTheJournalOnlyWhatIsNewIsGoneThrough)
{
    const fs::path journal = Journal::path_in(store_folder_);
    tests::StoreRows rows;
    std::uintmax_t known = 0;
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        write_everything(writer->store);
        writer->published.publish(writer->store);
        known = fs::file_size(journal);
        finish(writer->store, done_result(sweep_.trials[7], {1, 2, 3}));
        rows = tests::rows_of(writer->store.connection().database());
    }
    // In place of what is known lies what would be entered.
    const fs::path other = folder_ / "other-journal";
    {
        Journal lines(other);
        lines.begun(99, {sweep_.trials[9].id, 1}, "node9", "cpu", "2024-01-02T03:04:05Z");
        lines.write();
    }
    std::string before = files::read_file(other);
    ASSERT_LT(before.size(), known);
    before.resize(known, '\n');
    files::write_durably(journal, before + files::read_file(journal).substr(known));
    EXPECT_EQ(tests::rows_of(write()->store.connection().database()), rows);
}

TEST_F(Published, AnOlderCopyInItsPlaceIsBroughtUpToDateByTheWholeJournal)
{
    tests::StoreRows rows;
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        writer->published.publish(writer->store);
        fs::copy_file(path_, folder_ / "older.db");
        write_everything(writer->store);
        writer->published.publish(writer->store);
        rows = tests::rows_of(writer->store.connection().database());
    }
    fs::rename(folder_ / "older.db", path_);
    EXPECT_EQ(tests::rows_of(write()->store.connection().database()), rows);
}

TEST_F(Published, OneWhoseSuccessorHasBegunPutsNothingInPlace)
{
    ::setenv("ATTNSWEEP_TEST_LOCKS", "none", 1);
    ::setenv("ATTNSWEEP_LEASE_PERIOD_S", "0.01", 1);
    const auto first = write();
    first->store.record_sweep(sweep_);
    first->published.publish(first->store);
    finish(first->store, done_result(sweep_.trials[0], {10, 8, 6}));
    const auto second = write();
    ::unsetenv("ATTNSWEEP_LEASE_PERIOD_S");
    finish(second->store, done_result(sweep_.trials[1], {10, 8, 6}));
    second->published.publish(second->store);
    const std::string bytes = files::read_file(path_), mark = files::read_file(store_folder_ / "published");
    EXPECT_THROW(first->published.publish(first->store), files::LeaseLost);
    EXPECT_THROW(finish(first->store, done_result(sweep_.trials[2], {10, 8, 6})), files::LeaseLost);
    EXPECT_EQ(files::read_file(path_), bytes);
    EXPECT_EQ(files::read_file(store_folder_ / "published"), mark);
}

TEST_F(Published, AJournalOrALogOfAWriterInPlaceBecomesPartOfIt)
{
    ::unsetenv("ATTNSWEEP_TEST_FILE_SYSTEM");
    {
        Store store = Store::open_to_write(path_);
        store.record_sweep(sweep_);
        finish(store, done_result(sweep_.trials[0], {10, 8, 6}));
    }
    const tests::StoreRows rows = published_rows();
    // Killed inside a transaction that has overwritten pages already.
    in_a_process_that_dies([&] {
        auto* database = new SQLite::Database(path_.string(), SQLite::OPEN_READWRITE);
        database->exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN IMMEDIATE; DELETE FROM epochs; "
                       "UPDATE revisions SET description = replace(hex(zeroblob(200000)), '0', 'x')");
    });
    ASSERT_TRUE(fs::exists(path_.string() + "-journal"));
    ASSERT_NE(files::read_file(path_).find(std::string(100, 'x')), std::string::npos) << "nothing to undo";
    ::setenv("ATTNSWEEP_TEST_FILE_SYSTEM", "network", 1);
    EXPECT_EQ(tests::rows_of(write()->store.connection().database()), rows);
    EXPECT_FALSE(fs::exists(path_.string() + "-journal"));
    // And with a log that holds what the database lacks.
    ::unsetenv("ATTNSWEEP_TEST_FILE_SYSTEM");
    in_a_process_that_dies([&] {
        auto* store = new Store(Store::open_to_write(path_));
        store->begin_attempt(sweep_.trials[1].id, 1, "node1", "cpu", "2024-01-02T03:04:05Z");
    });
    ASSERT_TRUE(fs::exists(path_.string() + "-wal"));
    fs::remove(Journal::path_in(store_folder_));
    ::setenv("ATTNSWEEP_TEST_FILE_SYSTEM", "network", 1);
    EXPECT_EQ(write()->store.states({sweep_.trials[1].id}).front().status, Status::running);
    EXPECT_FALSE(fs::exists(path_.string() + "-wal"));
}

TEST_F(Published, OneThatIsCutShortIsRefusedAndNotPublishedAgain)
{
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        write_everything(writer->store);
        writer->published.publish(writer->store);
    }
    const std::string whole = files::read_file(path_);
    for (const std::size_t missing : {1U, 2048U, 4095U, 4096U}) {
        const std::string cut = whole.substr(0, whole.size() - missing);
        files::write_durably(path_, cut);
        try {
            (void)write();
            ADD_FAILURE() << missing << " bytes are missing, and it is written";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), Error::Kind::damaged) << missing;
            EXPECT_THAT(error.what(), HasSubstr(path_.string() + " is damaged: it is cut short")) << missing;
        }
        EXPECT_EQ(files::read_file(path_), cut);
    }
}

TEST_F(Published, TheLiveFolderGoesAndADeadOnesToo)
{
    in_a_process_that_dies([&] {
        new LiveFolder(path_);
        new LiveFolder(folder_ / "another.db");
    });
    EXPECT_EQ(live_folders(), 2U);
    {
        const LiveFolder mine(path_);
        EXPECT_EQ(live_folders(), 2U) << "the dead one's of this store went, another store's is not touched";
        const LiveFolder paused(path_);
        EXPECT_TRUE(fs::exists(mine.path())) << "its owner lives";
    }
    EXPECT_EQ(live_folders(), 1U);
}

TEST_F(Published, WithoutAFolderForItTheVariableIsNamed)
{
    ::setenv("ATTNSWEEP_LOCAL_DIR", (folder_ / "nowhere").c_str(), 1);
    try {
        (void)write();
        FAIL() << "written to nowhere";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::unwritable);
        EXPECT_THAT(error.what(), HasSubstr(folder_ / "nowhere"));
        EXPECT_THAT(error.what(), HasSubstr("ATTNSWEEP_LOCAL_DIR"));
    }
}

TEST_F(Published, ResultsOfARunComeWithTheNextCopy)
{
    const auto said = [&] {
        const Store store = Store::open_to_read(path_);
        return render_status(store, read_status(store));
    };
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        writer->published.publish(writer->store);
        files::create_folders(writer->store.pending_folder());
        files::write_durably(writer->store.pending_folder() / "one.json", "{}");
        EXPECT_THAT(said(), HasSubstr("1 result not yet in the store: it will be in the next published copy\n"));
        files::write_durably(writer->store.pending_folder() / "two.json", "{}");
        EXPECT_THAT(said(), HasSubstr("2 results not yet in the store: they will be in the next published copy\n"));
    }
    EXPECT_THAT(said(), HasSubstr("2 results not yet in the store: the next run on this store imports them\n"));
}

TEST_F(Published, ItsAgeIsSaidWhileItIsWritten)
{
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        EXPECT_EQ(published_text({path_}), "") << "nothing is there";
        writer->published.publish(writer->store);
        fs::last_write_time(path_, fs::file_time_type::clock::now() - std::chrono::hours(1));
        EXPECT_THAT(published_text({path_}), testing::MatchesRegex("published 36[0-9][0-9] s ago"));
        EXPECT_THAT(published_text({folder_ / "none.db", path_}), HasSubstr("published 36"));
        ::unsetenv("ATTNSWEEP_TEST_FILE_SYSTEM");
        EXPECT_EQ(published_text({path_}), "") << "on a local disk it is the store itself";
        ::setenv("ATTNSWEEP_TEST_FILE_SYSTEM", "network", 1);
    }
    EXPECT_EQ(published_text({path_}), "") << "nobody writes it: it is not getting older";
}

TEST_F(Published, ItIsMadeAnewFromItsFiles)
{
    tests::StoreRows rows;
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        write_everything(writer->store);
        rows = tests::rows_of(writer->store.connection().database());
    }
    {
        files::Lease lease(store_folder_ / "lease");
        rebuild(path_, &lease);
    }
    EXPECT_EQ(published_rows(), rows);
    EXPECT_EQ(live_folders(), 0U);
    EXPECT_EQ(tests::rows_of(write()->store.connection().database()), rows);
    fs::remove(path_);
    rebuild(path_);
    EXPECT_EQ(published_rows(), rows);
    ::setenv("ATTNSWEEP_LOCAL_DIR", (folder_ / "nowhere").c_str(), 1);
    EXPECT_THROW(rebuild(path_), Error) << "it is made on this machine's disk";
}

TEST_F(Published, PendingResultsStayUntilTheyArePublished)
{
    const auto writer = write();
    writer->store.record_sweep(sweep_);
    files::create_folders(writer->store.pending_folder());
    const configs::TrialResult result = done_result(sweep_.trials[0], {10, 8, 6});
    const fs::path file = writer->store.pending_folder() / (result.trial_id + ".json");
    files::write_durably(file, nlohmann::json(result).dump());
    const auto fails = [] { throw Error(Error::Kind::no_space, "full"); };
    EXPECT_THROW(import_pending(writer->store, fails), Error);
    EXPECT_TRUE(fs::exists(file));
    const ImportReport taken = import_pending(writer->store, [&] {
        EXPECT_TRUE(fs::exists(file));
        writer->published.publish(writer->store);
    });
    EXPECT_EQ(taken.committed.size(), 1U);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(attempts_read(), 1);
}

}  // namespace
}  // namespace attnsweep::store
