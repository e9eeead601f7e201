#include "runner/rank/messenger.h"

#include <gtest/gtest.h>

#include "runner/error.h"
#include "tests/runner/rank/recording_transport.h"

namespace attnsweep::runner {
namespace {

using tests::message_as;
using tests::RecordingTransport;

TEST(Messenger, DeliversToItsOwnRankInOrderAndWithoutTheTransport)
{
    RecordingTransport transport(3);
    Messenger messenger(transport);
    EXPECT_LT(messenger.poll_after_ms(), 0);
    messenger.send_to_rank(0, Stop{75});
    messenger.send_to_coordinator(Note{"one"});
    messenger.send_to_peer(0, Heartbeat{});
    EXPECT_EQ(messenger.poll_after_ms(), 0) << "the loop must not sleep on what is here already";
    const auto stop = messenger.receive(), note = messenger.receive(), heartbeat = messenger.receive();
    ASSERT_TRUE(stop && note && heartbeat);
    EXPECT_EQ(stop->from, 0);
    ASSERT_NE(message_as<Stop>(stop->message), nullptr);
    EXPECT_EQ(message_as<Stop>(stop->message)->exit_code, 75);
    EXPECT_NE(message_as<Note>(note->message), nullptr);
    EXPECT_NE(message_as<Heartbeat>(heartbeat->message), nullptr);
    EXPECT_FALSE(messenger.receive());
    EXPECT_TRUE(transport.sent.empty());
}

TEST(Messenger, SendsTextToOthersAndReadsTheirs)
{
    RecordingTransport transport(3);
    Messenger messenger(transport);
    messenger.send_to_rank(2, Drain{});
    EXPECT_EQ(transport.told<Drain>(), std::vector<int>{2});
    transport.inbox.push_back({1, to_text(Note{"from afar"})});
    const auto received = messenger.receive();
    ASSERT_TRUE(received);
    EXPECT_EQ(received->from, 1);
    ASSERT_NE(message_as<Note>(received->message), nullptr);
    transport.inbox.push_back({1, "no message"});
    EXPECT_THROW(messenger.receive(), Error);
    transport.inbox.assign(2, {1, "no message"});
    messenger.discard_received();
    EXPECT_FALSE(messenger.receive()) << "dropped unread";
}

}  // namespace
}  // namespace attnsweep::runner
