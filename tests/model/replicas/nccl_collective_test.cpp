// The collective of GPUs with stand-ins for NCCL and CUDA: the contract of collective_test.cpp, and what NCCL can report.
#include "model/replicas/nccl_collective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <thread>

#include <torch/torch.h>

#include "model/cuda/plugin/nccl_exchange.h"
#include "model/replicas/make_collective.h"
#include "model/replicas/replica_team.h"
#include "tests/environment_variable.h"
#include "tests/model/cuda/stand_in_cuda.h"
#include "tests/model/replicas/collective_kinds.h"
#include "tests/model/replicas/stand_in_nccl.h"
#include "tests/model/trainee.h"

namespace attnsweep::model {

using namespace std::chrono_literals;

namespace {

constexpr int not_ready = 600, unhandled_cuda_error = 1, unhandled_system_error = 2, in_progress = 7;

std::unique_ptr<NcclCollective> started(int replicas, std::chrono::milliseconds limit = 60s,
                                        std::chrono::milliseconds start_limit = 60s)
{
    static const AttnsweepCudaFunctions functions = [] {
        AttnsweepCudaFunctions all{};
        cuda_plugin::add_exchange(all);
        return all;
    }();
    return std::make_unique<NcclCollective>(
        std::vector<c10::Device>(static_cast<std::size_t>(replicas), c10::Device(c10::kCPU)), limit, functions,
        start_limit);
}

}  // namespace

std::vector<CollectiveKind> collective_kinds()
{
    return {{"StandInNccl", [](int replicas, std::chrono::milliseconds limit) { return started(replicas, limit); },
             [](int) { return c10::Device(c10::kCPU); }, [](int) { return std::string(); }}};
}

namespace {

class NcclCollectiveTest : public ::testing::Test {
public:
    ~NcclCollectiveTest() override
    {
        EXPECT_EQ(stand_in::nccl().alive, 0) << "communicators were left";
        for (std::atomic<int>* each :
             {&stand_in::nccl().id_result, &stand_in::nccl().init_result_of_1, &stand_in::nccl().sum_result,
              &stand_in::nccl().error, &stand_in::nccl().aborted, &stand_in::nccl().stuck_until_aborts,
              &stand_in::nccl().stuck, &stand_in::cuda().record_error, &stand_in::cuda().query_error}) {
            *each = 0;
        }
        stand_in::nccl().last_error = "";
        stand_in::cuda().records_until_error = -1;
    }

    /// Has two replicas sum at once; returns what each threw.
    static std::vector<std::string> sum(Collective& collective)
    {
        std::vector<std::string> thrown(2);
        const auto one = [&](int replica) {
            try {
                collective.sum(replica, {at::ones({2})});
            } catch (const ReplicaStalled& error) {
                thrown[static_cast<std::size_t>(replica)] = std::string("stalled: ") + error.what();
            } catch (const Error& error) {
                thrown[static_cast<std::size_t>(replica)] = error.what();
            }
        };
        std::thread thread([&] { one(0); });
        one(1);
        thread.join();
        return thrown;
    }

