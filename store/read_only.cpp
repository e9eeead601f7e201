#include "store/read_only.h"

#include <cctype>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>
#include <unistd.h>

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;

constexpr int reader_timeout_ms = 20'000;

bool is_beside(const fs::path& path, const char* end)
{
    std::error_code none;
    return fs::exists(path.string() + end, none);
}

std::uintmax_t bytes_beside(const fs::path& path, const char* end)
{
    std::error_code none;
    const std::uintmax_t size = fs::file_size(path.string() + end, none);
    return none ? 0 : size;
}

std::string as_uri(const fs::path& path)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string uri = "file:";
    for (const unsigned char byte : fs::absolute(path).string()) {
        if (std::isalnum(byte) || byte == '/' || byte == '.' || byte == '-' || byte == '_') {
            uri += static_cast<char>(byte);
        } else {
            uri += '%';
            uri += digits[byte >> 4];
            uri += digits[byte & 15];
        }
    }
    return uri;
}

SQLite::Database opened(const fs::path& path, const char* how)
{
    return {as_uri(path) + "?mode=ro" + how, SQLite::OPEN_READONLY | SQLite::OPEN_URI, reader_timeout_ms};
}

/// The first access, at which SQLite makes the files it needs.
void read_something(SQLite::Database& database)
{
    (void)database.execAndGet("SELECT count(*) FROM sqlite_schema");
}

/// Whether SQLite could not make or write a file.
bool is_about_files(const SQLite::Exception& failure)
{
    switch (failure.getErrorCode() & 0xff) {
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_IOERR:
    case SQLITE_FULL:
        return true;
    default:
        return false;
    }
}

/// Tells whether the database's header says that it is written through a WAL, and not through a journal.
bool is_in_wal_mode(const fs::path& path)
{
    constexpr std::streamoff version_to_read = 19;
    char version = 0;
    std::ifstream file(path, std::ios::binary);
    return !file.seekg(version_to_read).get(version) || version == 2;
}

/// Tells whether SQLite can make the files it needs for reading, and they would be in nobody's way: files of a user who
/// cannot write the database would keep its owner from writing it.
bool may_make_files(const fs::path& path)
{
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    return ::access(folder.c_str(), W_OK) == 0 && ::access(path.c_str(), W_OK) == 0;
}

}  // namespace

OpenedToRead open_read_only(const fs::path& path, bool stands_still)
{
    const bool makes_none = !may_make_files(path);
    if (makes_none && !stands_still && !is_in_wal_mode(path)) {
        return {{}, opened(path, ""), false};  // reading it makes no files
    }
    if (stands_still || (makes_none && !is_beside(path, "-wal") && !is_beside(path, "-journal"))) {
        return {{}, opened(path, "&immutable=1"), true};
    }
    // A hot journal is SQLite's to judge; a WAL with its index is there already.
    if (!makes_none || bytes_beside(path, "-journal") > 0 || (is_beside(path, "-wal") && is_beside(path, "-shm"))) {
        try {
            FilesOfReading beside(path);
            SQLite::Database database = opened(path, "");
            read_something(database);
            return {std::move(beside), std::move(database), false};
        } catch (const SQLite::Exception& failure) {
            // A process that writes has made the file that could not be made here: so there is none.
            if (!is_about_files(failure) || bytes_beside(path, "-journal") > 0) {
                throw;
            }
        }
    }
    if (bytes_beside(path, "-wal") == 0) {
        return {{}, opened(path, "&immutable=1"), true};
    }
    // The index of the WAL is then kept in memory instead of the file beside it.
    SQLite::Database database = opened(path, "&vfs=unix-none");
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    read_something(database);
    return {{}, std::move(database), true};
}

FilesOfReading::FilesOfReading(const fs::path& path, bool with_all)
    : path_(path), were_there_(!with_all && is_beside(path, "-wal") && is_beside(path, "-shm"))
{
}

FilesOfReading::FilesOfReading(FilesOfReading&& other) noexcept
    : path_(std::exchange(other.path_, {})), were_there_(other.were_there_)
{
}

FilesOfReading::~FilesOfReading()
{
    const bool is_nothing = path_.empty() || (!is_beside(path_, "-wal") && !is_beside(path_, "-shm"));
    if (is_nothing || (were_there_ && bytes_beside(path_, "-wal") > 0)) {
        return;
    }
    if (::access(path_.c_str(), W_OK) != 0) {
        return;
    }
    try {
        // The last connection that may write removes both when it closes, and knows whether it is the last.
        SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
        read_something(database);
    } catch (const std::exception&) {
        return;  // whoever can write the database can write them, too, and removes them
    }
}

}  // namespace attnsweep::store
