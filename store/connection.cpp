#include "store/connection.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <system_error>

#include <fcntl.h>
#include <pwd.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configs/shell_word.h"
#include "files/disk_full.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "files/file_system.h"
#include "store/file_error.h"
#include "store/migrations.h"
#include "store/published_store.h"
#include "store/store.h"

namespace attnsweep::store {

namespace {

constexpr int busy_timeout_ms = 20'000;

std::string words_of(int code)
{
    return std::system_category().message(code);
}

std::filesystem::path folder_of(const std::filesystem::path& path)
{
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::string owner_of(const std::string& file)
{
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        return "another user";
    }
    const passwd* const user = ::getpwuid(status.st_uid);
    return (user == nullptr ? std::string() : std::string(user->pw_name) + ", ") + "uid " +
           std::to_string(status.st_uid);
}

/// Throws if a file that SQLite keeps beside the database is another user's, so that it cannot be written.
void check_files_beside(const std::filesystem::path& path)
{
    for (const char* end : {"-wal", "-shm", "-journal"}) {
        const std::string file = path.string() + end;
        if (::access(file.c_str(), R_OK | W_OK) == 0 || errno != EACCES) {
            continue;
        }
        std::error_code none;
        const std::uintmax_t rows = std::filesystem::file_size(path.string() + "-wal", none);
        const bool has_rows = std::string_view(end) == "-journal" || (!none && rows > 0);
        std::string others = configs::shell_path(path.string());
        others += "-wal " + others + "-shm";
        throw Error(Error::Kind::unwritable,
                    "the store " + path.string() + " cannot be written, since " + file + " cannot: it belongs to " +
                        owner_of(file) + ". " +
                        (has_rows ? "It may hold rows of the store, so it must stay: let its owner give you write "
                                    "permission (chmod u+rw, or chgrp and chmod g+rw, " +
                                        configs::shell_path(file) + ")"
                                  : "A reader has left it, and it holds nothing: once no program of that user reads "
                                    "the store, rm -f " +
                                        others));
    }
}

/// Throws if the process has too many files open, for which SQLite has no words of its own.
void check_descriptors(const std::filesystem::path& path)
{
    constexpr int at_once = 4;  // the database, its WAL, the WAL's index, and a folder to sync
    std::array<int, at_once> descriptors{};
    int code = 0;
    for (int& descriptor : descriptors) {
        // Not the database: closing it would give up the locks that this process has on it.
        descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        code = descriptor < 0 ? errno : code;
    }
    for (const int descriptor : descriptors) {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }
    if (files::is_out_of_descriptors(code)) {
        throw Error(Error::Kind::unwritable, files::Error(path, "cannot be opened", code).what());
    }
}

/// Finds out why a store cannot be opened, since SQLite reports "unable to open database file" for all of these causes.
void check_openable(const std::filesystem::path& path, Connection::Access access)
{
    using Kind = Error::Kind;
    const bool writes = access == Connection::Access::write;
    std::error_code code;
    const std::filesystem::file_status status = std::filesystem::status(path, code);
    if (code == std::errc::too_many_symbolic_link_levels) {
        throw Error(Kind::unwritable, files::Error(path, "cannot be opened", ELOOP).what());
    }
    if (std::filesystem::is_directory(status)) {
        throw Error(Kind::not_a_store, path.string() + " is a folder; a store is a file such as results.db (--store)");
    }
    if (!std::filesystem::exists(status)) {
        if (!writes) {
            if (::access(folder_of(path).c_str(), X_OK) != 0 && errno == EACCES) {
                throw Error(Kind::unwritable, path.string() + ": its folder cannot be entered: " + words_of(EACCES));
            }
            throw Error(Kind::missing,
                        "no results store at " + path.string() +
                            ". Run a sweep first (attnsweep run ... --store FILE), or name an existing one with "
                            "--store or ATTNSWEEP_STORE");
        }
        if (!std::filesystem::is_directory(folder_of(path), code)) {
            throw Error(Kind::unwritable, "the store " + path.string() + " cannot be made: the folder " +
                                              folder_of(path).string() +
                                              " does not exist. Make it, or name another store with --store");
        }
        if (::access(folder_of(path).c_str(), W_OK) != 0) {
            const int reason = errno;
            throw Error(Kind::unwritable, "the store " + path.string() + " cannot be made: the folder " +
                                              folder_of(path).string() + " cannot be written: " + words_of(reason) +
                                              ". Change its permissions, or name another store with --store");
        }
        return;
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw Error(Kind::not_a_store,
                    path.string() + " is a pipe or a device; a store is a file such as results.db (--store)");
    }
    if (::access(path.c_str(), writes ? R_OK | W_OK : R_OK) != 0) {
        const int reason = errno;
        throw Error(Kind::unwritable, "the store " + path.string() + " cannot be " + (writes ? "written" : "read") +
                                          ": " + words_of(reason) +
                                          (reason == EROFS ? ". Name a store on another file system with --store"
                                                           : ". Change its permissions, or name another store with "
                                                             "--store"));
    }
    if (writes && ::access(folder_of(path).c_str(), W_OK) != 0) {
        const int reason = errno;
        throw Error(Kind::unwritable, "the store " + path.string() +
                                          " cannot be written: SQLite needs to make files beside it, and " +
                                          folder_of(path).string() + " cannot be written: " + words_of(reason));
    }
    if (writes) {
        check_files_beside(path);
    }
}

Error damaged(const std::string& path, const std::string& words)
{
    return {Error::Kind::damaged,
            "the store " + path + " is damaged: " + words + ". The trials' own results are safe in " + path +
                ".d: move the store aside and run the sweep again with the same --store, it is rebuilt from them"};
}

/// Returns the database's size in bytes according to its header (https://www.sqlite.org/fileformat.html, 1.3); 0:
/// unknown.
std::uint64_t size_in_header(const std::filesystem::path& path)
{
    std::array<unsigned char, 100> header{};
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(header.data()), header.size()) ||
        std::memcmp(header.data(), "SQLite format 3", 16) != 0) {
        return 0;
    }
    const auto number = [&](std::size_t at, std::size_t size) {
        std::uint64_t value = 0;
        for (std::size_t i = at; i < at + size; ++i) {
            value = value << 8 | header.at(i);
        }
        return value;
    };
    // Written by an SQLite that counts pages when both counters agree.
    return number(24, 4) == number(92, 4) ? number(28, 4) * (number(16, 2) == 1 ? 65536 : number(16, 2)) : 0;
}

