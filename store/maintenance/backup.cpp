#include "store/maintenance/backup.h"

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>

#include "files/durable_file.h"
#include "files/folders.h"
#include "store/connection.h"
#include "store/journal.h"
#include "store/maintenance/new_store.h"
#include "store/store.h"

namespace attnsweep::store {

namespace fs = std::filesystem;

namespace {

/// errno of the last call on the database's file that failed; 0: none has.
int last_error_of(SQLite::Database& database)
{
    int code = 0;
    sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_LAST_ERRNO, &code);
    return code != 0 ? code : sqlite3_system_errno(database.getHandle());
}

/// Copies the database into the file `temporary`, which becomes `out`. Throws SQLite::Exception if `source` cannot be
/// read, Error naming `out` if the copy cannot be written.
void copy_database(SQLite::Database& source, const fs::path& temporary, const fs::path& out)
{
    files::write_unsynced(temporary, {});  // SQLite's own would not be the group's, whatever the umask
    SQLite::Database copy(temporary.string(), SQLite::OPEN_READWRITE);
    try {
        // No other process opens it, so its WAL needs no index in a file.
        copy.exec("PRAGMA locking_mode = EXCLUSIVE");
        SQLite::Backup pages(copy, source);
        if (const int code = pages.executeStep(-1); code != SQLITE_DONE) {
            throw SQLite::Exception(source.getHandle(), code);
        }
    } catch (const SQLite::Exception& failure) {
        // A full disk is the copy's: reading needs no room.
        const Error error = Connection::error_of(out.string(), failure, last_error_of(copy));
        if (error.kind() == Error::Kind::no_space || last_error_of(copy) != 0) {
            throw error;
        }
        throw;
    }
    try {
        copy.exec("PRAGMA journal_mode = DELETE");
    } catch (const SQLite::Exception& failure) {
        throw Connection::error_of(out.string(), failure, last_error_of(copy));
    }
}

std::uintmax_t copy_store(const fs::path& store, const fs::path& out)
{
    Connection source(store, Connection::Access::read);
    files::create_folders(folder_beside(out));
    // The database first: files written afterwards are then a superset of what it refers to.
    files::write_durably(out, [&](const fs::path& temporary) {
        source.translate([&] { copy_database(source.database(), temporary, out); });
    });
    std::uintmax_t bytes = fs::file_size(out);
    const fs::path from = folder_beside(store), to = folder_beside(out);
    bytes += copy_files(from / "revisions", to / "revisions");
    bytes += copy_files(from / "annotations", to / "annotations");
    if (fs::exists(Journal::path_in(from))) {
        bytes += copy_one(Journal::path_in(from), Journal::path_in(to));
    }
    std::error_code code;
    for (fs::directory_iterator trial(from / "trials", code), end; !code && trial != end; trial.increment(code)) {
        std::error_code inner;
        for (fs::directory_iterator attempt(trial->path(), inner); !inner && attempt != end; attempt.increment(inner)) {
            std::error_code none;
            if (!fs::exists(attempt->path() / "result.json", none)) {
                continue;
            }
            const fs::path folder = to / "trials" / trial->path().filename() / attempt->path().filename();
            files::create_folders(folder);
            bytes += copy_one(attempt->path() / "result.json", folder / "result.json");
        }
        require_listed(trial->path(), inner);
    }
    require_listed(from / "trials", code);
    bytes += copy_files(from / "pending", to / "pending");
    return bytes;
}

}  // namespace

std::uintmax_t backup(const fs::path& store, const fs::path& out)
{
    std::uintmax_t bytes = 0;
    make_new_store(out, [&] { bytes = copy_store(store, out); });
    return bytes;
}

}  // namespace attnsweep::store
