// A store on a network file system, and a disk or a quota that is full: this machine's, or the store's.
#include <gmock/gmock.h>

#include <cerrno>
#include <fstream>
#include <functional>

#include <sqlite3.h>
#include <sys/mount.h>

#include "store/maintenance/rebuild.h"
#include "tests/store/published_fixture.h"

namespace attnsweep::store {
namespace {

using testing::HasSubstr;

using PublishedWithoutRoom = Published;

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
        if (is_mounted) {
            ::umount2(folder_.c_str(), MNT_DETACH);
        }
    }
    void fill() const
    {
        std::ofstream filler(folder_ / "filler");
        for (int i = 0; i < 1000 && filler.flush(); ++i) {
            filler << std::string(4096, 'x');
        }
    }
    bool is_mounted = false;

private:
    fs::path folder_;
};

TEST_F(PublishedWithoutRoom, AFullDiskOfThisMachineIsNamedWithTheRemedy)
{
    const SmallDisk disk(local_);
    if (!disk.is_mounted) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
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
            for (const configs::Trial& trial : sweep_.trials) {
                finish(writer->store, lifelike_result(trial));
            }
            writer->published.publish(writer->store);
        });
    }
    disk.fill();
    expect_told([&] { (void)write(); });
    fs::remove(local_ / "filler");
    EXPECT_GT(write()->store.connection().database().execAndGet("SELECT count(*) FROM attempts").getInt(), 0);
}

TEST_F(PublishedWithoutRoom, AFullDiskOfTheStoreLeavesWhatWasPublished)
{
    const SmallDisk disk(folder_ / "remote");
    if (!disk.is_mounted) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
    path_ = folder_ / "remote" / "results.db";
    files::create_folders(path_.string() + ".d");
    Writer writer(path_, path_.string() + ".d");
    writer.store.record_sweep(sweep_);
    writer.published.publish(writer.store);
    const tests::StoreRows rows = published_rows();
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
    if (!is_over_quota(file)) {
        return ::pwrite(file, bytes, size, at);
    }
    errno = EDQUOT;
    return -1;
}
ssize_t write_with_a_quota(int file, const void* bytes, std::size_t size)
{
    if (!is_over_quota(file)) {
        return ::write(file, bytes, size);
    }
    errno = EDQUOT;
    return -1;
}

TEST_F(PublishedWithoutRoom, AFullQuotaOfThisMachineIsAFullDisk)
{
    const auto writer = write();
    writer->store.record_sweep(sweep_);
    sqlite3_vfs* system = sqlite3_vfs_find("unix-none");
    for (const char* name : {"pwrite", "pwrite64"}) {
        system->xSetSystemCall(system, name, reinterpret_cast<sqlite3_syscall_ptr>(pwrite_with_a_quota));
    }
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

TEST_F(PublishedWithoutRoom, AFullDiskDuringARebuildLeavesTheOldStoreAndGivesTheLeaseBack)
{
    const SmallDisk disk(folder_ / "remote");
    if (!disk.is_mounted) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
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

}  // namespace
}  // namespace attnsweep::store