/// Throws if the file is cut short: SQLite would read the missing part of a page as zeros, so rows would silently
/// differ. With a WAL or a journal beside it the file may legitimately be shorter.
void check_length(const std::filesystem::path& path)
{
    const auto size_of = [](const std::string& name) {
        std::error_code none;
        const std::uint64_t size = std::filesystem::file_size(name, none);
        return none ? 0 : size;
    };
    const auto is_cut_short = [&] {
        const std::string name = path.string();
        return size_of(name) < size_in_header(path) && size_of(name + "-wal") == 0 && size_of(name + "-journal") == 0;
    };
    if (is_cut_short() && is_cut_short()) {  // a writer may just have ended in between
        throw damaged(path.string(), "it is cut short");
    }
}

/// SQLite speaks of a readonly database when a killed writer's journal must be rolled back before anything can be read.
Error unreadable(const std::filesystem::path& path, const SQLite::Exception& failure)
{
    std::error_code none;
    const std::string journal = path.string() + "-journal";
    if (std::filesystem::file_size(journal, none) > 0 && !none && ::access(folder_of(path).c_str(), W_OK) != 0) {
        return {Error::Kind::unwritable,
                "the store " + path.string() +
                    " was being written when its writer was killed, and "
                    "what it left in " +
                    journal +
                    " cannot be undone in a folder that cannot "
                    "be written. Copy both files into another folder and name the copy with --store"};
    }
    return Connection::error_of(path.string(), failure);
}

OpenedToRead open_checked(const std::filesystem::path& path, Connection::Access access)
{
    check_openable(path, access);
    if (access == Connection::Access::write && !std::filesystem::exists(path)) {
        // An empty file is an empty database. For a full disk SQLite would only report that it cannot open the file.
        try {
            files::write_durably(path, std::string_view());
        } catch (const files::Error& failure) {
            throw Error(kind_of_file_error(failure), std::string("the store cannot be made: ") + failure.what());
        }
    }
    check_length(path);
    try {
        if (access == Connection::Access::write) {
            return {{}, {path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout_ms}, false};
        }
        return open_read_only(path, access == Connection::Access::read_standing_still ||
                                        (is_published(path) && !std::filesystem::exists(path.string() + "-wal") &&
                                         !std::filesystem::exists(path.string() + "-journal")));
    } catch (const SQLite::Exception& failure) {
        check_descriptors(path);
        throw access == Connection::Access::write ? Connection::error_of(path.string(), failure)
                                                  : unreadable(path, failure);
    }
}

}  // namespace

