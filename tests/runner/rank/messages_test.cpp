#include "runner/rank/messages.h"

#include <limits>
#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runner/error.h"
#include "tests/runner/rank/message_as.h"

namespace attnsweep::runner {
namespace {

using ::testing::HasSubstr;

template <class Message> Message there_and_back(const Message& message)
{
    const RankMessage back = message_from(to_text(message));
    const Message* same = tests::message_as<Message>(back);
    if (same == nullptr) {
        throw Error("it came back as another message: " + to_text(back));
    }
    return *same;
}

/// Each message of a direction, empty: comes back as itself, and no other has its name.
template <class... Messages>
void all_travel(std::type_identity<std::variant<Messages...>>, std::set<std::string>& names)
{
    (
        [&] {
            const std::string text = to_text(Messages{});
            EXPECT_EQ(to_text(there_and_back(Messages{})), text);
            const auto name = nlohmann::json::parse(text).at("is").get<std::string>();
            EXPECT_TRUE(names.insert(name).second) << name << " is the name of two messages";
        }(),
        ...);
}

TEST(Messages, EachTravelsUnderANameOfItsOwn)
{
    std::set<std::string> names;
    all_travel(std::type_identity<ToRank>(), names);
    all_travel(std::type_identity<ToCoordinator>(), names);
    all_travel(std::type_identity<BetweenRanks>(), names);
    EXPECT_EQ(names.size(),
              std::variant_size_v<ToRank> + std::variant_size_v<ToCoordinator> + std::variant_size_v<BetweenRanks>);
}

TEST(Messages, AStartCarriesItsOrders)
{
    StartAttempt start;
    start.attempt = 3;
    start.slots = {{"", 1, 2}};
    TrialOrder order;
    order.trial.id = "abc";
    order.trial.label = "cqt-r25-s1";
    order.attempt = 3;
    order.earlier_attempts = {"b", "a"};
    start.orders = {order};
    const StartAttempt back = there_and_back(start);
    EXPECT_EQ(back.attempt, 3);
    EXPECT_EQ(back.slots, start.slots);
    ASSERT_EQ(back.orders.size(), 1u);
    EXPECT_EQ(back.orders[0].trial.label, "cqt-r25-s1");
    EXPECT_EQ(back.orders[0].earlier_attempts.at(1), "a");
}

TEST(Messages, AnEndCarriesItsFailure)
{
    const AttemptEnded back = there_and_back(
        AttemptEnded{"abc", 2, scheduler::Ending::failed, {configs::FailureKind::signal, "killed", 9}, "r", "l"});
    EXPECT_EQ(back.trial, "abc");
    EXPECT_EQ(back.attempt, 2);
    EXPECT_EQ(back.ending, scheduler::Ending::failed);
    EXPECT_EQ(back.failure.kind, configs::FailureKind::signal);
    EXPECT_EQ(back.failure.signal, 9);
    EXPECT_EQ(back.result, "r");
    EXPECT_EQ(back.log, "l");
    EXPECT_EQ(back.written, nullptr);
}

TEST(Messages, AnEndCarriesWhatItsRankWrote)
{
    configs::TrialResult written;
    written.trial_id = "abc";
    written.outcome = configs::Outcome::failed;
    written.failure = {configs::FailureKind::signal, "killed", 9};
    written.epochs = {{1, std::numeric_limits<double>::infinity(), 0.5, 0.5, 0.5, 1}};
    AttemptEnded ended{"abc", 2, scheduler::Ending::failed, written.failure, "r", "l"};
    ended.written = std::make_shared<configs::TrialResult>(written);
    const AttemptEnded back = there_and_back(ended);
    ASSERT_NE(back.written, nullptr);
    EXPECT_EQ(nlohmann::json(*back.written), nlohmann::json(written));
}

TEST(Messages, TheOthers)
{
    runner::Setup sent{"cuda", 4, 2, 3, 7.5, 90, "/d", {"x", "y"}, {"tf32"}, 5000000000, "/s.d", "h", 7, 8, 9};
    const runner::Setup setup = there_and_back(sent);
    EXPECT_EQ(setup.hang_after_s, 90);
    EXPECT_EQ(setup.device, "cuda");
    EXPECT_EQ(setup.threads, 4);
    EXPECT_EQ(setup.slots, 2);
    EXPECT_EQ(setup.grace_s, 7.5);
    EXPECT_EQ(setup.data, "/d");
    EXPECT_EQ(setup.data_digests, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(setup.slots_per_device, 3);
    EXPECT_EQ(setup.trial_memory_bytes, 5000000000);
    EXPECT_EQ(setup.store_folder, "/s.d");
    EXPECT_EQ(setup.store_holder, "h");
    EXPECT_EQ(setup.kept_bytes, 7);
    EXPECT_EQ(setup.running_bytes, 8);
    EXPECT_EQ(setup.replicas, 9);
    there_and_back(Inspect{});
    const auto use = there_and_back(UseDevice{"cpu", {{"GPU-a", "name", 9, {1, 2}}}, "n/2", 1, 2});
    EXPECT_EQ(use.device, "cpu");
    EXPECT_EQ(use.gpus.at(0).uuid, "GPU-a");
    EXPECT_EQ(use.gpus.at(0).name, "name");
    EXPECT_EQ(use.gpus.at(0).free_bytes, 9);
    EXPECT_EQ(use.gpus.at(0).near_cores, (std::vector<int>{1, 2}));
    EXPECT_EQ(use.node, "n/2");
    EXPECT_EQ(use.part, 1);
    EXPECT_EQ(use.parts, 2);
    EXPECT_EQ(there_and_back(RankHello{"n", 1.5, {"GPU-a"}}).clock_s, 1.5);
    EXPECT_EQ(there_and_back(RankHello{"n", 1.5, {"GPU-a"}}).gpus.at(0), "GPU-a");
    const auto inspected =
        there_and_back(NodeInspected{{{"disk", "full", Check::Verdict::bad, "w", "r", 7}}, {{"GPU-b"}}});
    EXPECT_EQ(inspected.checks.at(0).exit_code, 7);
    EXPECT_EQ(inspected.gpus.at(0).uuid, "GPU-b");
    EXPECT_EQ(there_and_back(Stop{75}).exit_code, 75);
    EXPECT_FALSE(there_and_back(Stop{0, false}).together);
    EXPECT_EQ(there_and_back(EndRank{3, {"h", "b", 7, 9}}).rank, 3);
    EXPECT_EQ(there_and_back(EndRank{3, {"h", "b", 7, 9}}).process.start_time, 9u);
    EXPECT_EQ(there_and_back(PeerHello{"n", {"h", "b", 7, 9}}).process.pid, 7);
    EXPECT_EQ(there_and_back(PeerHello{"n#1", {"h", "b", 7, 9}}).node, "n#1");
    there_and_back(Heartbeat{});
    const auto joined = there_and_back(NodeReady{"n", 6, 3, {5000000000, 6000000000}, "6 slots"});
    EXPECT_EQ(joined.slots, 6);
    EXPECT_EQ(joined.devices, 3);
    EXPECT_EQ(joined.memory, (scheduler::Memory{5000000000, 6000000000}));
    EXPECT_EQ(joined.description, "6 slots");
    EXPECT_FALSE(joined.of_cores);
    EXPECT_TRUE(there_and_back(NodeReady{"n", 6, 1, {}, "6 slots", true}).of_cores);
    EXPECT_TRUE(there_and_back(NodeReady{"n", 6, 6, {}, "6 slots", false, true}).one_each);
    EXPECT_EQ(there_and_back(NodeReady{"n", 6, 2, {}, "", false, false, {7, 8}}).bytes_of_devices,
              (std::vector<std::int64_t>{7, 8}));
    EXPECT_EQ(there_and_back(NodeError{6, "no GPU"}).message, "no GPU");
    EXPECT_EQ(there_and_back(AttemptStarted{"abc", 1, "h", "cpu", "t"}).device, "cpu");
    EXPECT_EQ(there_and_back(SlotReleased{"abc", 5}).trial, "abc");
    EXPECT_EQ(there_and_back(SlotReleased{"abc", 5}).attempt, 5);
    EXPECT_EQ(there_and_back(Acknowledged{"abc", 5}).attempt, 5);
    const WatchAttempt watch = there_and_back(WatchAttempt{"abc", 5, "/a"});
    EXPECT_EQ(watch.trial, "abc");
    EXPECT_EQ(watch.attempt, 5);
    EXPECT_EQ(watch.attempt_folder, "/a");
    EXPECT_EQ(there_and_back(AttemptExited{"abc", 5}).trial, "abc");
    EXPECT_EQ(there_and_back(AttemptExited{"abc", 5}).attempt, 5);
    EXPECT_EQ(there_and_back(DrainRequested{"SIGINT"}).reason, "SIGINT");
    EXPECT_EQ(there_and_back(Note{"\xff is no UTF-8", "abc"}).text, "\xEF\xBF\xBD is no UTF-8");
    EXPECT_EQ(there_and_back(Note{"x", "abc"}).trial, "abc");
    TrialEvent event;
    event.kind = TrialEvent::Kind::progress;
    event.batch = 7;
    EXPECT_EQ(there_and_back(TrialEventReported{event}).event.batch, 7);
    there_and_back(Drain{});
}

TEST(Messages, WhatIsNoneIsAnError)
{
    EXPECT_THROW(message_from("no json"), Error);
    EXPECT_THROW(message_from(R"({"is": "song"})"), Error);
    EXPECT_THROW(message_from(R"({"is": "stop"})"), Error);
    EXPECT_THROW(message_from(R"({"is": "attempt_ended"})"), Error);
    EXPECT_THROW(message_from(R"({"is": "note", "text": 3, "trial": ""})"), Error);
    EXPECT_THROW(message_from(R"({"is": "trial_event_reported", "event": "garbled"})"), Error);
    EXPECT_THROW(message_from(R"({"is": "node_inspected", "checks": "none"})"), Error);
    EXPECT_THROW(message_from("[]"), Error);
}

TEST(Messages, AnErrorNamesTheText)
{
    try {
        message_from(R"({"is": "song", "verse": 1})");
        FAIL() << "it was taken for a message";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("unknown message 'song'"));
        EXPECT_THAT(error.what(), HasSubstr(R"("verse": 1)"));
        EXPECT_THAT(error.what(), HasSubstr("give every node the same build"));
    }
}

}  // namespace
}  // namespace attnsweep::runner
