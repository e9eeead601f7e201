#include "runner/rank/store_writer.h"

#include <algorithm>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "configs/json_reason.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "runner/exit_code.h"
#include "runner/rank/signals.h"
#include "store/reading/attempt_agreement.h"

namespace attnsweep::runner {

StoreWriter::StoreWriter(store::Store store, std::unique_ptr<store::PublishedStore> published, files::Lease& lease,
                         EventLoopQueue& loop_queue, Callbacks callbacks)
    : published_(std::move(published)), store_(std::move(store)), lease_(lease), loop_queue_(loop_queue),
      callbacks_(std::move(callbacks))
{
    thread_ = thread_without_signals([this] { work(); });
}

StoreWriter::~StoreWriter()
{
    close();
}

std::optional<StoreWriter::Failure> StoreWriter::close()
{
    if (thread_.joinable()) {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        wakes_.notify_one();
        thread_.join();
    }
    return failure_;
}

void StoreWriter::abandon()
{
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
}

void StoreWriter::begin_attempt(const std::string& trial, int attempt, const std::string& host,
                                const std::string& device, const std::string& started_at)
{
    post(Begin{trial, attempt, host, device, started_at});
}

void StoreWriter::record_epoch(const std::string& trial, int attempt, const configs::EpochRecord& epoch)
{
    post(Epoch{trial, attempt, epoch});
}

void StoreWriter::end_attempt(const std::string& trial, int attempt, store::NoResult reason,
                              const std::string& ended_at)
{
    post(End{trial, attempt, reason, ended_at});
}

void StoreWriter::commit(const std::string& trial, int attempt, const std::string& result,
                         std::shared_ptr<const configs::TrialResult> written)
{
    post(Commit{trial, attempt, result, std::move(written)});
}

void StoreWriter::post(Job job)
{
    {
        const std::lock_guard lock(mutex_);
        urgent_ = urgent_ || std::holds_alternative<Commit>(job) || std::holds_alternative<End>(job);
        waiting_.push_back(std::move(job));
    }
    wakes_.notify_one();
}

void StoreWriter::work()
{
    const auto wakes = [this] { return ending_ || !waiting_.empty(); };
    for (bool last = false, publishes = false; !last;) {
        std::vector<Job> jobs;
        {
            std::unique_lock lock(mutex_);
            if (failure_) {
                wakes_.wait(lock, wakes);
            } else {
                wakes_.wait_until(lock, next_turn(), wakes);
            }
            // Nobody waits for the start of an attempt or an epoch, so it may wait a moment to share the next result's sync.
            if (!waiting_.empty()) {
                wakes_.wait_for(lock, gathering, [this] { return ending_ || urgent_; });
            }
            urgent_ = false;
            last = ending_;
            publishes = published_ && !(last && abandoned_);
            jobs.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
            waiting_.clear();
        }
        if (!jobs.empty()) {
            unless_broken([&] { write(jobs); });
        }
        if (last || annotations_due_ <= PublishTimes::Clock::now()) {
            unless_broken([&] { take_in_annotations(); });
        }
        if (publishes && (last || (times_.due() && *times_.due() <= PublishTimes::Clock::now()))) {
            unless_broken([&] { publish(); });
        }
    }
}

template <class Work> void StoreWriter::unless_broken(Work&& work)
{
    if (failure_) {
        return;
    }
    try {
        work();
    } catch (const std::exception& error) {
        failure_ = {exit_code_of(error, exit_store), error.what()};
        loop_queue_.post([this, failure = *failure_] { callbacks_.broken(failure.exit_code, failure.message); });
    }
}

PublishTimes::Clock::time_point StoreWriter::next_turn() const
{
    const auto due = times_.due();
    return due ? std::min(*due, annotations_due_) : annotations_due_;
}

void StoreWriter::take_in_annotations()
{
    annotations_due_ = PublishTimes::Clock::now() + annotations_every;
    if (annotations_.take_in(store_) > 0 && published_) {
        times_.changed(true, PublishTimes::Clock::now());  // somebody waits to see it
    }
}

void StoreWriter::publish()
{
    const auto began = PublishTimes::Clock::now();
    published_->publish(store_);
    times_.published(began, PublishTimes::Clock::now());
    for (const auto& [commit, attempt_of_result] : unpublished_) {
        remove_pending(commit, attempt_of_result);
    }
    unpublished_.clear();
}

void StoreWriter::write(const std::vector<Job>& jobs)
{
    // The order of the kinds within one batch does not matter, except that an attempt begins before all else.
    std::map<std::pair<std::string, int>, std::vector<configs::EpochRecord>> epochs;
    std::vector<const Commit*> commits;
    for (const Job& job : jobs) {
        if (const auto* epoch = std::get_if<Epoch>(&job)) {
            epochs[{epoch->trial, epoch->attempt}].push_back(epoch->record);
        } else if (const auto* commit = std::get_if<Commit>(&job)) {
            commits.push_back(commit);
        }
    }
    const std::vector<configs::TrialResult> results = results_of(commits);
    store_.together([&] {
        for (const Job& job : jobs) {
            if (const auto* begin = std::get_if<Begin>(&job)) {
                store_.begin_attempt(begin->trial, begin->attempt, begin->host, begin->device, begin->started_at);
            }
        }
        for (const auto& [attempt, records] : epochs) {
            store_.record_epochs(attempt.first, attempt.second, records);
        }
        store_.commit(results);
        for (const Job& job : jobs) {
            if (const auto* end = std::get_if<End>(&job)) {
                store_.end_attempt(end->trial, end->attempt, end->reason, end->ended_at);
            }
        }
    });
    if (published_) {
        times_.changed(!results.empty(), PublishTimes::Clock::now());
    }
    for (std::size_t i = 0; i < commits.size(); ++i) {
        if (published_) {
            unpublished_.emplace_back(*commits[i], results[i].attempt);
        } else {
            remove_pending(*commits[i], results[i].attempt);
        }
        loop_queue_.post([this, trial = commits[i]->trial, attempt = commits[i]->attempt,
                          agreement = store::agreement_in_words(store_, commits[i]->trial, results[i].attempt)] {
            callbacks_.committed(trial, attempt, agreement);
        });
    }
}

std::vector<configs::TrialResult> StoreWriter::results_of(const std::vector<const Commit*>& commits)
{
    std::vector<configs::TrialResult> results;
    for (const Commit* commit : commits) {
        if (commit->written) {
            results.push_back(*commit->written);
            continue;
        }
        try {
            results.push_back(nlohmann::json::parse(files::read_file(commit->result)).get<configs::TrialResult>());
        } catch (const nlohmann::json::exception& error) {
            throw files::Error(commit->result, "is not a valid result: " + configs::json_reason(error.what()), 0);
        }
    }
    return results;
}

void StoreWriter::remove_pending(const Commit& commit, int attempt_of_result)
{
    const std::filesystem::path path = store_.pending_folder() / (commit.trial + ".json");
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        return;
    }
    try {
        // A fenced earlier attempt may have put its own there meanwhile: that waits for the next start.
        if (!std::filesystem::equivalent(path, commit.result, ignored) &&
            nlohmann::json::parse(files::read_file(path)).at("attempt").get<int>() != attempt_of_result) {
            return;
        }
    } catch (const nlohmann::json::exception&) {
        return;
    }
    // Not synced: a file that a power cut brings back is imported again, which changes nothing.
    lease_.remove(path);
}

}  // namespace attnsweep::runner
