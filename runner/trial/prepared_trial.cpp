#include "runner/trial/prepared_trial.h"

#include <sched.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include <torch/torch.h>

#include "configs/names.h"
#include "model/attention_choice.h"
#include "model/cuda/cuda_plugin.h"
#include "model/device.h"
#include "model/kept_blocks.h"
#include "model/replicas/make_collective.h"
#include "model/weights.h"
#include "runner/error.h"
#include "runner/trial/batch_tensors.h"
#include "runner/trial/network_state.h"
#include "runner/trial/steady_clock.h"
#include "runner/version.h"

namespace attnsweep::runner {
namespace {

// Much longer than the shares of a step differ, even where other programs use some of the cores.
constexpr std::chrono::minutes replica_limit{5};

c10::Device prepared_device(const TrialOrder& order, configs::ExecutionRecord& execution)
{
    const configs::TrialSpec& spec = order.trial.spec;
    if (order.replicas > spec.training.batch_size) {
        throw Error(std::to_string(order.replicas) + " replicas for batches of " +
                        std::to_string(spec.training.batch_size) +
                        "; expected at most as many as a batch has samples: fewer with --replicas or "
                        "execution.devices_per_trial",
                    exit_bad_input);
    }
    model::use_threads(order.threads, order.replicas);
    const c10::Device device = model::choose_device(order.device);
    if (device.is_cpu()) {
        model::keep_large_blocks();
    }
    model::use_precision(spec.training.precision, device);
    execution = model::execution_record(device, order.threads);
    execution.attnsweep_version = version_text();
    execution.replicas = order.replicas;
    execution.optimizer_step = order.optimizer_step == configs::OptimizerStep::per_tensor
                                   ? std::string()
                                   : configs::to_string(order.optimizer_step);
    model::record_attention(model::attention_choice(order.attention, spec, device), spec.model, execution);
    torch::manual_seed(spec.seed.init);
    return device;
}

/// The devices of the replicas: the first, and the GPUs after it. Throws model::NoDevice naming one that is not there.
std::vector<c10::Device> devices_of(const c10::Device& first, int replicas)
{
    std::vector<c10::Device> devices{first};
    for (int i = 1; i < replicas; ++i) {
        devices.push_back(first.is_cpu() ? first
                                         : model::choose_device("cuda:" + std::to_string(int{first.index()} + i)));
    }
    return devices;
}

/// Returns the cores that the order gives each replica, else the process's, divided among them; where there are fewer cores than
/// replicas, none is bound.
std::vector<std::vector<int>> cores_of(const TrialOrder& order)
{
    if (!order.cores.empty()) {
        return order.cores;
    }
    std::vector<int> all;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int core = 0; core < CPU_SETSIZE; ++core) {
            if (CPU_ISSET(static_cast<std::size_t>(core), &set)) {
                all.push_back(core);
            }
        }
    }
    const auto count = static_cast<std::size_t>(order.replicas);
    std::vector<std::vector<int>> cores(count);
    for (std::size_t i = 0; i < count && all.size() >= count; ++i) {
        cores[i].assign(all.begin() + static_cast<std::ptrdiff_t>(i * all.size() / count),
                        all.begin() + static_cast<std::ptrdiff_t>((i + 1) * all.size() / count));
    }
    return cores;
}

}  // namespace

PreparedTrial::PreparedTrial(const TrialOrder& order, configs::ExecutionRecord& execution,
                             const std::function<void(const std::string&)>& log)
    : device(prepared_device(order, execution)), data(order),
      supply(order, model::input_shape(order.trial.spec.data_set), device),
      net(order.trial.spec.model, model::input_shape(order.trial.spec.data_set), order.trial.spec.seed.init)
{
    if (device.is_cuda() && model::cuda::plugin().functions == nullptr) {
        log("no CUDA graphs, and one GPU per trial at most: " + model::cuda::plugin().why);
    }
    if (const std::string note = model::note_on_nccl_algorithm();
        device.is_cuda() && order.replicas > 1 && !note.empty()) {
        log(note);
    }
    const configs::TrialSpec& spec = order.trial.spec;
    const configs::AttentionImplementation attention = model::attention_choice(order.attention, spec, device);
    const std::vector<double> weights = data.class_weights(log);
    const std::vector<c10::Device> devices = devices_of(device, order.replicas);
    const std::vector<std::vector<int>> cores = cores_of(order);
    std::vector<model::Replica> replicas;
    for (std::size_t i = 0; i < devices.size(); ++i) {
        if (i > 0) {
            others.push_back({std::make_unique<model::InstrumentNet>(spec.model, net.shape(), spec.seed.init), {}});
        }
        model::InstrumentNet& own = i == 0 ? net : *others.back().net;
        own.to(devices[i]);
        own.use_attention(attention);
        std::unique_ptr<model::Optimizer>& with = i == 0 ? optimizer : others.back().optimizer;
        with = model::make_optimizer(spec.training, own);
        with->use_step(order.optimizer_step);
        replicas.push_back({&own, with.get(), tensor_of(weights, devices[i]), cores[i]});
    }
    class_weights = replicas.front().class_weights;
    team.emplace(std::move(replicas), devices.size() > 1 ? model::make_collective(devices, replica_limit) : nullptr,
                 order.threads, replica_limit);
}

bool PreparedTrial::keep_clips(bool is_trained, const std::function<bool()>& goes_on,
                               const std::function<void(const std::string&)>& log)
{
    if (supply.loading() != configs::BatchLoading::resident) {
        return true;
    }
    const Clock::time_point begin = Clock::now();
    std::vector<const data::BatchLoader*> sets{&data.test()};
    if (!is_trained) {
        sets = {&data.train(), data.validation(), &data.test()};
    }
    for (const data::BatchLoader* set : sets) {
        if (set != nullptr && !supply.keep(*set, goes_on)) {
            return false;
        }
    }
    char text[128];
    std::snprintf(text, sizeof text, "all clips are in the memory of %s: %.1f MB, read in %.1f s", device.str().c_str(),
                  static_cast<double>(supply.resident_bytes()) / 1e6, seconds_since(begin));
    log(text);
    return true;
}

std::string PreparedTrial::restore(const Checkpoint& checkpoint)
{
    for (const Other& other : others) {
        restore_network(checkpoint, *other.net, *other.optimizer);
    }
    return restore_network(checkpoint, net, *optimizer);
}

void PreparedTrial::use_weights(const std::string& weights)
{
    model::from_bytes(net, weights);
    for (const Other& other : others) {
        model::from_bytes(*other.net, weights);
    }
}

}  // namespace attnsweep::runner
