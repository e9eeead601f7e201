// What a trial is expected to take, by the execution settings that add to it.
#include "runner/planning/expected_memory.h"

#include <gtest/gtest.h>

#include "model/cost.h"

namespace attnsweep::runner {
namespace {

using configs::BatchLoading;
using configs::DeviceKind;

constexpr std::int64_t gigabyte = 1'000'000'000;
constexpr std::int64_t clips = 10000, clip_bytes = std::int64_t{4} * 87 * 252;

configs::Trial trial()
{
    configs::Trial trial;
    trial.configuration = "cqt";
    trial.spec.data.spectrogram = configs::Spectrogram::cqt;
    trial.spec.data_set = {"digest", 87, 252, 19};
    return trial;
}

ExpectedMemory expected(BatchLoading loading, DeviceKind kind, std::int64_t gpu_bytes = 0, int slots = 1)
{
    configs::ExecutionSettings execution;
    execution.batch_loading = loading;
    execution.slots_per_device = slots;
    return {execution, clips, kind, gpu_bytes};
}

TEST(ExpectedMemory, CountsResidentClipsWhereTheyLie)
{
    for (const BatchLoading loading : {BatchLoading::plain, BatchLoading::pinned, BatchLoading::automatic}) {
        const scheduler::Memory on_cpu = expected(loading, DeviceKind::cpu).of(trial());
        EXPECT_EQ(on_cpu.host_bytes, model::cost_of(trial().spec).peak_memory_bytes);
        EXPECT_EQ(on_cpu.device_bytes, 0);
    }
    const scheduler::Memory pinned = expected(BatchLoading::pinned, DeviceKind::cuda, 80 * gigabyte).of(trial());
    EXPECT_EQ(pinned.device_bytes, expected(BatchLoading::plain, DeviceKind::cuda).of(trial()).device_bytes +
                                       model::cost_of(trial().spec).weights_bytes)
        << "the best weights, as a copy";
    EXPECT_EQ(expected(BatchLoading::resident, DeviceKind::cpu).of(trial()).host_bytes,
              expected(BatchLoading::plain, DeviceKind::cpu).of(trial()).host_bytes + clips * clip_bytes);
    const scheduler::Memory resident = expected(BatchLoading::resident, DeviceKind::cuda).of(trial());
    EXPECT_EQ(resident.device_bytes, pinned.device_bytes + clips * clip_bytes);
    EXPECT_EQ(resident.host_bytes, pinned.host_bytes);
}

TEST(ExpectedMemory, ClipsFitByAllMemoryOfAGpuAndItsSlots)
{
    const auto fit = [](std::int64_t gpu_bytes, int slots) {
        ExpectedMemory memory = expected(BatchLoading::automatic, DeviceKind::cuda, gpu_bytes, slots);
        const bool fits = memory.clips_fit(trial());
        const std::int64_t pinned = expected(BatchLoading::pinned, DeviceKind::cuda).of(trial()).device_bytes;
        EXPECT_EQ(memory.of(trial()).device_bytes, pinned + (fits ? clips * clip_bytes : 0));
        EXPECT_EQ(memory.added_bytes(trial()),
                  model::cost_of(trial().spec).weights_bytes + (fits ? clips * clip_bytes : 0));
        return fits;
    };
    EXPECT_TRUE(fit(80 * gigabyte, 1));
    EXPECT_FALSE(fit(80 * gigabyte, 64)) << "a share of it";
    EXPECT_FALSE(fit(2 * gigabyte, 1));
    EXPECT_FALSE(fit(0, 1)) << "unknown";
    EXPECT_FALSE(expected(BatchLoading::automatic, DeviceKind::cpu, 80 * gigabyte).clips_fit(trial()));
}

TEST(ExpectedMemory, CountsAnOptimizersLists)
{
    configs::ExecutionSettings execution;
    execution.optimizer_step = configs::OptimizerStep::foreach;
    EXPECT_EQ(ExpectedMemory(execution, clips, DeviceKind::cpu).added_bytes(trial()),
              4 * model::cost_of(trial().spec).parameters);
    configs::Trial decaying = trial();
    decaying.spec.training.weight_decay = 0.01;
    EXPECT_EQ(ExpectedMemory(execution, clips, DeviceKind::cpu).added_bytes(decaying),
              8 * model::cost_of(trial().spec).parameters)
        << "gradients with the decay, and roots";
}

TEST(ExpectedMemory, CountsAStepTwiceWhereItIsRecorded)
{
    configs::ExecutionSettings execution;
    const std::int64_t without = ExpectedMemory(execution, clips, DeviceKind::cuda).of(trial()).device_bytes;
    execution.step_graph = true;
    EXPECT_EQ(ExpectedMemory(execution, clips, DeviceKind::cuda).of(trial()).device_bytes,
              without + model::cost_of(trial().spec).peak_memory_bytes);
    EXPECT_EQ(ExpectedMemory(execution, clips, DeviceKind::cpu).of(trial()).host_bytes,
              model::cost_of(trial().spec).peak_memory_bytes);
}

}  // namespace
}  // namespace attnsweep::runner
