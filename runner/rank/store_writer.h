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
#include "store/annotations.h"
#include "store/published_store.h"
#include "store/store.h"

namespace attnsweep::runner {

/// Writes the store while a sweep runs, in a thread of its own; results that end together share a transaction. A result is
/// reported only after its commit, and its pending file is removed only then (in a published store: after publishing). A published
/// store is published when PublishTimes says so, and at the end. Takes in annotations every few seconds. Nothing is written once the lease is lost.
class StoreWriter {
public:
    struct Callbacks {  ///< on the loop's thread
        /// `agreement`: how the result compares with that of an earlier attempt, which counts; empty: there is none.
        std::function<void(const std::string& trial, int attempt, const std::string& agreement)> committed;
        /// The store cannot be written, and nothing more will be. Results stay in files and are imported at the next start.
        std::function<void(int exit_code, const std::string& message)> broken;
    };

    struct Failure {
        int exit_code;
        std::string message;
    };

    /// The lease outlives it; `store` checks it at each commit. `published`: the published store whose live database `store` is,
    /// or null.
    StoreWriter(store::Store store, std::unique_ptr<store::PublishedStore> published, files::Lease& lease,
                EventLoopQueue& loop_queue, Callbacks callbacks);
    ~StoreWriter();  ///< close()
    StoreWriter(const StoreWriter&) = delete;
    StoreWriter& operator=(const StoreWriter&) = delete;

    void begin_attempt(const std::string& trial, int attempt, const std::string& host, const std::string& device,
                       const std::string& started_at);
    void record_epoch(const std::string& trial, int attempt, const configs::EpochRecord& epoch);
    void end_attempt(const std::string& trial, int attempt, store::NoResult reason, const std::string& ended_at);
    /// Commits a result. `result`: its file; `written`: its contents, if known. `attempt`: passed to `committed`; the file may come
    /// from an earlier attempt.
    void commit(const std::string& trial, int attempt, const std::string& result,
                std::shared_ptr<const configs::TrialResult> written = {});

    /// Writes what waits, publishes, and ends the thread. Returns why it could not, also if `broken` was already called.
    std::optional<Failure> close();
    /// Makes close() not publish: what the last copy lacks is in the journal and in pending/, for the next start.
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
    static constexpr std::chrono::seconds annotations_every{5};
    void post(Job job);
    void work();
    template <class Work> void unless_broken(Work&& work);
    void write(const std::vector<Job>& jobs);
    void publish();
    void take_in_annotations();
    PublishTimes::Clock::time_point next_turn() const;
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
    store::AnnotationInbox annotations_;
    PublishTimes::Clock::time_point annotations_due_ = PublishTimes::Clock::now() + annotations_every;
    std::vector<std::pair<Commit, int>> unpublished_;  ///< with the attempts that their files name
    std::optional<Failure> failure_;                   ///< once set, nothing more is written
    bool urgent_ = false;                              ///< something in `waiting_` is being waited for
    std::thread thread_;
};

}  // namespace attnsweep::runner
