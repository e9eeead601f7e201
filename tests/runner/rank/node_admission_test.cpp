#include "runner/rank/node_admission.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runner/rank/recording_transport.h"

namespace attnsweep::runner {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Check full{"disk", "full", Check::Verdict::bad, "no room", "make some", exit_no_space};

/// Ranks 1 and 2 are node n, rank 3 is node m; rank 0, on node o, is its own messenger's.
class Admission : public ::testing::Test {
protected:
    NodeAdmission begun(NodeAdmission::Rules rules)
    {
        runner::Setup setup;
        setup.device = "cpu";
        NodeAdmission admission(messenger_, setup, rules, 0);
        const double now_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
        for (const auto& [rank, node] :
             std::vector<std::pair<int, std::string>>{{0, "o"}, {1, "n"}, {2, "n"}, {3, "m"}}) {
            admission.on(rank, RankHello{node, now_s, {}});
        }
        return admission;
    }

    tests::RecordingTransport transport_{4};
    Messenger messenger_{transport_};
};

TEST_F(Admission, OneRankOfEachNodeLooksAndAllAreTold)
{
    NodeAdmission admission = begun({});
    EXPECT_THAT(transport_.told<runner::Setup>(), ElementsAre(1, 2, 3));
    EXPECT_THAT(transport_.told<Inspect>(), ElementsAre(1, 3));
    admission.on(0, NodeInspected{});
    admission.on(1, NodeInspected{});
    EXPECT_FALSE(admission.decide(1)) << "m has not answered";
    admission.on(3, NodeInspected{});
    const auto decision = admission.decide(1);
    ASSERT_TRUE(decision);
    EXPECT_FALSE(decision->stop);
    EXPECT_THAT(decision->report, AllOf(HasSubstr("n"), HasSubstr("m")));
    EXPECT_THAT(transport_.told<UseDevice>(), ::testing::UnorderedElementsAre(1, 2, 3));
    EXPECT_FALSE(admission.decide(2)) << "decided once";
}

TEST_F(Admission, ABadNodeStopsTheRunUnlessItIsToBeLeftOut)
{
    for (const bool leave_out : {false, true}) {
        transport_.sent.clear();
        NodeAdmission admission = begun({leave_out, false});
        admission.on(0, NodeInspected{});
        admission.on(1, NodeInspected{{full}, {}});
        admission.on(3, NodeInspected{});
        const auto decision = admission.decide(1);
        ASSERT_TRUE(decision);
        EXPECT_EQ(decision->stop.has_value(), !leave_out);
        if (leave_out) {
            EXPECT_THAT(decision->left_out, ElementsAre("n is left out: no room"));
            EXPECT_THAT(transport_.told<UseDevice>(), ElementsAre(3));
        } else {
            EXPECT_EQ(decision->stop->exit_code, exit_no_space);
            EXPECT_EQ(decision->stop->message,
                      "n: disk: no room; make some (or run without it: --on-bad-node leave-out)");
            EXPECT_THAT(transport_.told<UseDevice>(), IsEmpty());
        }
    }
}

TEST_F(Admission, WithoutAGoodNodeThereIsNothingToGoOnWith)
{
    NodeAdmission admission = begun({true, false});
    for (const int rank : {0, 1, 3}) {
        admission.on(rank, NodeInspected{{full}, {}});
    }
    const auto decision = admission.decide(1);
    ASSERT_TRUE(decision && decision->stop);
    EXPECT_THAT(decision->stop->message, ::testing::EndsWith("make some"));
}

TEST_F(Admission, APreflightAloneUsesNoDevice)
{
    NodeAdmission admission = begun({false, true});
    for (const int rank : {0, 1, 3}) {
        admission.on(rank, NodeInspected{});
    }
    ASSERT_TRUE(admission.decide(1));
    EXPECT_THAT(transport_.told<UseDevice>(), IsEmpty());
}

TEST_F(Admission, RanksThatSeeDifferentGpusAreToldTheirOwn)
{
    NodeAdmission admission(messenger_, runner::Setup{}, {}, 0);
    const double now_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const std::vector<Gpu> gpus = {{"GPU-0"}, {"GPU-1"}, {"GPU-2"}};
    admission.on(0, RankHello{"o", now_s, {}});
    admission.on(1, RankHello{"n", now_s, {"GPU-1"}});
    admission.on(2, RankHello{"n", now_s, {"GPU-1", "GPU-2"}});
    admission.on(3, RankHello{"n", now_s, {"GPU-2"}});
    EXPECT_THAT(transport_.told<Inspect>(), ElementsAre(1, 2, 3));
    admission.on(0, NodeInspected{});
    admission.on(1, NodeInspected{{}, {gpus[1]}});
    admission.on(2, NodeInspected{{}, {gpus[1], gpus[2]}});
    admission.on(3, NodeInspected{{}, {gpus[2]}});
    const auto decision = admission.decide(1);
    ASSERT_TRUE(decision);
    EXPECT_THAT(transport_.told<UseDevice>(), ElementsAre(1, 2));
    EXPECT_THAT(decision->left_out, ElementsAre("n/3 is left out: other ranks of its host use the GPUs that it sees"));
}

TEST_F(Admission, AnotherRankLooksWhereTheFirstWasLost)
{
    NodeAdmission admission = begun({});
    admission.rank_lost(1);
    EXPECT_THAT(transport_.told<Inspect>(), ElementsAre(1, 3, 2));
}

TEST_F(Admission, ANodeThatDoesNotAnswerIsBadInTheEnd)
{
    NodeAdmission admission = begun({});
    admission.on(0, NodeInspected{});
    admission.on(1, NodeInspected{});
    EXPECT_FALSE(admission.decide(600));
    const auto decision = admission.decide(661);
    ASSERT_TRUE(decision && decision->stop);
    EXPECT_THAT(decision->stop->message, AllOf(HasSubstr("m: node: "), HasSubstr("660 s")));
}

TEST_F(Admission, NodesThatAreAllTooSmallForATrialEndTheRunOnceAllHaveAnswered)
{
    NodeAdmission admission = begun({false, false, 4});
    for (const int rank : {0, 1, 3}) {
        admission.on(rank, NodeInspected{});
    }
    ASSERT_TRUE(admission.decide(1));
    EXPECT_FALSE(admission.all_answered());
    admission.on(0, NodeReady{"o", 2, 1, {}, "", true});
    admission.on(1, NodeReady{"n", 6, 3, {}, ""});
    admission.on(2, NodeReady{"n", 6, 3, {}, ""});
    EXPECT_FALSE(admission.too_few_devices()) << "m may have more";
    admission.rank_lost(3);
    EXPECT_TRUE(admission.all_answered());
    const auto error = admission.too_few_devices();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->exit_code, exit_no_device);
    EXPECT_EQ(error->message,
              "execution.devices_per_trial = 4, but the largest node, n, has 3 (GPUs, or slots of cores), and a "
              "trial's devices are of one node; expected at most 3: choose fewer, or \"auto\", or run on nodes with "
              "more");
    EXPECT_FALSE(admission.too_few_devices()) << "said once";
}

