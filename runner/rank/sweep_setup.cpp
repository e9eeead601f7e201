#include "runner/rank/sweep_setup.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "configs/names.h"
#include "model/cost.h"
#include "runner/node/node.h"
#include "runner/planning/disk_need.h"
#include "runner/planning/expected_memory.h"

namespace attnsweep::runner {

Setup sweep_setup(const RunContext& context, const RunOptions& options)
{
    const configs::Sweep& sweep = context.sweep;
    Setup setup;
    setup.device = sweep.execution.device;
    setup.threads = sweep.execution.threads;
    setup.slots = options.slots;
    setup.slots_per_device = sweep.execution.slots_per_device;
    setup.grace_s = options.grace_s;
    setup.hang_after_s = options.hang_after_s.value_or(sweep.execution.hang_after_s);
    setup.data = context.data_folder.string();
    setup.store_folder = context.store_folder.string();
    setup.store_holder = host_name();
    std::set<std::string> digests, precisions;
    std::map<std::string, model::Cost> costs;  // repeats cost the same
    configs::ExecutionSettings on_host = sweep.execution;
    if (on_host.device != "cpu") {
        on_host.batch_loading = configs::BatchLoading::plain;  // resident clips may be in a GPU's memory
    }
    ExpectedMemory memory(on_host, sweep.data.clips, configs::DeviceKind::cpu);
    for (const configs::Trial& trial : sweep.trials) {
        if (!context.remaining.durations.contains(trial.id)) {
            continue;
        }
        digests.insert(trial.spec.data_set.digest);
        precisions.insert(configs::to_string(trial.spec.training.precision));
        auto cost = costs.find(trial.configuration);
        if (cost == costs.end()) {
            cost =
                costs.emplace(trial.configuration, model::cost_of(trial.spec, sweep.execution.attention_implementation))
                    .first;
        }
        setup.trial_memory_bytes = std::max(setup.trial_memory_bytes, memory.of(trial).host_bytes);
        setup.kept_bytes += kept_bytes(cost->second, sweep.execution.keep);
        setup.running_bytes = std::max(setup.running_bytes, running_bytes(cost->second));
    }
    setup.replicas = std::max(sweep.execution.devices_per_trial, 1);
    setup.data_digests.assign(digests.begin(), digests.end());
    setup.precisions.assign(precisions.begin(), precisions.end());
    return setup;
}

}  // namespace attnsweep::runner
