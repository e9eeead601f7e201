// Several users on one store: who may only read it is in nobody's way, and a group shares what its umask lets it.
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include "files/lease.h"
#include "store/maintenance/backup.h"
#include "tests/as_user.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr uid_t owner = 65533, reader = 65534;

/// A folder that everybody can write, with a store that its owner alone can write.
class OtherUsers : public testing::Test {
protected:
    void SetUp() override
    {
        if (!tests::can_be_other_users()) {
            GTEST_SKIP() << "needs root, to be other users";
        }
        fs::permissions(folder_.path(), fs::perms::all);
        ASSERT_EQ(tests::as_user(owner,
                                 [this] {
                                     Store store = Store::open_to_write(path_);
                                     fill(store, sweep_);
                                     return std::string();
                                 }),
                  "");
    }

    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder_.path())) {
            names.push_back(entry.path().filename());
        }
        std::sort(names.begin(), names.end());
        return names;
    }
    std::string beside(const char* end) const { return path_.string() + end; }
    std::string done() const { return std::to_string(Store::open_to_read(path_).done_trials().size()); }
    std::string written() const
    {
        Store::open_to_write(path_).record_sweep(sweep_);
        return "written";
    }

    tests::TemporaryFolder folder_;
    fs::path path_ = folder_ / "results.db";
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(OtherUsers, AReaderLeavesNothingAndTheOwnerWritesOn)
{
    EXPECT_EQ(tests::as_user(reader,
                             [this] {
                                 const Store first = Store::open_to_read(path_);
                                 const std::string found = done();
                                 return found + (names().size() == 2 ? " alone" : " beside files of its own");
                             }),
              "30 alone");
    EXPECT_THAT(names(), ElementsAre("results.db", "results.db.d"));
    EXPECT_EQ(tests::as_user(owner, [this] { return written(); }), "written");
}

TEST_F(OtherUsers, AReaderSeesWhatARunningWriterHasWritten)
{
    EXPECT_EQ(tests::as_user(owner,
                             [this] {
                                 Store store = Store::open_to_write(path_);
                                 store.record_sweep(synthetic_sweep("other", 1));
                                 return fs::exists(beside("-shm")) ? "both" : "no index";
                             }),
              "both");
    // Root's processes make files of the database's owner, so this writer is like the owner's own.
    Store store = Store::open_to_write(path_);
    store.begin_attempt(sweep_.trials[0].id, 2, "here", "cpu", "2026-01-01T00:00:00Z");
    EXPECT_EQ(tests::as_user(reader, [this] { return done(); }), "30");
    EXPECT_TRUE(fs::exists(beside("-wal")));
}

TEST_F(OtherUsers, AReaderOfWhatAKilledWriterLeftMakesNoIndexBesideIt)
{
    {
        Store store = Store::open_to_write(path_);
        finish(store, done_result(sweep_.trials[1], {9, 8, 7}, 2));
        fs::copy_file(path_, folder_ / "copy.db");
        fs::copy_file(beside("-wal"), folder_ / "copy.db-wal");
    }
    ASSERT_EQ(::chown((folder_ / "copy.db").c_str(), owner, owner), 0);
    ASSERT_EQ(::chown((folder_ / "copy.db-wal").c_str(), owner, owner), 0);
    path_ = folder_ / "copy.db";
    EXPECT_EQ(tests::as_user(reader, [this] { return done(); }), "30");
    EXPECT_THAT(names(), ElementsAre("copy.db", "copy.db-wal", "results.db", "results.db.d"));
}

TEST_F(OtherUsers, WhatAReaderOfAnEarlierVersionLeftIsNamedToTheOwner)
{
    for (const char* end : {"-wal", "-shm"}) {
        std::ofstream(beside(end)) << (end == std::string("-shm") ? std::string(32768, '\0') : "");
        ASSERT_EQ(::chown(beside(end).c_str(), reader, reader), 0);
        fs::permissions(beside(end), fs::perms(0644));
    }
    EXPECT_THAT(tests::as_user(owner, [this] { return written(); }),
                AllOf(HasSubstr(beside("-wal")), HasSubstr("belongs to "), HasSubstr("rm ")));
    EXPECT_EQ(tests::as_user(reader, [this] { return done(); }), "30");
    fs::remove(beside("-wal"));
    fs::remove(beside("-shm"));
    EXPECT_EQ(tests::as_user(owner, [this] { return written(); }), "written") << "the remedy";
}

TEST_F(OtherUsers, RowsInAnothersWalAreNotToBeRemoved)
{
    std::ofstream(beside("-wal")) << std::string(100, 'x');
    ASSERT_EQ(::chown(beside("-wal").c_str(), reader, reader), 0);
    fs::permissions(beside("-wal"), fs::perms(0644));
    EXPECT_THAT(tests::as_user(owner, [this] { return written(); }),
                AllOf(HasSubstr(beside("-wal")), HasSubstr("chmod"), testing::Not(HasSubstr("rm "))));
}

/// What is made while this umask holds.
class SharedByUmask : public testing::Test {
public:
    SharedByUmask() : before_(::umask(002)) {}
    ~SharedByUmask() override { ::umask(before_); }

    /// The entries below the folder whose group cannot write.
    std::vector<std::string> closed_to_the_group() const
    {
        std::vector<std::string> closed;
        for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
            if ((entry.status().permissions() & fs::perms::group_write) == fs::perms::none) {
                closed.push_back(entry.path().lexically_relative(folder_.path()));
            }
        }
        return closed;
    }

    tests::TemporaryFolder folder_;

private:
    mode_t before_;
};

TEST_F(SharedByUmask, AStoreItsFilesAndACopyAreTheGroupsWhereTheUmaskSaysSo)
{
    const fs::path path = folder_ / "results.db";
    const configs::Sweep sweep = synthetic_sweep();
    Store store = Store::open_to_write(path);
    fill(store, sweep);
    {
        files::Lease lease(folder_ / "results.db.d" / "lease");
        EXPECT_THAT(closed_to_the_group(), ElementsAre());
    }
    (void)backup(path, folder_ / "copy.db");
    EXPECT_THAT(closed_to_the_group(), ElementsAre());
}

}  // namespace
}  // namespace attnsweep::store