    static void wait_for_aborts(int communicators)
    {
        for (int i = 0; i < 20000 && stand_in::nccl().aborted < communicators; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_EQ(stand_in::nccl().aborted, communicators);
    }
};

const char* const cuda_error_words = "unhandled cuda error (NCCL_DEBUG=INFO in the environment tells more)";

TEST_F(NcclCollectiveTest, CommunicatorsAreFreedAndNotAbortedAtTheEnd)
{
    auto collective = started(3);
    EXPECT_EQ(stand_in::nccl().alive, 3);
    collective.reset();
    EXPECT_EQ(stand_in::nccl().aborted, 0);
}

TEST_F(NcclCollectiveTest, WhatKeepsNcclFromStartingIsNamed)
{
    stand_in::nccl().id_result = unhandled_system_error;
    EXPECT_EQ(
        message_of([] { started(2); }),
        "NCCL cannot start on 2 GPUs: ncclGetUniqueId: unhandled system error (NCCL_DEBUG=INFO in the environment "
        "tells more)");
    stand_in::nccl().id_result = 0;
    stand_in::nccl().init_result_of_1 = unhandled_cuda_error;
    EXPECT_EQ(message_of([] { started(2); }),
              std::string("NCCL cannot start on 2 GPUs: ncclCommInitRankConfig: ") + cuda_error_words);
    stand_in::nccl().init_result_of_1 = 0;
    stand_in::cuda().gpus = 1;
    EXPECT_EQ(message_of([] { started(2); }),
              "NCCL cannot start on 2 GPUs: starting NCCL: CUDA error: invalid device ordinal");
    stand_in::cuda().gpus = 8;
    stand_in::nccl().error = unhandled_cuda_error;
    EXPECT_EQ(message_of([] { started(2); }),
              std::string("NCCL cannot start on GPU 0 of 2: NCCL: ") + cuda_error_words);
    stand_in::nccl().error = in_progress;
    EXPECT_EQ(message_of([] { started(2, 60s, 100ms); }),
              "NCCL cannot start on GPU 0 of 2: it is not ready after 100 ms");
}

TEST_F(NcclCollectiveTest, AnErrorAfterTheSumsWereQueuedIsThrownByTheCheckAndByTheNextSum)
{
    const auto collective = started(2);
    EXPECT_THAT(sum(*collective), ::testing::Each(""));
    EXPECT_NO_THROW(collective->check());
    stand_in::nccl().error = unhandled_cuda_error;
    const std::string words = std::string(" of 2: NCCL: ") + cuda_error_words;
    EXPECT_THAT(message_of([&] { collective->check(); }), ::testing::EndsWith(words));
    EXPECT_THAT(sum(*collective), ::testing::Each(::testing::EndsWith(words)));
}

TEST_F(NcclCollectiveTest, WhatNcclLastWarnedOfIsNamedWithTheError)
{
    const auto collective = started(2);
    stand_in::nccl().last_error = "Cuda failure 719 'unspecified launch failure'";
    stand_in::nccl().error = unhandled_cuda_error;
    EXPECT_THAT(message_of([&] { collective->check(); }),
                ::testing::EndsWith(" of 2: NCCL: unhandled cuda error; NCCL's last warning: Cuda failure 719 "
                                    "'unspecified launch failure'"));
}

TEST_F(NcclCollectiveTest, TheWatcherAbortsAllAtAnErrorThatNobodyAsksFor)
{
    const auto collective = started(3);
    stand_in::nccl().error = unhandled_cuda_error;
    wait_for_aborts(3);
}

TEST_F(NcclCollectiveTest, AnExchangeThatDoesNotEndOnTheGpuIsAbortedAndNamed)
{
    const auto collective = started(2, 200ms);
    stand_in::cuda().query_error = not_ready;
    EXPECT_THAT(sum(*collective), ::testing::Each(""));
    wait_for_aborts(2);
    try {
        collective->check();
        FAIL() << "nothing was thrown";
    } catch (const ReplicaStalled& error) {
        EXPECT_THAT(error.what(), ::testing::MatchesRegex("an exchange has not ended on GPU [01] of 2 within 200 ms"));
    }
    EXPECT_THAT(sum(*collective), ::testing::Each(::testing::StartsWith("stalled: an exchange has not ended on GPU")));
}

TEST_F(NcclCollectiveTest, AnErrorOfTheGpuIsNamed)
{
    const auto collective = started(2);
    stand_in::cuda().query_error = 700;
    sum(*collective);
    EXPECT_THAT(message_of([&] { collective->check(); }),
                ::testing::HasSubstr("of 2: an exchange by NCCL: CUDA error: a stand-in's error"));
}

TEST_F(NcclCollectiveTest, AnExchangeThatNcclDoesNotQueueIsNamed)
{
    const auto collective = started(2, 60s, 100ms);
    stand_in::nccl().error = in_progress;
    EXPECT_THAT(sum(*collective), ::testing::Each(::testing::MatchesRegex(
                                      "stalled: replica [01] of 2: NCCL has not queued an exchange within 100 ms")));
}

TEST_F(NcclCollectiveTest, ACallOfNcclThatDoesNotReturnIsFreedByAbortingAll)
{
    stand_in::nccl().stuck_until_aborts = 2;
    {
        const auto collective = started(2, 60s, 200ms);
        EXPECT_THAT(sum(*collective),
                    ::testing::Each(::testing::MatchesRegex("stalled: (a call of NCCL has not returned on GPU 0 of 2 "
                                                            "within 200 ms|replica 1 of 2: NCCL has not queued .*)")));
        EXPECT_EQ(stand_in::nccl().aborted, 2);
    }
    stand_in::nccl().aborted = 0;
    const auto collective = started(1, 60s, 200ms);
    stand_in::nccl().stuck_until_aborts = 1;
    EXPECT_EQ(message_of([&] { collective->sum(0, {at::ones({2})}); }),
              "a call of NCCL has not returned on GPU 0 of 1 within 200 ms");
}

TEST_F(NcclCollectiveTest, AbortReachesACallThatDoesNotReturn)
{
    stand_in::nccl().stuck_until_aborts = 2;
    const auto collective = started(2);
    std::thread other([&] {
        while (stand_in::nccl().stuck == 0) {
            std::this_thread::sleep_for(1ms);
        }
        collective->abort("the run was interrupted");
    });
    EXPECT_THAT(sum(*collective), ::testing::Each("the run was interrupted"));
    other.join();
    EXPECT_EQ(stand_in::nccl().aborted, 2);
}

TEST_F(NcclCollectiveTest, TheRingIsTakenUnlessTheUserChoseOtherwise)
{
    for (const auto& [own, taken, note] : std::vector<std::array<std::string, 3>>{
             {"", "Ring", ""},
             {"ring", "ring", ""},
             {"Tree", "Tree",
              "NCCL_ALGO is Tree here and is kept: sums over several GPUs, and so results, may differ from run to run; "
              "without it NCCL's ring is taken"}}) {
        const tests::EnvironmentVariable of_user("NCCL_ALGO", own);
        EXPECT_EQ(note_on_nccl_algorithm(), note);
        started(1);
        EXPECT_EQ(std::getenv("NCCL_ALGO"), taken);
    }
}

TEST_F(NcclCollectiveTest, ASumThatNcclRefusesIsNamed)
{
    for (const auto& [setting, words] : std::vector<std::pair<std::atomic<int>*, const char*>>{
             {&stand_in::nccl().sum_result, "in an exchange: ncclAllReduce: unhandled cuda error"},
             {&stand_in::cuda().record_error, "in an exchange: cudaEventRecord: CUDA error"}}) {
        const auto collective = started(2);
        *setting = unhandled_cuda_error;
        EXPECT_THAT(sum(*collective), ::testing::Each(::testing::HasSubstr(words)));
        *setting = 0;
    }
}

TEST_F(NcclCollectiveTest, TensorsThatCannotBeSummedAreRefused)
{
    const auto collective = started(1);
    EXPECT_EQ(message_of([&] { collective->sum(0, {at::ones({2}, at::kLong)}); }),
              "replica 0 of 1 gave an exchange a tensor on cpu that cannot be summed: expected float32 or float64 on "
              "cpu without gaps");
    EXPECT_THAT(message_of([&] { collective->sum(0, {at::ones({4, 4}).slice(1, 0, 2)}); }),
                ::testing::HasSubstr("cannot be summed"));
}

// libtorch looks for CUDA's last error after each kernel that it starts.
TEST_F(NcclCollectiveTest, AnExchangeThatStillRunsLeavesNoErrorForOthersToFind)
{
    const auto collective = started(1);
    collective->sum(0, {at::ones({2})});
    stand_in::cuda().query_error = not_ready;
    collective->sum(0, {at::ones({2})});
    EXPECT_EQ(stand_in::cuda_last_error(), 0);
}

/// Two replicas of one network over NCCL.
struct Pair {
    explicit Pair(std::unique_ptr<Collective> collective)
    {
        team = std::make_unique<ReplicaTeam>(std::vector<Replica>{{&first.net, first.optimizer.get(), {}, {}},
                                                                  {&second.net, second.optimizer.get(), {}, {}}},
                                             std::move(collective), 1, 60s);
    }
    double loss()
    {
        at::manual_seed(1);
        return team
            ->train_batch(at::rand({7, shape.frames, shape.bins}), at::randint(shape.classes, {7}, at::kLong),
                          configs::Precision::float32)
            .loss;
    }
    Trainee first{0.5}, second{0.5};
    std::unique_ptr<ReplicaTeam> team;
};

TEST_F(NcclCollectiveTest, TwoReplicasTrainAsInMemory)
{
    Pair by_nccl(started(2)), in_memory(std::make_unique<MemoryCollective>(2, 60s));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(by_nccl.loss(), in_memory.loss()) << i;
    }
    EXPECT_EQ(by_nccl.first.bytes(), in_memory.first.bytes());
}

TEST_F(NcclCollectiveTest, AStepWhoseLastExchangeFailsIsNoStep)
{
    int exchanges = 0;
    {
        class Counting : public MemoryCollective {
        public:
            explicit Counting(int& count) : MemoryCollective(2, 60s), count_(count) {}
            void sum(int replica, const std::vector<at::Tensor>& tensors) override
            {
                count_ += replica == 0 ? 1 : 0;
                MemoryCollective::sum(replica, tensors);
            }

        private:
            int& count_;
        };
        Pair pair(std::make_unique<Counting>(exchanges));
        pair.loss();
    }
    ASSERT_GT(exchanges, 2);
    Pair pair(started(2));
    pair.loss();
    stand_in::cuda().records_until_error = 2 * exchanges;
    EXPECT_THAT(message_of([&] { pair.loss(); }), ::testing::HasSubstr("of 2: an exchange by NCCL: CUDA error"));
}

}  // namespace
}  // namespace attnsweep::model
