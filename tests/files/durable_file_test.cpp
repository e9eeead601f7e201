#include "files/burst.h"
#include "files/durable_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <tuple>

#include <sys/resource.h>

#include "files/checksum.h"
#include "files/error.h"
#include "tests/temporary_folder.h"

namespace attnsweep::files {
namespace {

using ::testing::HasSubstr;
using tests::TemporaryFolder;

std::ptrdiff_t entries(const std::filesystem::path& folder)
{
    return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

TEST(WriteDurably, ReplacesTheFileAndLeavesNothingElse)
{
    const TemporaryFolder folder;
    write_durably(folder / "a", std::string_view("one"));
    write_durably(folder / "a", std::string_view("two\0three", 9));
    EXPECT_EQ(read_file(folder / "a"), std::string("two\0three", 9));
    EXPECT_EQ(entries(folder.path()), 1);
}

TEST(WriteDurably, AFailedWriteKeepsTheOldFile)
{
    const TemporaryFolder folder;
    write_durably(folder / "a", std::string_view("old"));
    EXPECT_THROW(write_durably(folder / "a",
                               [](const std::filesystem::path& temporary) {
                                   std::ofstream(temporary) << "half";
                                   throw std::runtime_error("the writer gave up");
                               }),
                 std::runtime_error);
    EXPECT_EQ(read_file(folder / "a"), "old");
    EXPECT_EQ(entries(folder.path()), 1);
}

TEST(WriteDurably, NamesTheFileAndTheReason)
{
    try {
        write_durably("/nonexistent-folder/a", std::string_view("x"));
        FAIL() << "expected an error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("/nonexistent-folder/a"));
        EXPECT_EQ(error.code(), ENOENT);
    }
}

TEST(WriteDurably, ADiskThatIsFullIsSaidAsSuchAndKeepsTheOldFile)
{
    const TemporaryFolder folder;
    write_durably(folder / "a", std::string_view("old"));
    // A limit on the size of files makes the write fail in its middle, as a full disk does.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 4096;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_THROW(write_durably(folder / "a", std::string(10000, 'x')), Error);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old_handler);
    EXPECT_EQ(read_file(folder / "a"), "old");
    EXPECT_EQ(entries(folder.path()), 1);
    const Error full("/data/x", "cannot be written", ENOSPC);
    EXPECT_THAT(full.what(), HasSubstr("No space left on device"));
    EXPECT_THAT(full.what(), HasSubstr("free some space"));
}

TEST(ReadFile, AMissingFileAndAFolder)
{
    const TemporaryFolder folder;
    EXPECT_THROW(read_file(folder / "none"), Error);
    EXPECT_THROW(read_file(folder.path()), Error);
}

TEST(Checked, RoundTrip)
{
    const TemporaryFolder folder;
    const std::string bytes(100000, 'x');
    write_checked(folder / "a", bytes);
    EXPECT_EQ(read_checked(folder / "a"), bytes);
    write_checked(folder / "empty", "");
    EXPECT_EQ(read_checked(folder / "empty"), "");
}

TEST(Checked, EveryTruncationAndEveryChangedByteIsSeen)
{
    const TemporaryFolder folder;
    write_checked(folder / "a", "some bytes worth keeping");
    const std::string whole = read_file(folder / "a");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write_durably(folder / "b", std::string_view(whole).substr(0, size));
        EXPECT_THROW(read_checked(folder / "b"), Error) << size;
        std::string changed = whole;
        changed[size] = static_cast<char>(changed[size] ^ 1);
        write_durably(folder / "b", std::string_view(changed));
        EXPECT_THROW(read_checked(folder / "b"), Error) << size;
    }
}

TEST(RemoveDurably, IsContentWhenNothingIsThere)
{
    const TemporaryFolder folder;
    write_durably(folder / "a", std::string_view("x"));
    remove_durably(folder / "a");
    remove_durably(folder / "a");
    EXPECT_EQ(entries(folder.path()), 0);
}

TEST(CreateFolders, MakesParentsAndSaysWhatStandsInTheWay)
{
    const TemporaryFolder folder;
    create_folders(folder / "a/b/c");
    create_folders(folder / "a/b/c");
    EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b/c"));
    write_durably(folder / "file", std::string_view("x"));
    EXPECT_THROW(create_folders(folder / "file/d"), Error);
    EXPECT_THROW(create_folders(folder / "file"), Error);
    std::filesystem::create_symlink("loop", folder / "loop");  // can be neither made nor looked at
    EXPECT_THROW(create_folders(folder / "loop/d"), Error);
}

TEST(WriteAtomically, ReplacesTheFileAndLeavesNothingElse)
{
    const TemporaryFolder folder;
    write_atomically(folder / "a", "one");
    write_atomically(folder / "a", "two");
    EXPECT_EQ(read_file(folder / "a"), "two");
    EXPECT_EQ(entries(folder.path()), 1);
    EXPECT_THROW(write_atomically(folder / "no" / "a", "x"), Error);
    EXPECT_THROW(write_atomically(folder.path(), "x"), Error) << "a folder has that name";
    EXPECT_EQ(entries(folder.path()), 1);
}

TEST(LinkAtomically, IsTheSameFileUnderASecondNameInPlaceOfWhatWasThere)
{
    const TemporaryFolder folder;
    write_durably(folder / "a", std::string_view("result"));
    write_durably(folder / "b", std::string_view("older"));
    link_atomically(folder / "a", folder / "b");
    EXPECT_EQ(read_file(folder / "b"), "result");
    EXPECT_TRUE(std::filesystem::equivalent(folder / "a", folder / "b"));
    link_atomically(folder / "a", folder / "b");  // again changes nothing, and leaves nothing
    EXPECT_EQ(entries(folder.path()), 2);
    EXPECT_THROW(link_atomically(folder / "missing", folder / "c"), Error);
    EXPECT_THROW(link_atomically(folder / "a", folder / "no" / "c"), Error);
    EXPECT_EQ(entries(folder.path()), 2);
}

TEST(LinkAtomically, IsACopyWhereTheFileSystemCannotLink)
{
    const TemporaryFolder folder;
    const TemporaryFolder other("/dev/shm");  // another file system: no link leads there
    write_durably(folder / "a", std::string_view("result"));
    link_atomically(folder / "a", other / "a");
    EXPECT_EQ(read_file(other / "a"), "result");
    EXPECT_EQ(entries(other.path()), 1);
}

TEST(WriteDurably, SeveralTogetherAndNothingStaysOfThoseThatCannotBe)
{
    const TemporaryFolder folder;
    create_folders(folder / "a");
    create_folders(folder / "b");
    create_folders(folder / "in-the-way/x");
    const std::vector<NewFile> files = {{folder / "a/1", "one"}, {folder / "a/2", "two"}, {folder / "b/1", ""}};
    write_durably(files);
    EXPECT_EQ(read_file(folder / "a/1"), "one");
    EXPECT_EQ(read_file(folder / "a/2"), "two");
    EXPECT_EQ(read_file(folder / "b/1"), "");
    EXPECT_EQ(entries(folder / "a"), 2);
    write_durably(std::vector<NewFile>{});

    const std::vector<NewFile> bad = {{folder / "a/1", "1"}, {folder / "in-the-way", "2"}, {folder / "a/3", "3"}};
    try {
        write_durably(bad);
        FAIL() << "a folder was replaced by a file";
    } catch (const Error& error) {
        EXPECT_EQ(error.path(), folder / "in-the-way");
    }
    EXPECT_EQ(read_file(folder / "a/1"), "1") << "in place before the other failed";
    EXPECT_EQ(entries(folder / "a"), 2) << "a temporary file stays";
    EXPECT_EQ(entries(folder.path()), 3);
    EXPECT_THROW(write_durably(std::vector<NewFile>{{folder / "c/1", "x"}, {folder / "a/4", "x"}}), Error);
    EXPECT_EQ(entries(folder / "a"), 2);
}

TEST(WriteBurstDurably, ManyEachInAFolderOfItsOwn)
{
    const TemporaryFolder folder;
    std::vector<NewFile> files;
    for (int i = 0; i < 20; ++i) {
        create_folders_unsynced(folder / std::to_string(i) / "attempt-1");
        files.push_back({folder / std::to_string(i) / "attempt-1" / "result.json", "result"});
    }
    write_burst_durably(std::vector<NewFile>{}, folder.path());
    write_burst_durably(files, folder.path());
    for (const NewFile& file : files) {
        EXPECT_EQ(read_file(file.path), file.bytes);
        EXPECT_EQ(entries(file.path.parent_path()), 1);
    }
    files.push_back({folder / "none" / "result.json", ""});
    EXPECT_THROW(write_burst_durably(files, folder.path()), Error);
    EXPECT_EQ(entries(folder / "0/attempt-1"), 1) << "a temporary file stays";
}

TEST(CopyFile, SaysWhatItCopiedAndNamesWhatItCannot)
{
    const TemporaryFolder folder;
    const std::string bytes(3 << 20, 'x');  // more than a piece
    write_durably(folder / "a", bytes);
    const CopiedFile copied = copy_file(folder / "a", folder / "b", true);
    EXPECT_EQ(read_file(folder / "b"), bytes);
    EXPECT_EQ(copied, (CopiedFile{crc32c(bytes.data(), bytes.size()), bytes.size()}));
    EXPECT_EQ(copy_file(folder / "b", folder / "a", false), copied);
    write_durably(folder / "a", std::string_view(""));
    EXPECT_EQ(copy_file(folder / "a", folder / "b", true), CopiedFile{}) << "something of the old one stayed";
    for (const auto& [from, to, named] : {std::tuple("none", "b", "none"), std::tuple("a", "none/b", "none/b")}) {
        try {
            copy_file(folder / from, folder / to, true);
            FAIL() << from << " was copied to " << to;
        } catch (const Error& error) {
            EXPECT_EQ(error.path(), folder / named);
        }
    }
}

TEST(SyncFolders, GoesUpToTheTopAndNamesAFolderThatIsNotThere)
{
    const TemporaryFolder folder;
    create_folders_unsynced(folder / "a/b/c");
    EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b/c"));
    sync_folders(folder / "a/b/c", folder.path());
    try {
        sync_folders(folder / "a/x/c", folder.path());
        FAIL() << "a/x is not there";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("a/x"));
    }
}

TEST(ReadFile, ADeviceIsRefusedSinceItMayHaveNoEnd)
{
    try {
        files::read_file("/dev/full");
        FAIL() << "read to its end";
    } catch (const files::Error& error) {
        EXPECT_NE(std::string(error.what()).find("is a device, a file was expected"), std::string::npos);
    }
}

}  // namespace
}  // namespace attnsweep::files
