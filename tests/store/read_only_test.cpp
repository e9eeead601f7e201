// Reading leaves a store's folder as it was, and needs nothing written there.
#include <fstream>
#include <functional>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>

#include "files/durable_file.h"
#include "store/maintenance/backup.h"
#include "store/maintenance/rebuild.h"
#include "store/maintenance/verify.h"
#include "store/reading/results.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

/// A folder that cannot be written while this lives, not even by root; where that is not permitted, it can.
class ReadOnlyFolder {
public:
    explicit ReadOnlyFolder(const fs::path& folder) : folder_(folder)
    {
        is_mounted = ::mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) == 0;
        if (is_mounted) {
            EXPECT_EQ(::mount(nullptr, folder.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
        }
    }
    ~ReadOnlyFolder()
    {
        if (is_mounted) {
            ::umount2(folder_.c_str(), MNT_DETACH);
        }
    }
    ReadOnlyFolder(const ReadOnlyFolder&) = delete;
    ReadOnlyFolder& operator=(const ReadOnlyFolder&) = delete;

    bool is_mounted = false;

private:
    fs::path folder_;
};

class ReadOnlyTest : public testing::Test {
protected:
    ReadOnlyTest() { fs::create_directory(folder_ / "copy"); }

    std::vector<std::string> names_in(const fs::path& folder) const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder)) {
            names.push_back(entry.path().filename());
        }
        std::sort(names.begin(), names.end());
        return names;
    }
    /// What a run that is killed now leaves, as copied.
    void copy_files(const std::vector<std::string>& ends) const
    {
        for (const std::string& end : ends) {
            fs::copy_file(path_.string() + end, (copy_ / "results.db").string() + end);
        }
    }
    /// Returns how many trials are done in the copy.
    std::size_t done_in_copy() const { return Store::open_to_read(copy_ / "results.db").done_trials().size(); }

    tests::TemporaryFolder folder_;
    fs::path path_ = folder_ / "results.db", copy_ = folder_ / "copy";
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(ReadOnlyTest, ReadersLeaveNothing)
{
    {
        Store store = Store::open_to_write(path_);
        fill(store, sweep_);
    }
    const std::vector<std::string> before = names_in(folder_.path());
    for (int reader = 0; reader < 2; ++reader) {
        const Store first = Store::open_to_read(path_), second = Store::open_to_read(path_);
        EXPECT_EQ(first.done_trials().size(), 30U);
        EXPECT_EQ(second.done_trials().size(), 30U);
    }
    (void)backup(path_, folder_ / "backup.db");
    (void)verify(path_);
    fs::remove(folder_ / "backup.db");
    fs::remove_all(folder_ / "backup.db.d");
    EXPECT_EQ(names_in(folder_.path()), before);
}

TEST_F(ReadOnlyTest, AReaderLeavesWhatAWriterUsesOrAKilledOneLeft)
{
    {
        Store writer = Store::open_to_write(path_);
        fill(writer, sweep_);
        copy_files({"", "-wal", "-shm"});
        EXPECT_EQ(done_in_copy(), 30U);
        EXPECT_EQ(Store::open_to_read(path_).done_trials().size(), 30U);
        EXPECT_TRUE(fs::exists(path_.string() + "-wal"));
        writer.begin_attempt(sweep_.trials[0].id, 2, "here", "cpu", "2026-01-01T00:00:00Z");
    }
    EXPECT_EQ(files::read_file((copy_ / "results.db").string() + "-wal").empty(), false);
}

