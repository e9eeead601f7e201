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

/// pending: nothing runs and no result yet (also after a drain). running: an attempt has begun and not ended.
enum class Status { pending, running, done, failed };
std::string to_string(Status status);

/// Where a trial stands in the store.
struct TrialState {
    std::string id;
    Status status = Status::pending;
    int attempts = 0;                              ///< highest attempt number begun
    std::optional<configs::Failure> last_failure;  ///< of the newest attempt that failed
    int last_epoch = 0;                            ///< of the newest attempt, as far as recorded
};

/// A trial found by name, and what is needed to use it again (`predict`, `trial`).
struct TrialLocation {
    configs::Trial trial;
    std::string sweep;
    Status status = Status::pending;
    /// Absolute; of the attempt whose result counts, else of the newest attempt, else empty.
    std::filesystem::path attempt_folder;
    configs::DataSetDescription data;    ///< as the newest revision recorded it
    configs::ExecutionRecord execution;  ///< of that attempt; empty when none ended
};

/// Why an attempt ended without a result.
enum class NoResult {
    drained,     ///< asked to stop; a checkpoint stands
    interrupted  ///< its rank died or was killed
};

/// results.db -> results.db.d, which holds the trials' files.
std::filesystem::path folder_beside(const std::filesystem::path& store);

/// Of an attempt in such a folder.
std::filesystem::path attempt_folder_in(const std::filesystem::path& folder, const std::string& trial_id, int attempt);

/// The results store: an SQLite database (schema.sql), with a folder of the same name plus ".d" beside it that holds
/// the trials' files. One process writes it (files::Lease in the folder is the writer's business), any number read it.
/// An object is used by one thread at a time. Every member throws store::Error.
///
/// Journal: WAL on a local disk; each call that writes is one transaction, synced before it returns. On a network file system,
/// where WAL does not work, a run writes a live database elsewhere and publishes it (published_store.h); opened to write in
/// place there it is in rollback mode (DELETE), which readers and writer fail each other in.
class Store {
public:
    /// Makes the database when it is not there, brings an older one up to date. Kinds: unwritable, not_a_store, newer,
    /// damaged, busy.
    static Store open_to_write(const std::filesystem::path& path);

    /// Read only. An older schema is read as far as its views go. Kinds: missing (remedy: run first, or --store),
    /// not_a_store, newer, damaged.
    /// A folder of stores (store_folder.h) is read as one, as it stands at this moment.
    static Store open_to_read(const std::filesystem::path& path);

    /// A database that lies elsewhere as the store at `path`, whose folder it then has (published_store.h).
    static Store over(const std::filesystem::path& path, std::unique_ptr<Connection> connection);

    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    ~Store();

    const std::filesystem::path& path() const { return path_; }
    /// The databases it reads: itself, or a folder's parts. Files of trials lie beside each of these; the three folders below are
    /// a single store's.
    const std::vector<std::filesystem::path>& parts() const { return parts_; }
    std::filesystem::path folder() const;          ///< results.db -> results.db.d
    std::filesystem::path pending_folder() const;  ///< folder()/pending
    /// folder()/trials/ID/attempt-N
    std::filesystem::path attempt_folder(const std::string& trial_id, int attempt) const;

    // --- what a sweep's writer calls

    /// `check` runs inside each transaction that writes, just before its commit; what it throws undoes the transaction.
    void guard_commits(std::function<void()> check);

    /// Enters the sweep, its revision and its trials; the same sweep again is the same revision and becomes the newest.
    /// The paths of the sweep file and of the data set are kept absolute.
    /// Returns the revision's id.
    std::int64_t record_sweep(const configs::Sweep& sweep);

    /// An attempt starts; `started_at` in UTC, ISO 8601. The same attempt again changes nothing.
    void begin_attempt(const std::string& trial_id, int attempt, const std::string& host, const std::string& device,
                       const std::string& started_at);

    /// Epochs of an attempt that is still running, for `status` and curves; a result replaces them.
    void record_epochs(const std::string& trial_id, int attempt, std::span<const configs::EpochRecord> epochs);

    /// An attempt that ended without a result; one that has a result is left alone.
    void end_attempt(const std::string& trial_id, int attempt, NoResult reason, const std::string& ended_at);

    /// All attempts still open become interrupted: called by a writer that has just taken the lease. Returns how many.
    int interrupt_open_attempts(const std::string& ended_at);

    /// All that `work` writes here, in one transaction: all or nothing, one sync.
    void together(const std::function<void()>& work);

    /// A result. Idempotent: the same trial and attempt again changes nothing. A done trial stays done by its first
    /// done attempt, whatever comes later. Kind unknown when the trial is in no recorded sweep.
    void commit(const configs::TrialResult& result);
    void commit(std::span<const configs::TrialResult> results);  ///< all or none, in one transaction

    // --- what anybody calls

    /// In the order asked for; an id that is not in the store is pending with no attempts.
    std::vector<TrialState> states(const std::vector<std::string>& trial_ids) const;

    /// Ids of all trials whose result counts, of whatever sweep.
    std::unordered_set<std::string> done_trials() const;

    /// By label or id prefix over each sweep's newest revision, an exact match first; "SWEEP:LABEL" narrows it.
    /// Kind unknown, listing the candidates.
    TrialLocation find_trial(const std::string& prefix) const;

    /// For the other sources of this folder.
    Connection& connection() const { return *connection_; }

private:
    Store(std::filesystem::path path, std::unique_ptr<Connection> connection, std::vector<std::filesystem::path> parts);
    std::filesystem::path path_;
    std::vector<std::filesystem::path> parts_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace attnsweep::store
