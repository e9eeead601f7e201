#include "model/replicas/nccl_collective.h"

#include <algorithm>

namespace attnsweep::model {

namespace {

constexpr std::chrono::milliseconds longest_pause{20};
// A call of NCCL takes microseconds; one that takes so long is stuck, and only aborting its communicator frees it.
constexpr std::chrono::milliseconds longest_call{500};

// The thread's current stream on a GPU; a stand-in's exchange on the CPU has none.
void* current_stream(const c10::Device& device, const AttnsweepCudaFunctions& plugin)
{
    return device.is_cpu() ? nullptr : plugin.current_stream(device.index());
}

std::string in_words(std::chrono::milliseconds time)
{
    return std::to_string(time.count()) + " ms";
}

}  // namespace

NcclCollective::NcclCollective(const std::vector<c10::Device>& devices, std::chrono::milliseconds limit,
                               const AttnsweepCudaFunctions& plugin, std::chrono::milliseconds start_limit)
    : devices_(devices), limit_(limit), start_limit_(start_limit), plugin_(plugin),
      meeting_(static_cast<int>(devices.size()), limit)
{
    std::vector<int> indices;
    indices.reserve(devices.size());
    for (const c10::Device& device : devices) {
        indices.push_back(device.has_index() ? device.index() : static_cast<int>(indices.size()));
    }
    std::vector<AttnsweepCommunicator*> communicators(devices.size());
    if (const char* why = plugin.start(replicas(), indices.data(), communicators.data()); why != nullptr) {
        throw Error("NCCL cannot start on " + std::to_string(replicas()) + " GPUs: " + why);
    }
    for (AttnsweepCommunicator* communicator : communicators) {
        ends_.push_back(std::make_unique<End>());
        ends_.back()->communicator = communicator;
    }
    wait_for_start();
    watcher_ = std::thread([this] { watch(); });
}

void NcclCollective::wait_for_start()
{
    const Clock::time_point until = Clock::now() + start_limit_;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
        const char* why = nullptr;
        AttnsweepExchange state = attnsweep_exchange_queuing;
        while ((state = plugin_.exchange(ends_[i]->communicator, &why)) == attnsweep_exchange_queuing &&
               Clock::now() < until) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        if (state == attnsweep_exchange_failed || state == attnsweep_exchange_queuing) {
            give_up(Cause::failed,
                    "NCCL cannot start on GPU " + std::to_string(i) + " of " + std::to_string(replicas()) + ": " +
                        (state == attnsweep_exchange_failed ? std::string(why)
                                                            : "it is not ready after " + in_words(start_limit_)));
            throw_failure();
        }
    }
}

NcclCollective::~NcclCollective()
{
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    over_.notify_all();
    watcher_.join();
    std::vector<AttnsweepCommunicator*> left;
    for (const std::unique_ptr<End>& end : ends_) {
        if (end->communicator != nullptr) {
            left.push_back(end->communicator);
        }
    }
    plugin_.finish(static_cast<int>(left.size()), left.data());
}

std::vector<AttnsweepNumbers> NcclCollective::numbers_in(int replica, const std::vector<at::Tensor>& tensors) const
{
    const c10::Device& device = devices_[static_cast<std::size_t>(replica)];
    std::vector<AttnsweepNumbers> numbers;
    for (const at::Tensor& tensor : tensors) {
        const bool is_double = tensor.scalar_type() == at::kDouble;
        if (tensor.device() != device || (!is_double && tensor.scalar_type() != at::kFloat) ||
            !tensor.is_non_overlapping_and_dense()) {
            throw Error("replica " + std::to_string(replica) + " of " + std::to_string(replicas()) +
                        " gave an exchange a tensor on " + tensor.device().str() +
                        " that cannot be summed: expected float32 or float64 on " + device.str() + " without gaps");
        }
        numbers.push_back({tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()), is_double ? 1 : 0});
    }
    return numbers;
}

void NcclCollective::sum(int replica, const std::vector<at::Tensor>& tensors)
{
    const std::vector<AttnsweepNumbers> numbers = numbers_in(replica, tensors);
    try {
        meeting_.meet(replica);
    } catch (const ExchangeAborted&) {
        throw_failure();
        throw;
    }
    queue(replica, numbers, current_stream(devices_[static_cast<std::size_t>(replica)], plugin_));
    throw_failure();
}

