#include <gtest/gtest.h>

#include "scheduler/error.h"
#include "scheduler/transport.h"

namespace attnsweep::scheduler {
namespace {

TEST(LocalTransport, ThereIsNobodyElse)
{
    LocalTransport transport;
    EXPECT_FALSE(transport.receive());
    EXPECT_LT(transport.poll_after_ms(), 0) << "nothing to poll for";
    EXPECT_THROW(transport.send(1, "hello"), Error);
    EXPECT_THROW(transport.send(0, "hello"), Error) << "what is for the own rank is the messenger's to deliver";
}

}  // namespace
}  // namespace attnsweep::scheduler
