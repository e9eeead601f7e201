#include "model/replicas/replica_team.h"

#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "model/replicas/counted_wait.h"
#include "model/replicas/replica_link.h"

namespace attnsweep::model {

namespace {

std::string words_of(const std::exception_ptr& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const c10::Error& error) {
        return error.what_without_backtrace();
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "an exception of an unknown type";
    }
}

template <class Exception> bool is_a(const std::exception_ptr& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const Exception&) {
        return true;
    } catch (...) {
        return false;
    }
}

// Threads that libtorch starts later inherit the cores. A binding that fails costs speed, nothing else.
void bind_this_thread(const std::vector<int>& cores)
{
    if (cores.empty()) {
        return;
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : cores) {
        CPU_SET(static_cast<std::size_t>(core), &set);
    }
    ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

struct Share {
    std::int64_t begin = 0, size = 0;
};

Share share_of(int replica, int replicas, std::int64_t samples)
{
    const std::int64_t each = samples / replicas, larger = samples % replicas;
    return {replica * each + std::min<std::int64_t>(replica, larger), each + (replica < larger ? 1 : 0)};
}

at::Tensor taken(const at::Tensor& tensor, const Share& share)
{
    return tensor.narrow(0, share.begin, share.size);
}

}  // namespace

ReplicaFailed::ReplicaFailed(int replica, int replicas, std::exception_ptr cause, bool others_failed)
    : Error("replica " + std::to_string(replica) + " of " + std::to_string(replicas) + ": " + words_of(cause)),
      replica_(replica), others_failed_(others_failed), cause_(std::move(cause))
{
}

/// The replicas' threads, which wait for work. What they share with the team outlives it where one hangs.
class ReplicaTeam::Threads {
public:
    Threads(const std::vector<Replica>& replicas, int libtorch_threads, std::chrono::milliseconds limit)
        : limit_(limit), state_(std::make_shared<State>())
    {
        state_->thrown.resize(replicas.size());
        state_->is_done.resize(replicas.size(), true);
        try {
            for (std::size_t i = 0; i < replicas.size(); ++i) {
                const c10::Device device = replicas[i].net->named_tensors().front().tensor.device();
                threads_.emplace_back([state = state_, cores = replicas[i].cores, libtorch_threads, device, i] {
                    bind_this_thread(cores);
                    ::pthread_setname_np(::pthread_self(), ("replica-" + std::to_string(i)).c_str());
                    state->serve(i, libtorch_threads, device);
                });
            }
        } catch (const std::system_error&) {  // no more threads can be started: those that were must end
            end();
            throw;
        }
    }

    ~Threads() { end(); }

    // Runs `work` for all replicas and waits for them; `failed` hears of the first exception at once. Returns what each threw,
    // null for those that did not.
    std::vector<std::exception_ptr> run(std::function<void(int)> work,
                                        const std::function<void(const std::exception_ptr&)>& failed)
    {
        State& state = *state_;
        std::unique_lock lock(state.mutex);
        state.work = std::make_shared<const std::function<void(int)>>(std::move(work));
        std::fill(state.is_done.begin(), state.is_done.end(), false);
        std::fill(state.thrown.begin(), state.thrown.end(), nullptr);
        state.changed.notify_all();
        std::size_t done = 0;
        const auto more_done = [&] { return state.done() > done; };
        state.changed.wait(lock, more_done);
        bool is_told = false;
        do {
            done = state.done();
            const auto first = std::find_if(state.thrown.begin(), state.thrown.end(),
                                            [](const std::exception_ptr& each) { return each != nullptr; });
            if (first != state.thrown.end() && !std::exchange(is_told, true)) {
                const std::exception_ptr thrown = *first;
                lock.unlock();  // the others report meanwhile
                failed(thrown);
                lock.lock();
            }
            // From the end of one on the others have a limited time: a hanging one would else be waited for for ever.
            has_stalled_ = done < state.is_done.size() && !counted_wait(state.changed, lock, limit_, more_done);
        } while (done < state.is_done.size() && !has_stalled_);
        return state.thrown;
    }

    bool has_stalled() const { return has_stalled_; }
    std::string unfinished_in_words() const
    {
        const std::lock_guard lock(state_->mutex);
        std::string words;
        for (std::size_t i = 0; i < state_->is_done.size(); ++i) {
            if (!state_->is_done[i]) {
                words += (words.empty() ? "" : ", ") + std::to_string(i);
            }
        }
        return words;
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        std::shared_ptr<const std::function<void(int)>> work;
        std::vector<bool> is_done;
        std::vector<std::exception_ptr> thrown;
        bool is_over = false;

        std::size_t done() const { return static_cast<std::size_t>(std::count(is_done.begin(), is_done.end(), true)); }

        void serve(std::size_t replica, int libtorch_threads, c10::Device device)
        {
            bool has_threads = false;
            std::unique_lock lock(mutex);
            while (true) {
                changed.wait(lock, [&] { return is_over || !is_done[replica]; });
                if (is_over) {
                    return;
                }
                const auto current = work;
                lock.unlock();
                std::exception_ptr error;
                try {
                    if (!std::exchange(has_threads, true)) {  // once: it empties oneDNN's cache of compiled kernels
                        at::set_num_threads(libtorch_threads);
                    }
                    const c10::DeviceGuard guard(device);
                    (*current)(static_cast<int>(replica));
                } catch (...) {
                    error = std::current_exception();
                }
                lock.lock();
                thrown[replica] = error;
                is_done[replica] = true;
                changed.notify_all();
            }
        }
    };

