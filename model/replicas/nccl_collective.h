#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <c10/core/Device.h>

#include "model/cuda/plugin/plugin_functions.h"
#include "model/replicas/memory_collective.h"

namespace attnsweep::model {

/// The collective of replicas on GPUs, by NCCL through libattnsweep_cuda.so. The replicas' threads meet before each exchange, so that
/// none is queued for a replica that does not come; from there on a thread of its own watches what NCCL and the GPUs report. At an
/// error, and where an exchange does not end on a GPU within the limit, it aborts all communicators, which frees what waits for them.
class NcclCollective final : public Collective {
public:
    /// Starts NCCL on the GPUs. `limit`: how long a replica waits for the others, and an exchange may take on the GPUs. Throws Error
    /// saying what failed, also where NCCL does not start, does not queue an exchange, or does not return from a call, within `start_limit`.
    NcclCollective(const std::vector<c10::Device>& devices, std::chrono::milliseconds limit,
                   const AttnsweepCudaFunctions& plugin,
                   std::chrono::milliseconds start_limit = std::chrono::minutes(2));
    ~NcclCollective() override;

    int replicas() const override { return meeting_.replicas(); }
    void sum(int replica, const std::vector<at::Tensor>& tensors) override;
    void abort(const std::string& why) override;
    void check() override;

private:
    using Clock = std::chrono::steady_clock;

    enum class Cause { aborted, stalled, failed };
    struct Failure {
        Cause cause = Cause::failed;
        std::string why;
    };
    struct End {
        std::timed_mutex mutex;  // a call of NCCL at a time; give_up() does not wait long for one that does not return
        std::atomic<AttnsweepCommunicator*> communicator = nullptr;  // null: aborted
        std::atomic<Clock::time_point> call_began{};  // of a replica's call that has not returned; else 0
        std::optional<Clock::time_point> queued;      // when its last exchange was
    };

    void wait_for_start();
    /// Checks that the tensors can be summed on the replica's device. Throws Error.
    std::vector<AttnsweepNumbers> numbers_in(int replica, const std::vector<at::Tensor>& tensors) const;
    void queue(int replica, const std::vector<AttnsweepNumbers>& numbers, void* stream);
    void watch();
    /// Looks once at all ends, and gives all up where one has failed or takes too long.
    void look();
    /// Aborts all communicators, also of a thread whose call of NCCL does not return. The first call counts.
    void give_up(Cause cause, const std::string& why);
    void throw_failure() const;

    const std::vector<c10::Device> devices_;
    const std::chrono::milliseconds limit_, start_limit_;
    const AttnsweepCudaFunctions& plugin_;
    MemoryCollective meeting_;
    std::vector<std::unique_ptr<End>> ends_;  // by replica

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable over_;
    bool is_over_ = false;
    std::optional<Failure> failure_;
    std::thread watcher_;
};

}  // namespace attnsweep::model
