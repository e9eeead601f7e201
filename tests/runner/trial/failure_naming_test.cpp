// What a failure of a trial is called, by what was thrown.
#include <new>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/replicas/replica_team.h"
#include "runner/trial/failure_naming.h"

namespace attnsweep::runner {
namespace {

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

TEST(FailureNaming, AReplicaThatStallsHangs)
{
    const FailureAndCode stalled = named(model::ReplicaStalled("of the 2 replicas, 1 did not come"));
    EXPECT_EQ(stalled.failure.kind, configs::FailureKind::hang);
    EXPECT_EQ(stalled.failure.message, "of the 2 replicas, 1 did not come");
    EXPECT_EQ(stalled.exit_code, exit_failed);
}

}  // namespace
}  // namespace attnsweep::runner