TEST_F(ReadOnlyTest, ACopyIsReadFromReadOnlyMediaWhateverOfTheKilledRunIsThere)
{
    const std::vector<std::vector<std::string>> kinds{{""}, {"", "-wal"}, {"", "-wal", "-shm"}};
    Store writer = Store::open_to_write(path_);
    fill(writer, sweep_);
    for (const std::vector<std::string>& kind : kinds) {
        fs::remove_all(copy_);
        fs::create_directory(copy_);
        if (kind.size() == 1) {
            (void)backup(path_, copy_ / "results.db");
        } else {
            copy_files(kind);
        }
        const std::vector<std::string> before = names_in(copy_);
        const ReadOnlyFolder read_only(copy_);
        if (!read_only.is_mounted) {
            GTEST_SKIP() << "a read-only mount needs root";
        }
        EXPECT_EQ(done_in_copy(), 30U) << kind.size() << " files";
        EXPECT_EQ(names_in(copy_), before);
        (void)backup(copy_ / "results.db", folder_ / "again.db");
        EXPECT_EQ(Store::open_to_read(folder_ / "again.db").done_trials().size(), 30U);
        fs::remove(folder_ / "again.db");
        fs::remove_all(folder_ / "again.db.d");
        // Its files are not here: found, not an error of reading.
        EXPECT_EQ(verify(copy_ / "results.db").results, 30) << kind.size() << " files";
    }
}

TEST_F(ReadOnlyTest, AnEmptyWalIsNoObstacle)
{
    {
        Store store = Store::open_to_write(path_);
        fill(store, sweep_);
    }
    for (const bool with_index : {false, true}) {
        fs::remove_all(copy_);
        fs::create_directory(copy_);
        copy_files({""});
        std::ofstream((copy_ / "results.db").string() + "-wal").close();
        if (with_index) {
            std::ofstream((copy_ / "results.db").string() + "-shm") << std::string(32768, '\0');
        }
        {
            const ReadOnlyFolder read_only(copy_);
            if (!read_only.is_mounted) {
                GTEST_SKIP() << "a read-only mount needs root";
            }
            EXPECT_EQ(done_in_copy(), 30U);
        }
        EXPECT_EQ(done_in_copy(), 30U);
        EXPECT_THAT(names_in(copy_), ElementsAre("results.db")) << "what earlier readers left is gone";
    }
}

TEST_F(ReadOnlyTest, OnAFullDiskItIsReadToo)
{
    Store::open_to_write(path_).record_sweep(sweep_);
    const fs::path disk = folder_ / "disk";
    fs::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=400k") != 0) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
    fs::copy_file(path_, disk / "results.db");
    std::ofstream(disk / "filling") << std::string(400'000, 'x');
    try {
        EXPECT_EQ(Store::open_to_read(disk / "results.db").done_trials().size(), 0U);
    } catch (const Error& error) {
        ADD_FAILURE() << error.what();
    }
    ::umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(ReadOnlyTest, AJournalThatMustBeUndoneFirstSaysSo)
{
    Store::open_to_write(path_).record_sweep(sweep_);
    fs::copy_file(path_, copy_ / "results.db");
    // The header of a hot journal: SQLite undoes what it describes before it reads.
    std::string journal = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    journal += std::string("\0\0\0\1\0\0\0\0\0\0\0\1\0\0\2\0\0\0\x10\0", 20) + std::string(8192, '\0');
    std::ofstream((copy_ / "results.db").string() + "-journal", std::ios::binary) << journal;
    const ReadOnlyFolder read_only(copy_);
    if (!read_only.is_mounted) {
        GTEST_SKIP() << "a read-only mount needs root";
    }
    try {
        (void)Store::open_to_read(copy_ / "results.db").done_trials();
        FAIL() << "read";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("results.db-journal"), HasSubstr("Copy both")));
    }
}

TEST_F(ReadOnlyTest, WhatRebuildKeepsAsideIsOneFile)
{
    {
        Store store = Store::open_to_write(path_);
        store.record_sweep(sweep_);
        finish(store, done_result(sweep_.trials[0], {9, 8, 7}));
        copy_files({"", "-wal", "-shm"});
    }
    fs::copy(folder_ / "results.db.d", copy_ / "results.db.d", fs::copy_options::recursive);
    const fs::path kept = rebuild(copy_ / "results.db").kept_aside;
    EXPECT_THAT(names_in(copy_), ElementsAre("results.db", "results.db.before-1", "results.db.d"));
    EXPECT_EQ(Store::open_to_read(kept).done_trials().size(), 1U) << "with what stood in the WAL";
}

}  // namespace
}  // namespace attnsweep::store
