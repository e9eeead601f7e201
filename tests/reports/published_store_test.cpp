// A store on a network file system: written elsewhere, put in place whole.
#include "reports/published_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <SQLiteCpp/SQLiteCpp.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "reports/connection.h"
#include "reports/maintenance.h"
#include "reports/pending.h"
#include "reports/status.h"
#include "synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Published : public testing::Test {
protected:
    Published()
    {
        ::setenv("ATTNSWEEP_TEST_FILE_SYSTEM", "network", 1);
        ::setenv("ATTNSWEEP_LOCAL_DIR", local_.c_str(), 1);
        fs::create_directories(local_);
        files::create_folders(store_folder_);
    }
    ~Published() override
    {
        for (const char* variable : {"ATTNSWEEP_TEST_FILE_SYSTEM", "ATTNSWEEP_LOCAL_DIR", "ATTNSWEEP_TEST_LOCKS"})
            ::unsetenv(variable);
    }

    /// A writer as a run has it.
    struct Writer {
        Writer(const fs::path& path, const fs::path& folder) : lease(folder / "lease"), published(path, lease) {}
        files::Lease lease;
        PublishedStore published;
        Store store = published.open();
    };
    std::unique_ptr<Writer> write() const { return std::make_unique<Writer>(path_, store_folder_); }

    static void finish(Store& store, const configs::TrialResult& result)
    {
        store.begin_attempt(result.trial_id, result.attempt, "node1", "cpu", "2024-01-02T03:04:05Z");
        const fs::path folder = store.attempt_folder(result.trial_id, result.attempt);
        files::create_folders(folder);
        files::write_durably(folder / "result.json", nlohmann::json(result).dump());
        store.commit(result);
    }

    /// All that can happen to an attempt.
    void write_everything(Store& store) const
    {
        const auto& trials = sweep_.trials;
        finish(store, done_result(trials[5], {10, 8, 6}));
        store.begin_attempt(trials[0].id, 1, "node2", "cuda:1", "2024-01-02T03:05:05Z");
        store.record_epochs(trials[0].id, 1, std::vector<configs::EpochRecord>{{1, 2, 0.1, 2, 0.1, 1}});
        store.end_attempt(trials[0].id, 1, NoResult::drained, "2024-01-02T03:06:05Z");
        finish(store, done_result(trials[0], {10, 10, 9}, 2));
        finish(store, failed_result(trials[1], "nan", "loss is nan"));
        store.begin_attempt(trials[3].id, 1, "node1", "cpu", "2024-01-02T03:09:05Z");
        store.record_epochs(trials[3].id, 1, std::vector<configs::EpochRecord>{{1, 2, 0.1, 2, 0.1, 1}});
        store.record_epochs(trials[3].id, 1, std::vector<configs::EpochRecord>{{2, 1, 0.2, 1, 0.2, 1}});
    }

    static std::string rows_of(SQLite::Database& database)
    {
        std::string text;
        SQLite::Statement tables(database, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
        while (tables.executeStep()) {
            text += "\n" + tables.getColumn(0).getString() + ": ";
            SQLite::Statement select(database, "SELECT * FROM " + tables.getColumn(0).getString() + " ORDER BY 1, 2");
            while (select.executeStep())
                for (int i = 0; i < select.getColumnCount(); ++i)
                    text += select.getColumn(i).getString() + "|";
        }
        return text;
    }
    std::string published_rows() const
    {
        SQLite::Database database("file:" + path_.string() + "?immutable=1", SQLite::OPEN_READONLY | SQLite::OPEN_URI);
        return rows_of(database);
    }
    std::size_t live_folders() const
    {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(local_), fs::directory_iterator()));
    }
    int attempts_read() const
    {
        return Store::open_to_read(path_).connection().database().execAndGet("SELECT count(*) FROM attempts").getInt();
    }
    /// What a process leaves that ends in the middle of `work`.
    static void in_a_process_that_dies(const std::function<void()>& work)
    {
        const pid_t child = ::fork();
        if (child == 0) {
            work();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }

    tests::TemporaryFolder folder_;
    fs::path path_ = folder_ / "results.db", store_folder_ = folder_ / "results.db.d", local_ = folder_ / "local";
    configs::Sweep sweep_ = synthetic_sweep();
};

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
    for (const char* end : {"-wal", "-shm", "-journal"})
        EXPECT_FALSE(fs::exists(path_.string() + end)) << end;
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
    std::string rows;
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        writer->published.publish(writer->store);
        write_everything(writer->store);
        rows = rows_of(writer->store.connection().database());
    }
    EXPECT_NE(published_rows(), rows);
    {
        const auto writer = write();
        EXPECT_EQ(rows_of(writer->store.connection().database()), rows);
        EXPECT_TRUE(writer->published.publish(writer->store));
    }
    EXPECT_EQ(published_rows(), rows);
    EXPECT_TRUE(verify(path_).ok()) << verify(path_).problems.front();
}

