#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "store/error.h"

namespace attnsweep::store {

class Connection;  // store/connection.h: SQLite itself, inside this folder alone

/// pending: no result and no running attempt (also after a drain). running: an attempt has begun and not ended.
enum class Status { pending, running, done, failed };
std::string to_string(Status status);

/// The state of a trial in the store.
struct TrialState {
    std::string id;
    Status status = Status::pending;
    int attempts = 0;                              ///< highest attempt number begun
    std::optional<configs::Failure> last_failure;  ///< of the newest attempt that failed
    int last_epoch = 0;                            ///< last recorded epoch of the newest attempt
};

/// A trial found by name, with what `predict` and `trial` need to use it again.
struct TrialLocation {
    configs::Trial trial;
    std::string sweep;
    Status status = Status::pending;
    /// Absolute path; of the attempt whose result counts, else of the newest attempt, else empty.
    std::filesystem::path attempt_folder;
    configs::DataSetDescription data;    ///< as the newest revision recorded it
    configs::ExecutionRecord execution;  ///< of that attempt; empty when none ended
};

/// Why an attempt ended without a result.
enum class NoResult {
    drained,     ///< asked to stop; its checkpoint is kept
    interrupted  ///< its rank died or was killed
};

/// Returns the database that a path names: where it is a symbolic link, what that leads to, so that a store has one folder of files and one
/// lease under all these names. A link that has a folder of files of its own, from earlier versions, stays what it is.
std::filesystem::path database_behind(const std::filesystem::path& store);

/// Returns the folder that holds the trials' files: results.db -> results.db.d, beside database_behind() of a link.
std::filesystem::path folder_beside(const std::filesystem::path& store);

/// Returns the folder of an attempt within a store's folder: FOLDER/trials/ID/attempt-N.
std::filesystem::path attempt_folder_in(const std::filesystem::path& folder, const std::string& trial_id, int attempt);

/// Returns N of a folder named attempt-N; 0 for any other name.
int attempt_number(const std::filesystem::path& attempt_folder);

/// Says what is missing of an attempt's folder, and what to do: the store's whole folder (only the database was copied), or
/// this one; empty if it is there.
std::string missing_in_words(const std::filesystem::path& attempt_folder);

/// The results store: an SQLite database (schema.sql) and a folder beside it (its name plus ".d") that holds the
/// trials' files. One process writes it (the writer holds a files::Lease in the folder), any number of processes read
/// it. An object is used by one thread at a time. Every member throws store::Error.
///
/// On a local disk SQLite's journal mode is WAL, and each writing call is one transaction, synced before it returns.
/// WAL does not work on a network file system: there a run writes a live database elsewhere and publishes copies
/// (published_store.h). A store opened there to be written in place is in rollback mode (DELETE), in which readers and
/// the writer can make each other fail.
class Store {
public:
    /// Opens a store for writing; creates the database if there is none, and migrates an older one. Throws Error:
    /// unwritable, not_a_store, newer, damaged, busy.
    static Store open_to_write(const std::filesystem::path& path);

    /// Opens a store, or a folder of stores as one (store_folder.h), read-only. A store with an older schema is read
    /// through a migrated copy. Throws Error: missing (remedy: run first, or --store), not_a_store, newer, damaged.
    static Store open_to_read(const std::filesystem::path& path);

    /// Returns a store in memory that has this sweep alone, without a result: for questions about its settings.
    static Store in_memory(const configs::Sweep& sweep);

    /// Wraps a database that is stored elsewhere as the store at `path`, whose folder it uses (published_store.h).
    static Store over(const std::filesystem::path& path, std::unique_ptr<Connection> connection);

    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    ~Store();

    const std::filesystem::path& path() const { return path_; }
    /// Returns the databases that this store reads: itself, or the parts of a folder of stores. Each has the files of
    /// its trials beside it; the three folders below exist only for a single store. Empty: in memory.
    const std::vector<std::filesystem::path>& parts() const { return parts_; }
    std::filesystem::path folder() const;          ///< results.db -> results.db.d
    std::filesystem::path pending_folder() const;  ///< folder()/pending
    /// folder()/trials/ID/attempt-N
    std::filesystem::path attempt_folder(const std::string& trial_id, int attempt) const;

    // --- called by the sweep's writer

    /// Sets a check that runs inside each writing transaction just before its commit; an exception from it rolls the
    /// transaction back.
    void guard_commits(std::function<void()> check);

    /// Records the sweep, its revision and its trials. Recording an equal sweep again reuses its revision, which
    /// becomes the newest. Stores absolute paths of the sweep file and the data set. Returns the revision's id.
    std::int64_t record_sweep(const configs::Sweep& sweep);

    /// Records the start of an attempt; `started_at` is UTC, ISO 8601. Does nothing if the attempt is already recorded.
    void begin_attempt(const std::string& trial_id, int attempt, const std::string& host, const std::string& device,
                       const std::string& started_at);

    /// Records epochs of a running attempt, for `status` and curves; its result replaces them.
    void record_epochs(const std::string& trial_id, int attempt, std::span<const configs::EpochRecord> epochs);

    /// Records that an attempt ended without a result; does nothing if it has one.
    void end_attempt(const std::string& trial_id, int attempt, NoResult reason, const std::string& ended_at);

    /// Marks all open attempts as interrupted; called by a writer that has just taken the lease. Returns how many.
    int interrupt_open_attempts(const std::string& ended_at);

    /// Runs `work` in one transaction: everything it writes to this store is committed together, with one sync, or not
    /// at all.
    void together(const std::function<void()>& work);

    /// Commits a result. Idempotent: committing the same trial and attempt again changes nothing. The result of a
    /// trial's first done attempt counts, whatever is committed later. Throws Error (unknown) if no recorded sweep has
    /// the trial.
    void commit(const configs::TrialResult& result);
    void commit(std::span<const configs::TrialResult> results);  ///< all or none, in one transaction

    // --- called by anyone

    /// Returns the trials' states, in the order of the ids; a trial that is not in the store is pending with no
    /// attempts.
    std::vector<TrialState> states(const std::vector<std::string>& trial_ids) const;

    /// Returns the ids of all done trials, of all sweeps.
    std::unordered_set<std::string> done_trials() const;

    /// Finds a trial by a prefix of its label or id in the newest revision of each sweep; an exact match is preferred.
    /// "SWEEP:LABEL" searches one sweep, "SWEEP@N:LABEL" its revision N. Throws Error (unknown), listing the candidates.
    TrialLocation find_trial(const std::string& prefix) const;

    /// Returns the connection, for the other sources of this folder.
    Connection& connection() const { return *connection_; }

private:
    Store(std::filesystem::path path, std::unique_ptr<Connection> connection, std::vector<std::filesystem::path> parts);
    std::filesystem::path path_;
    std::vector<std::filesystem::path> parts_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace attnsweep::store
