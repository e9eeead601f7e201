#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include <torch/types.h>

#include "model/error.h"
#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "model/replicas/collective.h"
#include "model/training_step.h"

namespace attnsweep::model {

/// Says which replica of a trial failed; `cause` is what it threw. `others_failed`: so did others, and not because this one had.
class ReplicaFailed : public Error {
public:
    ReplicaFailed(int replica, int replicas, std::exception_ptr cause, bool others_failed = false);
    int replica() const { return replica_; }  ///< 0-based
    bool others_failed() const { return others_failed_; }
    const std::exception_ptr& cause() const { return cause_; }

private:
    int replica_;
    bool others_failed_;
    std::exception_ptr cause_;
};

/// A replica of a trial's network, with its optimizer. Both are borrowed.
struct Replica {
    InstrumentNet* net = nullptr;
    Optimizer* optimizer = nullptr;
    at::Tensor class_weights;  ///< (classes) on the network's device; undefined: none
    std::vector<int> cores;    ///< of its thread and of the threads that libtorch starts for it; empty: unbound
};

/// Trains replicas of one network together: each takes its share of every batch, in a thread of its own, and all have the same
/// weights and optimizer state after each step. The shares follow one another in the order of the replicas; those of the first are
/// larger by one sample where a batch is not divisible. One replica is the network alone, without threads or exchange. The replicas
/// outlive it.
class ReplicaTeam {
public:
    /// `threads`: of libtorch, per replica. `limit`: how long the other replicas and the caller wait for one, without the time in which
    /// the process was stopped. All replicas must have equal weights and state, here and whenever they are changed from outside.
    /// Throws std::system_error where no thread can be started.
    ReplicaTeam(std::vector<Replica> replicas, std::unique_ptr<Collective> collective, int threads,
                std::chrono::milliseconds limit);
    /// Leaves a replica that hangs to itself, with what it uses.
    ~ReplicaTeam();
    ReplicaTeam(const ReplicaTeam&) = delete;
    ReplicaTeam& operator=(const ReplicaTeam&) = delete;

    /// Sets the optimizers' rate of the next step, as Optimizer::begin_batch does.
    void begin_batch(int epoch, std::int64_t batch, std::int64_t batches);

    /// Trains one step, as train_batch of training_step.h does with the whole batch; seconds are replica 0's. Throws ReplicaFailed
    /// for what a replica threw, ReplicaStalled when one does not end although another has (that all hang is for the rank to see, as of
    /// any trial). The team can be used no more after that.
    StepResult train_batch(const at::Tensor& batch, const at::Tensor& labels, configs::Precision precision,
                           bool reads_late = false);

    /// Reads steps of train_batch with `reads_late`, as read_late of training_step.h does. Throws what went wrong on a GPU meanwhile.
    void read_late(std::vector<StepResult>& steps);

    /// Evaluates a batch, as evaluate() does, in shares. Throws as train_batch does.
    Evaluation evaluate(const at::Tensor& batch, const at::Tensor& labels, configs::Precision precision);

    /// Returns whether a replica did not end: the process must end without waiting for it, nor freeing what it uses.
    bool has_stalled() const;

    /// Called in each replica's thread before each of its steps: for tests, to throw or to hang.
    void before_each_step(std::function<void(int replica)> hook) { hook_ = std::move(hook); }

private:
    class Threads;

    int count() const { return static_cast<int>(replicas_.size()); }
    void run(const std::function<void(int replica)>& work);

    std::vector<Replica> replicas_;
    std::shared_ptr<Collective> collective_;
    std::unique_ptr<Threads> threads_;
    std::function<void(int)> hook_;
};

}  // namespace attnsweep::model
