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

/// A store on a network file system, where SQLite's WAL does not work and its rollback mode lets readers and writer fail
/// each other. Its writer has the live database on its own disk and publishes copies: results.db there is a whole database
/// that is replaced by a rename and never written, so nobody waits for anybody and a writer that dies leaves no journal
/// behind. Readers open it as it stands (Store::open_to_read) and may say its age.
///
/// What is lost with the live database lies beside the store: results in trials/ and pending/, where they stay until they are
/// published, and when attempts began and ended, and their epochs, in the journal. The next writer enters both.
///
/// Who writes so: a run, import-paper. `store rebuild` makes its database on the own disk and puts it in place whole; backup
/// and merge write a new store by one rename; verify and gc write no database.
bool is_published(const std::filesystem::path& store);

/// Seconds since the database was put in place, by this machine's clock and never less than 0; nothing when there is none, or
/// the store is not published.
std::optional<double> published_age_s(const std::filesystem::path& store);

/// "published 8 s ago" while somebody writes it, else empty. Of several stores (a folder's parts) the oldest counts.
std::string published_text(const std::vector<std::filesystem::path>& stores);

/// A new folder on this machine's own disk for what belongs to one store: in ATTNSWEEP_LOCAL_DIR, else TMPDIR, else /tmp.
/// Removed at the end; what a dead process left behind of the same store is removed at the beginning. Throws Error.
class LiveFolder {
public:
    /// The caller holds the store's lease.
    explicit LiveFolder(const std::filesystem::path& store);
    ~LiveFolder();
    LiveFolder(const LiveFolder&) = delete;
    LiveFolder& operator=(const LiveFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// What to say when its disk is full.
    std::string when_full(const std::filesystem::path& store) const;

private:
    std::filesystem::path path_;
    int descriptor_ = -1;  // of a file in it, locked while its owner lives
};

/// The writer's side, used by one thread at a time. Kinds thrown: no_space (naming which disk), those of
/// Store::open_to_write; files::LeaseLost when another has taken over, who then finds nothing of this one's put in place.
class PublishedStore {
public:
    /// The lease outlives it.
    PublishedStore(std::filesystem::path store, files::Lease& lease);

    /// The live database, to be written like any store: what is published, and what the journal says since. It checks the
    /// lease at each commit. Destroyed before this object.
    Store open();

    /// Puts a copy of the live database in the store's place: written beside it, synced, renamed through the lease. Nothing to
    /// do when nothing has changed. Whether it was put in place.
    bool publish(const Store& live);

private:
    std::filesystem::path store_;
    files::Lease& lease_;
    LiveFolder live_;
    int published_changes_ = -1;  ///< SQLite's count of them when it was published; negative: never by this object
    unsigned counter_ = 0;
};

/// Puts a whole database, made elsewhere, in the store's place through the lease. `before_it_is_replaced` is called once the
/// copy is beside the store and synced. Throws Error (no copy is left), files::LeaseLost, and what the call throws.
void publish_file(const std::filesystem::path& database, const std::filesystem::path& store, files::Lease& lease,
                  const std::function<void()>& before_it_is_replaced);

}  // namespace attnsweep::store