TEST_F(Admission, WithAutomaticDevicesRanksWaitForOthersWhileFewTrialsAreLeftAndForAMinute)
{
    NodeAdmission admission = begun({false, false, 0});
    for (const int rank : {0, 1, 3}) {
        admission.on(rank, NodeInspected{});
    }
    ASSERT_TRUE(admission.decide(1));
    for (const int rank : {0, 1, 2}) {
        admission.on(rank, NodeReady{"n", 4, 4, {}, ""});
    }
    EXPECT_FALSE(admission.holds_back(4, 4, 10)) << "each slot has a trial in any case";
    EXPECT_TRUE(admission.holds_back(3, 4, 10));
    EXPECT_TRUE(admission.holds_back(3, 4, 69));
    EXPECT_FALSE(admission.gave_up_on(69));
    EXPECT_FALSE(admission.holds_back(3, 4, 70));
    EXPECT_THAT(admission.gave_up_on(70).value_or(""), HasSubstr("rank 3 has not answered; waited 60 s"));
    EXPECT_FALSE(admission.gave_up_on(71)) << "said once";

    NodeAdmission answered = begun({false, false, 0});
    EXPECT_FALSE(answered.holds_back(1, 4, 10)) << "nobody is told yet, so nobody is awaited";
    NodeAdmission fixed = begun({false, false, 2});
    for (const int rank : {0, 1, 3}) {
        fixed.on(rank, NodeInspected{});
    }
    ASSERT_TRUE(fixed.decide(1));
    EXPECT_FALSE(fixed.holds_back(1, 4, 10));
}

TEST(NodeReady, OnInstancesOfDividedGpusATrialIsOnOne)
{
    EXPECT_EQ(most_devices_together({"n", 8, 4, {}, ""}), 4);
    EXPECT_EQ(most_devices_together({"n", 8, 4, {}, "", true}), 8);
    EXPECT_EQ(most_devices_together({"n", 8, 4, {}, "", false, true}), 1);
}

TEST_F(Admission, OneNodeThatIsLargeEnoughSuffices)
{
    NodeAdmission admission = begun({false, false, 4});
    for (const int rank : {0, 1, 3}) {
        admission.on(rank, NodeInspected{});
    }
    ASSERT_TRUE(admission.decide(1));
    admission.on(0, NodeReady{"o", 4, 1, {}, "", true});
    for (const int rank : {1, 2, 3}) {
        admission.on(rank, NodeReady{"n", 1, 1, {}, ""});
    }
    EXPECT_TRUE(admission.all_answered());
    EXPECT_FALSE(admission.too_few_devices());
}

}  // namespace
}  // namespace attnsweep::runner