TEST_F(Published, OfTheJournalOnlyWhatIsNewIsGoneThrough)
{
    const fs::path journal = Journal::path_in(store_folder_);
    std::string rows;
    std::uintmax_t known = 0;
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        write_everything(writer->store);
        writer->published.publish(writer->store);
        known = fs::file_size(journal);
        finish(writer->store, done_result(sweep_.trials[7], {1, 2, 3}));
        rows = rows_of(writer->store.connection().database());
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
    EXPECT_EQ(rows_of(write()->store.connection().database()), rows);
}

TEST_F(Published, AnOlderCopyInItsPlaceIsBroughtUpToDateByTheWholeJournal)
{
    std::string rows;
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        writer->published.publish(writer->store);
        fs::copy_file(path_, folder_ / "older.db");
        write_everything(writer->store);
        writer->published.publish(writer->store);
        rows = rows_of(writer->store.connection().database());
    }
    fs::rename(folder_ / "older.db", path_);
    EXPECT_EQ(rows_of(write()->store.connection().database()), rows);
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
    const std::string rows = published_rows();
    // Killed inside a transaction that has overwritten pages already.
    in_a_process_that_dies([&] {
        auto* database = new SQLite::Database(path_.string(), SQLite::OPEN_READWRITE);
        database->exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN IMMEDIATE; DELETE FROM epochs; "
                       "UPDATE revisions SET description = replace(hex(zeroblob(200000)), '0', 'x')");
    });
    ASSERT_TRUE(fs::exists(path_.string() + "-journal"));
    ASSERT_NE(files::read_file(path_).find(std::string(100, 'x')), std::string::npos) << "nothing to undo";
    ::setenv("ATTNSWEEP_TEST_FILE_SYSTEM", "network", 1);
    EXPECT_EQ(rows_of(write()->store.connection().database()), rows);
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

/// A disk of its own for a folder; not mounted without root.
class SmallDisk {
public:
    explicit SmallDisk(const fs::path& folder) : folder_(folder)
    {
        fs::create_directories(folder);
        is_mounted = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=800k") == 0;
    }
    ~SmallDisk()
    {
        if (is_mounted)
            ::umount2(folder_.c_str(), MNT_DETACH);
    }
    void fill() const
    {
        std::ofstream filler(folder_ / "filler");
        for (int i = 0; i < 1000 && filler.flush(); ++i)
            filler << std::string(4096, 'x');
    }
    bool is_mounted = false;

private:
    fs::path folder_;
};

TEST_F(Published, AFullDiskOfThisMachineIsNamedWithTheRemedy)
{
    const SmallDisk disk(local_);
    if (!disk.is_mounted)
        GTEST_SKIP() << "mounting a small disk needs root";
    const auto expect_told = [&](const std::function<void()>& work) {
        try {
            work();
            FAIL() << "it had room";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), Error::Kind::no_space);
            EXPECT_THAT(error.what(), HasSubstr(local_.string()));
            EXPECT_THAT(error.what(), HasSubstr("ATTNSWEEP_LOCAL_DIR"));
        }
    };
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        writer->published.publish(writer->store);
        disk.fill();
        expect_told([&] {
            for (const configs::Trial& trial : sweep_.trials)
                finish(writer->store, lifelike_result(trial));
            writer->published.publish(writer->store);
        });
    }
    disk.fill();
    expect_told([&] { (void)write(); });
    fs::remove(local_ / "filler");
    EXPECT_GT(write()->store.connection().database().execAndGet("SELECT count(*) FROM attempts").getInt(), 0);
}

TEST_F(Published, AFullDiskOfTheStoreLeavesWhatWasPublished)
{
    const SmallDisk disk(folder_ / "remote");
    if (!disk.is_mounted)
        GTEST_SKIP() << "mounting a small disk needs root";
    path_ = folder_ / "remote" / "results.db";
    files::create_folders(path_.string() + ".d");
    Writer writer(path_, path_.string() + ".d");
    writer.store.record_sweep(sweep_);
    writer.published.publish(writer.store);
    const std::string rows = published_rows();
    finish(writer.store, done_result(sweep_.trials[0], {10, 8, 6}));
    disk.fill();
    try {
        writer.published.publish(writer.store);
        FAIL() << "it had room";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::no_space);
        EXPECT_THAT(error.what(), HasSubstr("results.db cannot be published"));
    }
    EXPECT_EQ(published_rows(), rows);
    fs::remove(folder_ / "remote" / "filler");
    EXPECT_TRUE(writer.published.publish(writer.store)) << "tried again, with what was left out";
    EXPECT_EQ(attempts_read(), 1);
}

