#include "store/maintenance/backup.h"

#include <SQLiteCpp/Backup.h>

#include "files/durable_file.h"
#include "files/folders.h"
#include "store/connection.h"
#include "store/journal.h"
#include "store/maintenance/new_store.h"
#include "store/store.h"

namespace attnsweep::store {

namespace fs = std::filesystem;

std::uintmax_t backup(const fs::path& store, const fs::path& out)
{
    refuse_if_there(out);
    Connection source(store, Connection::Access::read);
    files::create_folders(folder_beside(out));
    // The database first: files written afterwards are then a superset of what it refers to.
    files::write_durably(out, [&](const fs::path& temporary) {
        source.translate([&] {
            SQLite::Database copy(temporary.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            SQLite::Backup(copy, source.database()).executeStep(-1);
            copy.exec("PRAGMA journal_mode = DELETE");
        });
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
            if (!fs::exists(attempt->path() / "result.json", inner)) {
                continue;
            }
            const fs::path folder = to / "trials" / trial->path().filename() / attempt->path().filename();
            files::create_folders(folder);
            bytes += copy_one(attempt->path() / "result.json", folder / "result.json");
        }
    }
    bytes += copy_files(from / "pending", to / "pending");
    return bytes;
}

}  // namespace attnsweep::store
