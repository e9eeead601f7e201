#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "files/lease.h"
#include "store/store.h"

namespace attnsweep::store {

/// Tells whether the store is on a network file system and therefore published. SQLite's WAL does not work there, and
/// in its rollback mode readers and the writer make each other fail. So the writer keeps the live database on its
/// machine's own disk and publishes copies: results.db is always a whole database, replaced by a rename and never
/// written in place. Nobody waits for a lock, and a writer that dies leaves no journal behind. Readers open results.db
/// read-only (Store::open_to_read) and can show its age.
///
/// If the live database is lost, its content is restored from files beside the store: results stay in trials/ and
/// pending/ until they are published, and the journal has the attempts' start and end times and epochs. The next writer
/// imports both.
///
/// `run` and import-paper publish this way. `store rebuild` builds its database on the local disk and then replaces
/// results.db with it; backup and merge write a new store with one rename; verify and gc write no database.
bool is_published(const std::filesystem::path& store);

/// Returns the seconds since the database was last published, by this machine's clock, at least 0; nothing if there is
/// no database or the store is not a published one.
std::optional<double> published_age_s(const std::filesystem::path& store);

/// Returns "published 8 s ago" while a writer is active, otherwise "". For several stores (the parts of a folder) the
/// oldest counts.
std::string published_text(const std::vector<std::filesystem::path>& stores);

/// Owns a new folder on this machine's local disk for the files of one store: in ATTNSWEEP_LOCAL_DIR, else TMPDIR, else
/// /tmp. The destructor removes it; the constructor removes what a dead process left behind for the same store. Throws
/// Error.
class LiveFolder {
public:
    /// The caller holds the store's lease.
    explicit LiveFolder(const std::filesystem::path& store);
    ~LiveFolder();
    LiveFolder(const LiveFolder&) = delete;
    LiveFolder& operator=(const LiveFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// Returns the message for a full disk, which names the folder and the remedy.
    std::string when_full(const std::filesystem::path& store) const;

private:
    std::filesystem::path path_;
    int descriptor_ = -1;  // of a file in it, locked while its owner lives
};

/// Publishes a store for its writer. Used by one thread at a time. Throws Error: no_space (naming the disk) and the
/// kinds of Store::open_to_write; throws files::LeaseLost if another writer has taken over, in which case nothing of
/// this writer is published.
class PublishedStore {
public:
    /// `lease` must outlive this object.
    PublishedStore(std::filesystem::path store, files::Lease& lease);

    /// Opens the live database for writing: the published copy plus what the journal has recorded since. The returned
    /// store checks the lease at each commit and must be destroyed before this object.
    Store open();

    /// Publishes a copy of the live database: written beside the store, synced, then renamed under the lease. Does
    /// nothing if nothing has changed. Returns whether a copy was published.
    bool publish(const Store& live);

private:
    std::filesystem::path store_;
    files::Lease& lease_;
    LiveFolder live_;
    int published_changes_ = -1;  ///< SQLite's change counter when last published; negative: not yet by this object
    unsigned counter_ = 0;
};

/// Opens a store under a lease of its own, calls `work` with it, and publishes it where it is published: for a command that
/// writes a little. Waits while a run writes the store, as that run's lease says. Throws Error, and what `work` throws.
void write_alone(const std::filesystem::path& store, const std::function<void(Store&)>& work);

/// Replaces the store's database with one that was built elsewhere, under the lease. `before_it_is_replaced` is called
/// once the copy is beside the store and synced. Throws Error (no copy is left), files::LeaseLost, and whatever the
/// callback throws.
void publish_file(const std::filesystem::path& database, const std::filesystem::path& store, files::Lease& lease,
                  const std::function<void()>& before_it_is_replaced);

}  // namespace attnsweep::store