/// What write(2) says of a copy where the user's quota is used up; no file system here has quotas.
bool is_over_quota(int file)
{
    std::error_code none;
    return fs::read_symlink("/proc/self/fd/" + std::to_string(file), none).filename() == "copy.db";
}
ssize_t pwrite_with_a_quota(int file, const void* bytes, std::size_t size, off_t at)
{
    if (!is_over_quota(file))
        return ::pwrite(file, bytes, size, at);
    errno = EDQUOT;
    return -1;
}
ssize_t write_with_a_quota(int file, const void* bytes, std::size_t size)
{
    if (!is_over_quota(file))
        return ::write(file, bytes, size);
    errno = EDQUOT;
    return -1;
}

TEST_F(Published, AFullQuotaOfThisMachineIsAFullDisk)
{
    const auto writer = write();
    writer->store.record_sweep(sweep_);
    sqlite3_vfs* system = sqlite3_vfs_find("unix-none");
    for (const char* name : {"pwrite", "pwrite64"})
        system->xSetSystemCall(system, name, reinterpret_cast<sqlite3_syscall_ptr>(pwrite_with_a_quota));
    system->xSetSystemCall(system, "write", reinterpret_cast<sqlite3_syscall_ptr>(write_with_a_quota));
    try {
        writer->published.publish(writer->store);
        ADD_FAILURE() << "it had room";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::no_space) << error.what();
        EXPECT_THAT(error.what(), HasSubstr("ATTNSWEEP_LOCAL_DIR"));
    }
    system->xSetSystemCall(system, nullptr, nullptr);
    EXPECT_TRUE(writer->published.publish(writer->store));
}

TEST_F(Published, AFullDiskDuringARebuildLeavesTheOldStoreAndGivesTheLeaseBack)
{
    const SmallDisk disk(folder_ / "remote");
    if (!disk.is_mounted)
        GTEST_SKIP() << "mounting a small disk needs root";
    path_ = folder_ / "remote" / "results.db";
    store_folder_ = path_.string() + ".d";
    files::create_folders(store_folder_);
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        finish(writer->store, done_result(sweep_.trials[0], {10, 8, 6}));
        writer->published.publish(writer->store);
    }
    const std::string bytes = files::read_file(path_);
    {
        files::Lease lease(store_folder_ / "lease");
        disk.fill();
        fs::resize_file(folder_ / "remote" / "filler", fs::file_size(folder_ / "remote" / "filler") - 32768);
        try {
            rebuild(path_, &lease);
            FAIL() << "it had room";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), Error::Kind::no_space) << error.what();
            EXPECT_THAT(error.what(), HasSubstr("results.db cannot be published"));
        }
        EXPECT_TRUE(fs::is_empty(lease.writer_folder()));
    }
    EXPECT_EQ(files::read_file(path_), bytes);
    EXPECT_FALSE(fs::exists(path_.string() + ".before-1"));
    EXPECT_FALSE(files::Lease::holder(store_folder_ / "lease"));
    fs::remove(folder_ / "remote" / "filler");
    files::Lease lease(store_folder_ / "lease");
    EXPECT_EQ(files::read_file(rebuild(path_, &lease).kept_aside), bytes);
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
        EXPECT_THAT(said(), HasSubstr("1 result not yet in the store: it comes with the next copy\n"));
        files::write_durably(writer->store.pending_folder() / "two.json", "{}");
        EXPECT_THAT(said(), HasSubstr("2 results not yet in the store: they come with the next copy\n"));
    }
    EXPECT_THAT(said(), HasSubstr("2 results not yet in the store: the next run on it takes them in\n"));
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
    std::string rows;
    {
        const auto writer = write();
        writer->store.record_sweep(sweep_);
        write_everything(writer->store);
        rows = rows_of(writer->store.connection().database());
    }
    {
        files::Lease lease(store_folder_ / "lease");
        rebuild(path_, &lease);
    }
    EXPECT_EQ(published_rows(), rows);
    EXPECT_EQ(live_folders(), 0U);
    EXPECT_EQ(rows_of(write()->store.connection().database()), rows);
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
    EXPECT_THROW(take_in_pending(writer->store, fails), Error);
    EXPECT_TRUE(fs::exists(file));
    const TakenIn taken = take_in_pending(writer->store, [&] {
        EXPECT_TRUE(fs::exists(file));
        writer->published.publish(writer->store);
    });
    EXPECT_EQ(taken.committed.size(), 1U);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(attempts_read(), 1);
}

}  // namespace
}  // namespace attnsweep::reports
