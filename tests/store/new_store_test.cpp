// A store that is made by backup or merge where there was none: what fails leaves nothing, and says why.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>
#include <sys/resource.h>

#include "files/durable_file.h"
#include "store/maintenance/backup.h"
#include "store/maintenance/merge.h"
#include "store/maintenance/new_store.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

class NewStoreTest : public testing::Test {
protected:
    NewStoreTest()
    {
        for (const fs::path& path : {path_, second_}) {
            Store store = Store::open_to_write(path);
            store.record_sweep(sweep_);
            for (std::size_t i = 0; i < 12; ++i) {
                finish(store, done_result(sweep_.trials[i], {9, 8, 7}));
            }
        }
    }

    /// Makes a store on a disk of each of many sizes; expects that each is whole, or that nothing is left.
    void make_on_small_disks(const std::function<void(const fs::path& out)>& make) const
    {
        int made = 0, failed = 0;
        for (int kilobytes = 8; made == 0 && kilobytes <= 8192; kilobytes += 24 + kilobytes / 4) {
            const fs::path disk = folder_ / "disk";
            fs::create_directory(disk);
            const std::string size = "size=" + std::to_string(kilobytes) + "k";
            if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, size.c_str()) != 0) {
                GTEST_SKIP() << "mounting a small disk needs root";
            }
            try {
                make(disk / "new" / "made.db");
                ++made;
            } catch (const Error& error) {
                ++failed;
                EXPECT_EQ(error.kind(), Error::Kind::no_space) << size << ": " << error.what();
                EXPECT_THAT(error.what(), HasSubstr((disk / "new" / "made.db").string())) << size;
                EXPECT_TRUE(fs::is_empty(disk)) << size;
            } catch (const std::exception& error) {
                ADD_FAILURE() << size << ": " << error.what();
            }
            ::umount2(disk.c_str(), MNT_DETACH);
        }
        EXPECT_EQ(made, 1);
        EXPECT_GT(failed, 3);
    }

    tests::TemporaryFolder folder_;
    fs::path path_ = folder_ / "results.db", second_ = folder_ / "second.db";
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(NewStoreTest, OfABackupOnAFullDiskNothingIsLeft)
{
    make_on_small_disks([this](const fs::path& out) { (void)backup(path_, out); });
}

TEST_F(NewStoreTest, OfAMergeOnAFullDiskNothingIsLeft)
{
    make_on_small_disks([this](const fs::path& out) { (void)merge(path_, second_, out); });
}

TEST_F(NewStoreTest, OfTwoAtOnceOneIsMadeAndTheOtherIsRefused)
{
    const fs::path out = folder_ / "new" / "made.db";
    make_new_store(out, [&] {
        try {
            (void)backup(path_, out);
            ADD_FAILURE() << "the second was made, too";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("made.db.d is there already"));
        }
        EXPECT_TRUE(fs::exists(folder_beside(out))) << "the refused one has removed the first one's files";
    });
    EXPECT_TRUE(fs::exists(folder_beside(out)));
}

TEST_F(NewStoreTest, ALimitOnTheSizeOfAFileIsNamed)
{
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{20'000, before.rlim_max};
    const auto earlier = ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &small);
    std::string said;
    try {
        (void)backup(path_, folder_ / "copy.db");
    } catch (const Error& error) {
        said = error.what();
        EXPECT_EQ(error.kind(), Error::Kind::no_space);
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, earlier);
    EXPECT_THAT(said, testing::AllOf(HasSubstr("copy.db"), HasSubstr("ulimit -f")));
    EXPECT_FALSE(fs::exists(folder_ / "copy.db.d"));
}

TEST_F(NewStoreTest, WhatCannotBeOpenedForWantOfDescriptorsIsNotSaidToBeMissing)
{
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP()
        << "UBSan takes descriptors itself to look at an exception, and takes it for no exception without them";
#endif
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    bool is_made = false;
    for (rlim_t most = 3; !is_made && most < 40; ++most) {
        const rlimit few{most, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        std::string said;
        try {
            (void)merge(path_, second_, folder_ / "both.db");
            is_made = true;
        } catch (const std::exception& error) {
            said = error.what();
        }
        ::setrlimit(RLIMIT_NOFILE, &before);
        if (!is_made) {
            EXPECT_THAT(said, HasSubstr(std::strerror(EMFILE))) << most;
        }
    }
    EXPECT_TRUE(is_made);
}

TEST_F(NewStoreTest, AMergeSaysWhyAFileCannotBeRead)
{
    const fs::path result = attempt_folder_in(folder_ / "results.db.d", sweep_.trials[0].id, 1) / "result.json";
    files::write_durably(result, "{");
    try {
        (void)merge(path_, second_, folder_ / "both.db");
        FAIL() << "merged";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::AllOf(HasSubstr(result.string()), HasSubstr("store verify")));
    }
}

}  // namespace
}  // namespace attnsweep::store
