#include <gtest/gtest.h>

#include "scheduler/error.h"
#include "scheduler/transport.h"

namespace attnsweep::scheduler {
namespace {

TEST(LocalTransport, WhatIsSentToOneselfComesBackInOrder)
{
    LocalTransport transport;
    EXPECT_FALSE(transport.receive());
    EXPECT_LT(transport.poll_after_ms(), 0) << "nothing to poll for";
    transport.send(0, "one");
    transport.send(0, "two");
    EXPECT_EQ(transport.poll_after_ms(), 0);
    EXPECT_EQ(transport.receive()->text, "one");
    EXPECT_EQ(transport.receive()->text, "two");
    EXPECT_FALSE(transport.receive());
}

TEST(LocalTransport, ThereIsNobodyElse)
{
    LocalTransport transport;
    EXPECT_THROW(transport.send(1, "hello"), Error);
}

}  // namespace
}  // namespace attnsweep::scheduler
