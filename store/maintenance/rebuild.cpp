#include "store/maintenance/rebuild.h"

#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "files/lease.h"
#include "store/maintenance/kept_results.h"
#include "store/maintenance/scratch_database.h"
#include "store/maintenance/store_files.h"
#include "store/published_store.h"
#include "store/read_only.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;

fs::path free_name_beside(const fs::path& store)
{
    for (int i = 1;; ++i) {
        fs::path name = store.string() + ".before-" + std::to_string(i);
        if (!fs::exists(name) && !fs::exists(name.string() + "-wal")) {
            return name;
        }
    }
}

/// Keeps the old store under another name. The old file stays in place until the new one replaces it, so that a store
/// exists whatever fails.
class KeptAside {
public:
    explicit KeptAside(fs::path store) : store_(std::move(store)) {}
    ~KeptAside()
    {
        if (is_replaced_ || name_.empty()) {
            return;
        }
        std::error_code ignored;
        fs::remove(name_, ignored);
        for (const char* part : beside) {
            fs::rename(name_.string() + part, store_.string() + part, ignored);
        }
    }
    KeptAside(const KeptAside&) = delete;
    KeptAside& operator=(const KeptAside&) = delete;

    /// Throws Error, files::Error.
    void keep()
    {
        const bool is_there = fs::exists(store_);
        if (!is_there && !fs::exists(store_.string() + "-wal")) {
            return;
        }
        name_ = free_name_beside(store_);
        std::error_code code;
        if (is_there) {
            fs::create_hard_link(store_, name_, code);
        }
        if (code) {
            files::write_durably(name_, files::read_file(store_));
        }
        // A WAL must move with its store: without it the store would lack its last rows, and the new store would apply
        // it.
        for (const char* part : beside) {
            fs::rename(store_.string() + part, name_.string() + part, code);
            if (code && code != std::errc::no_such_file_or_directory) {
                throw Error(Error::Kind::unwritable,
                            store_.string() + part + " cannot be moved aside: " + code.message());
            }
        }
    }

    /// Returns the name of the old store, which is then one file if it can be read; empty if there was none.
    fs::path replaced()
    {
        is_replaced_ = true;
        if (!name_.empty() && fs::exists(name_)) {
            const FilesOfReading wal_and_index(name_, true);
        }
        return name_;
    }

private:
    static constexpr const char* beside[] = {"-wal", "-journal", "-shm"};
    fs::path store_, name_;
    bool is_replaced_ = false;
};

}  // namespace

Rebuilt rebuild(const fs::path& store, files::Lease* lease, MissingResults missing)
{
    const fs::path folder = folder_beside(store);
    const std::vector<AttemptKey> kept =
        missing == MissingResults::refuse ? results_in_place(store) : std::vector<AttemptKey>();
    const StoreFiles files = read_store_files(folder);
    Rebuilt rebuilt;
    rebuilt.damaged = files.damaged;
    rebuilt.revisions = static_cast<int>(files.revisions.size());
    if (files.revisions.empty() && !kept.empty()) {
        throw would_lose(store, kept.size(), kept);
    }
    if (!fs::is_directory(folder)) {
        throw Error(Error::Kind::missing,
                    folder.string() +
                        " is not there: a store is rebuilt from the files in it. Name the store with --store");
    }
    if (files.revisions.empty()) {
        throw Error(Error::Kind::missing,
                    folder.string() + " describes no sweep (revisions/ is empty), so nothing can be rebuilt from "
                                      "it. Run the sweep on this store again: its results are imported");
    }
    std::optional<LiveFolder> local;
    if (is_published(store)) {
        local.emplace(store);
    }
    const ScratchDatabase scratch(local ? local->path() / "rebuilt.db"
                                        : fs::path(store.string() + ".rebuilt-" + std::to_string(::getpid())));
    {
        Connection connection(scratch.path(), Connection::Access::write);
        connection.stop_journal();
        rebuilt.strangers = fill_from_files(connection, files, folder);
        if (const std::vector<AttemptKey> lost = results_lost(kept, connection); !lost.empty()) {
            throw would_lose(store, kept.size(), lost);
        }
        connection.translate([&] {
            rebuilt.attempts = connection.database().execAndGet("SELECT count(*) FROM attempts").getInt();
            rebuilt.done = connection.database()
                               .execAndGet("SELECT count(*) FROM trials WHERE done_attempt_id IS NOT NULL")
                               .getInt();
            // Without WAL the database is one complete file, which can be renamed.
            connection.database().exec("PRAGMA journal_mode = DELETE");
        });
    }
    if (lease != nullptr) {
        lease->check();
    }
    KeptAside aside(store);
    if (local && lease != nullptr) {
        publish_file(scratch.path(), store, *lease, [&] { aside.keep(); });
    } else {
        files::write_durably(store, [&](const fs::path& temporary) {
            if (local) {
                fs::copy_file(scratch.path(), temporary);
            } else {
                fs::rename(scratch.path(), temporary);
            }
            aside.keep();
        });
    }
    rebuilt.kept_aside = aside.replaced();
    return rebuilt;
}

}  // namespace attnsweep::store