Connection::Connection(const std::filesystem::path& path, Access access)
    : path_(path.string()), opened_(open_checked(path, access))
{
    translate([&] {
        opened_.database.exec("PRAGMA foreign_keys = ON");
        if (access != Access::write) {
            opened_.database.exec("PRAGMA query_only = ON");
            check_version(opened_.database, path_, access != Access::read);
            if (is_older(opened_.database)) {
                opened_.database = newest_copy(opened_.database, path_);
                is_copy_ = true;
                opened_.database.exec("PRAGMA query_only = ON");
            }
            return;
        }
        check_version(opened_.database, path_, true);
        opened_.database.exec(files::on_network_file_system(path) ? "PRAGMA journal_mode = DELETE"
                                                                  : "PRAGMA journal_mode = WAL");
        // A pending file is removed after its row's commit, so the commit must be on the disk by then.
        opened_.database.exec("PRAGMA synchronous = EXTRA");
        bring_up_to_date(opened_.database, path_);
        has_name_ = !has_moved();  // a scratch file may have none
        journal_ = std::make_unique<Journal>(Journal::path_in(folder_beside(path_)));
    });
}

Connection::Connection(std::string path, SQLite::Database database)
    : path_(std::move(path)), opened_{{}, std::move(database), false}
{
}

Connection::Use Connection::statement(std::string_view sql)
{
    const auto [place, is_new] = statements_.try_emplace(std::string(sql), opened_.database, std::string(sql));
    if (!is_new) {
        place->second.clearBindings();
    }
    return Use(place->second);
}

bool Connection::has_moved()
{
    int moved = 0;
    if (sqlite3_file_control(opened_.database.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK ||
        moved == 0) {
        return false;
    }
    // SQLite takes any failure to look at the file for a move.
    struct stat status{};
    return ::stat(path_.c_str(), &status) == 0 || errno == ENOENT;
}

void Connection::commit(SQLite::Transaction& transaction)
{
    if (check_) {
        check_();
    }
    if (has_name_ && has_moved()) {
        throw Error(Error::Kind::missing,
                    "the store " + path_ +
                        " was removed, renamed or replaced while it was open, so no more is written to it. Results are "
                        "kept in " +
                        folder_beside(path_).string() +
                        ": put the store back; or, without it, run the same command again, which rebuilds it; or, with "
                        "another in its place, attnsweep store rebuild --store " +
                        configs::shell_path(path_));
    }
    if (journal_) {
        journal_->write();
    }
    transaction.commit();
}

Error Connection::error_now(const SQLite::Exception& failure) const
{
    Error error = error_of(path_, failure, sqlite3_system_errno(opened_.database.getHandle()));
    if (error.kind() == Error::Kind::no_space && !when_full_.empty()) {
        return {Error::Kind::no_space, when_full_};
    }
    return error;
}

Error Connection::error_of(const std::string& path, const SQLite::Exception& failure, int system_error)
{
    using Kind = Error::Kind;
    const std::string words = std::string(": ") + failure.what();
    const std::string reason = system_error == 0 ? std::string() : " (" + words_of(system_error) + ")";
    // SQLITE_FULL is reported only if a write failed: not for a sync, a new file or a quota.
    const int code = failure.getErrorCode() & 0xff;  // the extended code of a backup has more bits
    const bool is_full = (code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && files::is_disk_full(system_error);
    switch (is_full ? SQLITE_FULL : code) {
    case SQLITE_NOTADB:
        return {Kind::not_a_store,
                path + " is not an SQLite database, so not a results store. Name another with --store"};
    case SQLITE_CORRUPT:
        return damaged(path, failure.what());
    case SQLITE_FULL:
        if (system_error == EFBIG) {
            return {Kind::no_space,
                    "the store " + path + " cannot grow: " + words_of(EFBIG) + ": " + files::file_size_remedy};
        }
        return {Kind::no_space,
                "no space left on the disk of the store " + path + ". Free some and run the same command again"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {Kind::busy,
                "the store " + path + " is held by another process" + words +
                    ". Try again; if that process is stopped, continue it (kill -CONT PID) or end it first"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        if (system_error == EROFS) {
            return {Kind::unwritable, "the store " + path + " cannot be written: " + words_of(EROFS) +
                                          ": name one on another file system with --store"};
        }
        return {Kind::unwritable, "the store " + path + " cannot be opened or written" + words + reason};
    case SQLITE_IOERR:
        return {Kind::failed, "reading or writing the store " + path + " failed" + words + reason};
    default:
        return {Kind::failed, "the store " + path + words};
    }
}

void bind_number(SQLite::Statement& statement, int index, double value)
{
    if (std::isfinite(value)) {
        statement.bind(index, value);
    } else {
        statement.bind(index);
    }
}

double number_in(const SQLite::Column& column)
{
    return column.isNull() ? std::numeric_limits<double>::quiet_NaN() : column.getDouble();
}

}  // namespace attnsweep::store
