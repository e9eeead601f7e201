// The kind of a failure decides what the scheduler does with the device: what is wrong on every device must not cost one.
#include "runner/trial/failure_naming.h"

#include <new>

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include "model/error.h"
#include "model/replicas/make_collective.h"
#include "model/replicas/replica_team.h"
#include "tests/environment_variable.h"

namespace attnsweep::runner {
namespace {

using namespace std::chrono_literals;
using Kind = configs::FailureKind;

template <class Exception> FailureAndCode named(const Exception& thrown)
{
    return name_failure(std::make_exception_ptr(thrown));
}

TEST(FailureNaming, WhatAReplicaThrewKeepsItsKindAndSaysWhichOneItWas)
{
    const FailureAndCode memory = named(model::ReplicaFailed(1, 4, std::make_exception_ptr(std::bad_alloc())));
    EXPECT_EQ(memory.failure.kind, configs::FailureKind::out_of_memory);
    EXPECT_EQ(memory.failure.message, "replica 1 of 4: std::bad_alloc");
    const FailureAndCode device =
        named(model::ReplicaFailed(0, 2, std::make_exception_ptr(model::NoDevice("the GPU is away"))));
    EXPECT_EQ(device.failure.kind, configs::FailureKind::device);
    EXPECT_EQ(device.exit_code, exit_no_device);
}

TEST(FailureNaming, AReplicasOwnGpuIsKnownByTheCodesOfAGpusOwnFaults)
{
    const auto of_replica = [](const auto& cause) {
        return named(model::ReplicaFailed(1, 2, std::make_exception_ptr(cause))).failure;
    };
    const char* const ecc = "CUDA error: uncorrectable ECC error encountered";
    const configs::Failure own = of_replica(c10::AcceleratorError({"step", "x.cpp", 1}, 214, ecc));
    EXPECT_EQ(own.kind, Kind::device);
    EXPECT_EQ(own.slot, 1);
    const c10::AcceleratorError launch({"step", "x.cpp", 1}, 719, "CUDA error: unspecified launch failure");
    EXPECT_EQ(of_replica(launch).kind, Kind::device);
    EXPECT_EQ(of_replica(launch).slot, -1) << "every GPU of the process reports it";
    const model::ReplicaFailed with_others(
        1, 2, std::make_exception_ptr(c10::AcceleratorError({"s", "x", 1}, 214, ecc)), true);
    EXPECT_EQ(named(with_others).failure.slot, -1);
    const configs::Failure perhaps_of_another = of_replica(model::NoDevice("an exchange failed"));
    EXPECT_EQ(perhaps_of_another.kind, Kind::device);
    EXPECT_EQ(perhaps_of_another.slot, -1);
    EXPECT_EQ(named(c10::AcceleratorError({"step", "x.cpp", 1}, 214, ecc)).failure.slot, -1) << "it has one device";
}

TEST(FailureNaming, AReplicaThatStallsHangs)
{
    const FailureAndCode stalled = named(model::ReplicaStalled("of the 2 replicas, 1 did not come"));
    EXPECT_EQ(stalled.failure.kind, configs::FailureKind::hang);
    EXPECT_EQ(stalled.failure.message, "of the 2 replicas, 1 did not come");
    EXPECT_EQ(stalled.exit_code, exit_failed);
}

TEST(FailureNaming, SeveralGpusWithoutThePluginAreRefusedAndKept)
{
    const tests::EnvironmentVariable elsewhere("ATTNSWEEP_CUDA_PLUGIN", "/nowhere/libattnsweep_cuda.so");
    const std::vector<c10::Device> gpus{c10::Device(c10::kCUDA, 0), c10::Device(c10::kCUDA, 1)};
    try {
        model::make_collective(gpus, 1s);
        FAIL() << "nothing was thrown";
    } catch (...) {
        const FailureAndCode refused = name_failure(std::current_exception());
        EXPECT_EQ(refused.failure.kind, Kind::error) << "a device failure would cost all GPUs of the trial";
        EXPECT_EQ(refused.exit_code, exit_failed);
        EXPECT_EQ(
            refused.failure.message,
            "one trial on 2 GPUs needs libattnsweep_cuda.so, but /nowhere/libattnsweep_cuda.so is missing: build all "
            "targets, and install the programs together with it (cmake --install); or set "
            "execution.devices_per_trial = 1");
    }
}

TEST(FailureNaming, AGpuThatIsNotThereIsTheDevices)
{
    const FailureAndCode missing = named(model::NoDevice("GPU 7 is not there"));
    EXPECT_EQ(missing.failure.kind, Kind::device);
    EXPECT_EQ(missing.exit_code, exit_no_device);
}

TEST(FailureNaming, WhatNcclDoesNotExplainIsNoFaultOfTheGpus)
{
    const model::Error unexplained(
        "NCCL cannot start on GPU 0 of 2: NCCL: unhandled cuda error (NCCL_DEBUG=INFO in the environment tells more)");
    EXPECT_EQ(named(unexplained).failure.kind, Kind::error);
    const FailureAndCode of_a_replica = named(model::ReplicaFailed(1, 2, std::make_exception_ptr(unexplained)));
    EXPECT_EQ(of_a_replica.failure.kind, Kind::error);
    EXPECT_EQ(of_a_replica.failure.message, std::string("replica 1 of 2: ") + unexplained.what());
}

}  // namespace
}  // namespace attnsweep::runner
