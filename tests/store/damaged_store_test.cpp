// Stores that cannot be used: each refused by name, none changed.
#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "files/durable_file.h"
#include "store/connection.h"
#include "store/file_error.h"
#include "store/migrations.h"
#include "store/reading/results.h"
#include "store/schema.h"
#include "store/store.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::HasSubstr;

class DamagedStoreTest : public testing::Test {
protected:
    void make_store() const
    {
        Store store = Store::open_to_write(path_);
        fill(store, synthetic_sweep());
    }

    template <typename Open> void expect_refused(const Open& open, Error::Kind kind, const std::string& words) const
    {
        try {
            (void)open(path_);
            FAIL() << "opened";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), kind) << error.what();
            EXPECT_THAT(error.what(), HasSubstr(words));
            EXPECT_THAT(error.what(), HasSubstr("results.db"));
        }
    }
    void expect_both_refused(Error::Kind kind, const std::string& words) const
    {
        expect_refused(Store::open_to_read, kind, words);
        expect_refused(Store::open_to_write, kind, words);
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
};

TEST_F(DamagedStoreTest, AMissingStoreSaysWhatToDo)
{
    expect_refused(Store::open_to_read, Error::Kind::missing, "--store");
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(DamagedStoreTest, AMissingFolderIsUnwritable)
{
    path_ = folder_ / "nowhere" / "results.db";
    expect_refused(Store::open_to_write, Error::Kind::unwritable, "nowhere");
}

TEST_F(DamagedStoreTest, AFolderIsNoStoreToAWriterAndPartsToAReader)
{
    std::filesystem::create_directory(path_);
    expect_refused(Store::open_to_write, Error::Kind::not_a_store, "folder");
    expect_refused(Store::open_to_read, Error::Kind::missing, "holds no part of a sweep");
}

TEST_F(DamagedStoreTest, AnUnwritableStoreIsRefusedToWritersAndReadByReaders)
{
    make_store();
    chmod(folder_.path().c_str(), 0555);
    chmod(path_.c_str(), 0444);
    // Root may write anywhere, so a child without its rights tries.
    EXPECT_EXIT(
        {
            if (geteuid() == 0 && setuid(65534) != 0) {
                _exit(2);
            }
            try {
                Store::open_to_write(path_);
                _exit(3);
            } catch (const Error& error) {
                if (error.kind() != Error::Kind::unwritable) {
                    _exit(4);
                }
            }
            try {
                _exit(read_results(Store::open_to_read(path_), "", Weights::last).configurations.size() == 10 ? 0 : 5);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "%s\n", error.what());
                _exit(6);
            }
        },
        testing::ExitedWithCode(0), "");
    chmod(folder_.path().c_str(), 0755);
}

TEST_F(DamagedStoreTest, AStoreCutShortIsNotReadAsIfItsRestWereZeros)
{
    make_store();
    std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 905);
    expect_both_refused(Error::Kind::damaged, "cut short");
}

TEST_F(DamagedStoreTest, TextIsNotADatabase)
{
    files::write_durably(path_, "these are no results, though there are enough bytes here to look at");
    expect_both_refused(Error::Kind::not_a_store, "not an SQLite database");
}

TEST_F(DamagedStoreTest, AnotherProgramsDatabaseIsLeftAlone)
{
    {
        SQLite::Database other(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        other.exec("CREATE TABLE recipes (name TEXT)");
    }
    const std::string before = files::read_file(path_);
    expect_both_refused(Error::Kind::not_a_store, "not a results store");
    EXPECT_EQ(files::read_file(path_), before);
}

TEST_F(DamagedStoreTest, ANewerStoreIsRefusedByNameAndLeftAlone)
{
    make_store();
    {
        SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
        database.exec("PRAGMA journal_mode = DELETE");
        database.exec("PRAGMA user_version = " + std::to_string(schema_version + 1));
    }
    const std::string before = files::read_file(path_);
    expect_both_refused(Error::Kind::newer, "made by a newer attnsweep");
    EXPECT_EQ(files::read_file(path_), before);
}

TEST_F(DamagedStoreTest, ACutFileIsDamaged)
{
    make_store();
    std::filesystem::resize_file(path_, 3000);
    expect_refused(Store::open_to_read, Error::Kind::damaged, "rebuilt");
}

TEST_F(DamagedStoreTest, OverwrittenPagesAreDamaged)
{
    make_store();
    std::string bytes = files::read_file(path_);
    for (std::size_t i = 4096; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(i * 7);
    }
    files::write_durably(path_, bytes);
    try {
        (void)read_results(Store::open_to_read(path_), "", Weights::last);
        FAIL() << "read";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::damaged) << error.what();
    }
}

TEST_F(DamagedStoreTest, AnEmptyFileIsNewToAWriterAndNothingToAReader)
{
    files::write_durably(path_, "");
    expect_refused(Store::open_to_read, Error::Kind::not_a_store, "nothing was ever recorded");
    EXPECT_NO_THROW(Store::open_to_write(path_));
}

TEST_F(DamagedStoreTest, ANewStoreHasTheNewestVersion)
{
    make_store();
    SQLite::Database database(path_.string());
    EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), schema_version);
    EXPECT_EQ(database.execAndGet("PRAGMA application_id").getInt(), application_id);
    EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST_F(DamagedStoreTest, EveryColumnIsExplained)
{
    const std::string schema = schema_sql();
    std::size_t columns = 0;
    bool inside = false;
    for (std::size_t at = 0; at < schema.size();) {
        const std::size_t end = schema.find('\n', at);
        const std::string line = schema.substr(at, end - at);
        at = end + 1;
        if (line.starts_with("CREATE TABLE")) {
            inside = true;
        } else if (line.starts_with(")")) {
            inside = false;
        } else if (inside && line.find("    UNIQUE (") != 0 && line.find("    PRIMARY KEY (") != 0) {
            ++columns;
            EXPECT_THAT(line, HasSubstr("-- "));
        }
    }
    EXPECT_GT(columns, 50U);
}

TEST(FileSystem, AFullDiskOrQuotaIsNoSpace)
{
    for (const int code : {ENOSPC, EDQUOT}) {
        EXPECT_EQ(kind_of_file_error(files::Error("table2.md", "cannot be written", code)), Error::Kind::no_space);
    }
    EXPECT_EQ(kind_of_file_error(files::Error("table2.md", "cannot be written", EACCES)), Error::Kind::unwritable);
    // SQLite knows ENOSPC as SQLITE_FULL (13), a quota as any other input or output error (10).
    const auto kind = [](int code, int system_error) {
        return Connection::error_of("results.db", SQLite::Exception("disk I/O error", code), system_error).kind();
    };
    EXPECT_EQ(kind(13, 0), Error::Kind::no_space);
    EXPECT_EQ(kind(10, EDQUOT), Error::Kind::no_space);
    EXPECT_EQ(kind(10, ENOSPC), Error::Kind::no_space) << "a sync met it";
    EXPECT_EQ(kind(14, ENOSPC), Error::Kind::no_space) << "SQLITE_CANTOPEN: a new file met it";
    EXPECT_EQ(kind(10, EIO), Error::Kind::failed);
}

}  // namespace
}  // namespace attnsweep::store
