#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "files/lease.h"
#include "runner/rank/event_loop_queue.h"
#include "runner/rank/publish_times.h"
#include "store/published_store.h"
#include "store/store.h"

namespace attnsweep::runner {

/// The one thread that writes the store while a sweep runs. It takes all that waits at once: results that end together are
/// one transaction. A result's pending file is removed only after its commit (in a published store: once that is published),
/// and only after its commit is it told. A published store is published when PublishTimes say, and at the end. Nothing is
/// written once the lease is lost.
class StoreWriter {
public:
    struct Callbacks {  ///< on the loop's thread
        std::function<void(const std::string& trial, int attempt)> committed;
        /// The store cannot be written: nothing more is. Results stay files and are taken in at the next start.
        std::function<void(int exit_code, const std::string& message)> broken;
    };

    struct Failure {
        int exit_code;
        std::string message;
    };

    /// The lease outlives it; `store` checks it at each commit. `published`: where `store` is the live database of one.
    StoreWriter(store::Store store, std::unique_ptr<store::PublishedStore> published, files::Lease& lease,
                EventLoopQueue& loop_queue, Callbacks callbacks);
    ~StoreWriter();  ///< close()
    StoreWriter(const StoreWriter&) = delete;
    StoreWriter& operator=(const StoreWriter&) = delete;

    void begin_attempt(const std::string& trial, int attempt, const std::string& host, const std::string& device,
                       const std::string& started_at);
    void record_epoch(const std::string& trial, int attempt, const configs::EpochRecord& epoch);
    void end_attempt(const std::string& trial, int attempt, store::NoResult reason, const std::string& ended_at);
    /// `result`: its file, and `written` what it says, if known. `attempt`: the one told by `committed` (the file's own may be an
    /// earlier one).
    void commit(const std::string& trial, int attempt, const std::string& result,
                std::shared_ptr<const configs::TrialResult> written = {});

    /// Writes what waits, publishes, ends. Why it could not, also where `broken` was told already.
    std::optional<Failure> close();
    /// close() publishes no more: what the last copy does not hold is in the journal and in pending/, for the next start.
    void abandon();

private:
    struct Begin {
        std::string trial;
        int attempt;
        std::string host, device, started_at;
    };
    struct Epoch {
        std::string trial;
        int attempt;
        configs::EpochRecord record;
    };
    struct End {
        std::string trial;
        int attempt;
        store::NoResult reason;
        std::string ended_at;
    };
    struct Commit {
        std::string trial;
        int attempt;
        std::string result;
        std::shared_ptr<const configs::TrialResult> written;
    };
    using Job = std::variant<Begin, Epoch, End, Commit>;

    static constexpr std::chrono::milliseconds gathering{50};
    void post(Job job);
    void work();
    template <class Work> void unless_broken(Work&& work);
    void write(const std::vector<Job>& jobs);
    void publish();
    static std::vector<configs::TrialResult> results_of(const std::vector<const Commit*>& commits);
    void remove_pending(const Commit& commit, int attempt_of_result);

    std::unique_ptr<store::PublishedStore> published_;  ///< null: the store is written in place
    store::Store store_;
    files::Lease& lease_;
    EventLoopQueue& loop_queue_;
    Callbacks callbacks_;
    std::mutex mutex_;
    std::condition_variable wakes_;
    std::deque<Job> waiting_;
    bool ending_ = false, abandoned_ = false;
    PublishTimes times_{PublishTimes::every()};
    std::vector<std::pair<Commit, int>> unpublished_;  ///< and the attempts that their files say
    std::optional<Failure> failure_;                   ///< nothing more is written
    bool urgent_ = false;                              ///< somebody waits for something in `waiting_`
    std::thread thread_;
};

}  // namespace attnsweep::runner