void NcclCollective::queue(int replica, const std::vector<AttnsweepNumbers>& numbers, void* stream)
{
    End& end = *ends_[static_cast<std::size_t>(replica)];
    const auto with_communicator = [&](const auto& call) {
        const char* why = nullptr;
        {
            const std::lock_guard lock(end.mutex);
            AttnsweepCommunicator* const communicator = end.communicator;
            end.call_began = Clock::now();
            why = communicator == nullptr ? nullptr : call(communicator);
            end.call_began = Clock::time_point{};
        }
        if (why != nullptr) {
            give_up(Cause::failed, "replica " + std::to_string(replica) + " of " + std::to_string(replicas()) +
                                       ", in an exchange: " + why);
        }
    };
    with_communicator([&](AttnsweepCommunicator* communicator) {
        return plugin_.sum(communicator, numbers.data(), static_cast<int>(numbers.size()), stream);
    });
    const Clock::time_point until = Clock::now() + start_limit_;
    AttnsweepExchange state = attnsweep_exchange_queuing;
    int turns = 0;
    while (state == attnsweep_exchange_queuing) {
        state = attnsweep_exchange_done;  // where its end was aborted meanwhile
        with_communicator([&](AttnsweepCommunicator* communicator) -> const char* {
            const char* why = nullptr;
            state = plugin_.exchange(communicator, &why);
            if (state == attnsweep_exchange_queuing) {
                return nullptr;
            }
            end.queued = Clock::now();
            return state == attnsweep_exchange_failed ? why : plugin_.mark(communicator, stream);
        });
        if (state == attnsweep_exchange_queuing && Clock::now() > until) {
            give_up(Cause::stalled, "replica " + std::to_string(replica) + " of " + std::to_string(replicas()) +
                                        ": NCCL has not queued an exchange within " + in_words(start_limit_));
            return;
        }
        // NCCL's own thread queues within microseconds, unless other programs use the cores.
        ++turns < 100 ? std::this_thread::yield() : std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
}

void NcclCollective::watch()
{
    const std::chrono::milliseconds pause = std::clamp(limit_ / 4, std::chrono::milliseconds(1), longest_pause);
    std::unique_lock lock(mutex_);
    while (!over_.wait_for(lock, pause, [this] { return is_over_ || failure_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

void NcclCollective::look()
{
    for (std::size_t i = 0; i < ends_.size(); ++i) {
        std::optional<Failure> found;
        {
            End& end = *ends_[i];
            const std::unique_lock lock(end.mutex, longest_pause);
            AttnsweepCommunicator* const communicator = end.communicator;
            const char* why = nullptr;
            const AttnsweepExchange state = !lock.owns_lock() || communicator == nullptr
                                                ? attnsweep_exchange_done
                                                : plugin_.exchange(communicator, &why);
            const Clock::time_point call_began = end.call_began;
            if (!lock.owns_lock() && call_began != Clock::time_point{} && Clock::now() > call_began + start_limit_) {
                found = {Cause::stalled, "a call of NCCL has not returned on GPU " + std::to_string(i) + " of " +
                                             std::to_string(replicas()) + " within " + in_words(start_limit_)};
            } else if (state == attnsweep_exchange_failed) {
                found = {Cause::failed, "an exchange failed on GPU " + std::to_string(i) + " of " +
                                            std::to_string(replicas()) + ": " + why};
            } else if (state == attnsweep_exchange_running && end.queued && Clock::now() > *end.queued + limit_) {
                found = {Cause::stalled, "an exchange has not ended on GPU " + std::to_string(i) + " of " +
                                             std::to_string(replicas()) + " within " + in_words(limit_)};
            }
        }
        if (found) {
            give_up(found->cause, found->why);
            return;
        }
    }
}

void NcclCollective::give_up(Cause cause, const std::string& why)
{
    {
        const std::lock_guard lock(mutex_);
        if (failure_) {
            return;
        }
        failure_ = {cause, why};
    }
    over_.notify_all();
    meeting_.abort(why);
    for (const std::unique_ptr<End>& end : ends_) {
        const std::unique_lock lock(end->mutex, longest_call);  // or without it
        if (AttnsweepCommunicator* const communicator = end->communicator.exchange(nullptr); communicator != nullptr) {
            plugin_.abort(communicator);
        }
    }
}

void NcclCollective::throw_failure() const
{
    const std::lock_guard lock(mutex_);
    if (!failure_) {
        return;
    }
    switch (failure_->cause) {
    case Cause::aborted:
        throw ExchangeAborted(failure_->why);
    case Cause::stalled:
        throw ReplicaStalled(failure_->why);
    case Cause::failed:
        throw Error(failure_->why);
    }
}

void NcclCollective::abort(const std::string& why)
{
    give_up(Cause::aborted, why);
}

void NcclCollective::check()
{
    look();
    throw_failure();
}

}  // namespace attnsweep::model