    void end()
    {
        {
            const std::lock_guard lock(state_->mutex);
            state_->is_over = true;
        }
        state_->changed.notify_all();
        for (std::thread& thread : threads_) {
            has_stalled_ ? thread.detach() : thread.join();
        }
    }

    const std::chrono::milliseconds limit_;
    std::shared_ptr<State> state_;
    std::vector<std::thread> threads_;
    bool has_stalled_ = false;
};

ReplicaTeam::ReplicaTeam(std::vector<Replica> replicas, std::unique_ptr<Collective> collective, int threads,
                         std::chrono::milliseconds limit)
    : replicas_(std::move(replicas)), collective_(std::move(collective))
{
    if (count() > 1) {
        threads_ = std::make_unique<Threads>(replicas_, threads, limit);
    }
}

ReplicaTeam::~ReplicaTeam() = default;

bool ReplicaTeam::has_stalled() const
{
    return threads_ && threads_->has_stalled();
}

void ReplicaTeam::run(const std::function<void(int)>& work)
{
    const std::vector<std::exception_ptr> thrown = threads_->run(
        [work, hook = hook_](int replica) {
            if (hook) {
                hook(replica);
            }
            work(replica);
        },
        [this](const std::exception_ptr& first) { collective_->abort(words_of(first)); });
    const auto failed = std::count_if(thrown.begin(), thrown.end(), [](const std::exception_ptr& each) {
        return each && !is_a<ExchangeAborted>(each);
    });
    // One that gave up because of another says nothing of the cause.
    for (const bool aborted : {false, true}) {
        for (std::size_t i = 0; i < thrown.size(); ++i) {
            if (thrown[i] && is_a<ExchangeAborted>(thrown[i]) == aborted) {
                if (is_a<ReplicaStalled>(thrown[i])) {
                    std::rethrow_exception(thrown[i]);
                }
                throw ReplicaFailed(static_cast<int>(i), count(), thrown[i], failed > 1);
            }
        }
    }
    if (threads_->has_stalled()) {
        throw ReplicaStalled("of the " + std::to_string(count()) + " replicas, " + threads_->unfinished_in_words() +
                             " did not end a step that another one has ended");
    }
    collective_->check();
}

void ReplicaTeam::begin_batch(int epoch, std::int64_t batch, std::int64_t batches)
{
    for (const Replica& replica : replicas_) {
        replica.optimizer->begin_batch(epoch, batch, batches);
    }
}

StepResult ReplicaTeam::train_batch(const at::Tensor& batch, const at::Tensor& labels, configs::Precision precision,
                                    bool reads_late)
{
    if (count() == 1) {
        const Replica& only = replicas_.front();
        return model::train_batch(*only.net, *only.optimizer, batch, labels, precision, only.class_weights, nullptr,
                                  nullptr, reads_late);
    }
    const std::int64_t samples = labels.size(0);
    const at::Tensor& weights = replicas_.front().class_weights;
    const bool shares = samples >= count();
    const double weight = weights.defined()
                              ? weights.to(at::kCPU).index_select(0, labels.to(at::kCPU)).sum().item<double>()
                              : static_cast<double>(samples);
    // Everything is the work's own: a replica that hangs may still use it when this returns.
    const auto results = std::make_shared<std::vector<StepResult>>(replicas_.size());
    run([=, batch = batch.clone(), labels = labels.clone(), replicas = replicas_,
         collective = collective_](int replica) {
        const auto index = static_cast<std::size_t>(replica);
        const Replica& own = replicas[index];
        const ReplicaLink link{*collective, replica, shares, samples, weight};
        const Share share = shares ? share_of(replica, static_cast<int>(replicas.size()), samples) : Share{0, samples};
        (*results)[index] = model::train_batch(*own.net, *own.optimizer, taken(batch, share), taken(labels, share),
                                               precision, own.class_weights, nullptr, &link, reads_late);
    });
    StepResult result = results->front();
    for (std::size_t i = 1; shares && i < results->size(); ++i) {
        const StepResult& other = (*results)[i];
        result.correct += other.correct;
        result.late_correct.insert(result.late_correct.end(), other.late_correct.begin(), other.late_correct.end());
    }
    return result;
}

void ReplicaTeam::read_late(std::vector<StepResult>& steps)
{
    model::read_late(steps);
    if (collective_) {
        collective_->check();
    }
}

Evaluation ReplicaTeam::evaluate(const at::Tensor& batch, const at::Tensor& labels, configs::Precision precision)
{
    if (count() == 1) {
        return model::evaluate(*replicas_.front().net, batch, labels, precision);
    }
    const std::int64_t samples = labels.size(0);
    const auto results = std::make_shared<std::vector<Evaluation>>(replicas_.size());
    run([=, batch = batch.clone(), labels = labels.clone(), replicas = replicas_](int replica) {
        const auto index = static_cast<std::size_t>(replica);
        const Share share = share_of(replica, static_cast<int>(replicas.size()), samples);
        if (share.size > 0) {
            (*results)[index] =
                model::evaluate(*replicas[index].net, taken(batch, share), taken(labels, share), precision);
        }
    });
    Evaluation whole;
    for (const Evaluation& part : *results) {
        whole.loss_sum += part.loss_sum;
        whole.predicted.insert(whole.predicted.end(), part.predicted.begin(), part.predicted.end());
        whole.rank.insert(whole.rank.end(), part.rank.begin(), part.rank.end());
        whole.probability.insert(whole.probability.end(), part.probability.begin(), part.probability.end());
    }
    return whole;
}

}  // namespace attnsweep::model
