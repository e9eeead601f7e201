// The contract of every Collective: one test for all implementations. Those of GPUs run where there are GPUs
// (tests/gpu/README.md); here they are skipped by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include <torch/torch.h>

#include "model/replicas/memory_collective.h"
#include "tests/model/replicas/collective_kinds.h"

namespace attnsweep::model {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// An implementation and a number of replicas.
class CollectiveContract : public ::testing::TestWithParam<std::tuple<CollectiveKind, int>> {
protected:
    void SetUp() override
    {
        if (const std::string obstacle = kind().obstacle(replicas()); !obstacle.empty()) {
            GTEST_SKIP() << obstacle;
        }
    }

    static const CollectiveKind& kind() { return std::get<0>(GetParam()); }
    static int replicas() { return std::get<1>(GetParam()); }
    static c10::Device device(int replica) { return kind().device(replica); }
    static std::unique_ptr<Collective> make(std::chrono::milliseconds limit = 20s)
    {
        return kind().make(replicas(), limit);
    }

    // Runs `work` in a thread for each replica, and returns what each threw: "" for nothing.
    static std::vector<std::string> run(const std::function<void(int)>& work)
    {
        std::vector<std::string> thrown(static_cast<std::size_t>(replicas()));
        std::vector<std::thread> threads;
        threads.reserve(thrown.size());
        for (int i = 0; i < replicas(); ++i) {
            threads.emplace_back([&, i] {
                std::string& words = thrown[static_cast<std::size_t>(i)];
                try {
                    work(i);
                } catch (const ExchangeAborted& error) {
                    words = std::string("aborted: ") + error.what();
                } catch (const ReplicaStalled& error) {
                    words = std::string("stalled: ") + error.what();
                } catch (const std::exception& error) {
                    words = error.what();
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        return thrown;
    }
};

TEST_P(CollectiveContract, SumsAreThoseOfAllReplicasWithTheSameBitsInEveryRun)
{
    at::Tensor first_run;
    for (const int attempt : {1, 2}) {
        const auto collective = make();
        ASSERT_EQ(collective->replicas(), replicas());
        std::vector<at::Tensor> singles, doubles;
        at::Tensor expected_singles = at::zeros({7, 5, 3, 3}), expected_doubles = at::zeros({1}, at::kDouble);
        for (int i = 0; i < replicas(); ++i) {
            at::manual_seed(static_cast<std::uint64_t>(i));
            singles.push_back(at::randn({7, 5, 3, 3}).to(device(i)).contiguous(at::MemoryFormat::ChannelsLast));
            doubles.push_back(at::randn({1}, at::kDouble).to(device(i)));
            expected_singles += singles.back().cpu();
            expected_doubles += doubles.back().cpu();
        }
        const auto thrown = run([&](int i) {
            const auto index = static_cast<std::size_t>(i);
            collective->sum(i, {singles[index], doubles[index]});
            // At once again: a slow replica must not read the next one's numbers.
            collective->sum(i, {singles[index]});
        });
        EXPECT_THAT(thrown, ::testing::Each(""));
        for (std::size_t i = 0; i < singles.size(); ++i) {
            EXPECT_TRUE(at::allclose(singles[i].cpu(), expected_singles * replicas(), 1e-5, 1e-5));
            EXPECT_TRUE(at::allclose(doubles[i].cpu(), expected_doubles, 1e-12, 1e-12));
            EXPECT_TRUE(at::equal(singles[i].cpu(), singles[0].cpu()));
        }
        EXPECT_NO_THROW(collective->check());
        if (attempt == 1) {
            first_run = singles[0].cpu();
        }
        EXPECT_TRUE(at::equal(singles[0].cpu(), first_run));
    }
}

TEST_P(CollectiveContract, ManyExchangesInARowGoThrough)
{
    const auto collective = make();
    const float all = static_cast<float>(replicas()) * static_cast<float>(replicas() - 1) / 2;  // 0 + 1 + ...
    const auto thrown = run([&](int i) {
        for (int round = 0; round < 500; ++round) {
            const at::Tensor number = at::full({2}, i + round, at::kFloat).to(device(i));
            collective->sum(i, {number});
            if (number.cpu()[0].item<float>() != all + static_cast<float>(replicas() * round)) {
                throw Error("round " + std::to_string(round) + " has another sum");
            }
        }
    });
    EXPECT_THAT(thrown, ::testing::Each(""));
}

/// What goes wrong between several replicas.
class CollectiveFailures : public CollectiveContract {};

TEST_P(CollectiveFailures, AReplicaThatDoesNotComeIsNamed)
{
    const auto collective = make(200ms);
    auto thrown = run([&](int i) {
        if (i != 1) {
            collective->sum(i, {at::ones({2}).to(device(i))});
        }
    });
    EXPECT_EQ(thrown[1], "");
    thrown.erase(thrown.begin() + 1);
    const std::string words =
        "of the " + std::to_string(replicas()) + " replicas, 1 did not come to an exchange within 200 ms";
    EXPECT_THAT(thrown, ::testing::Each(::testing::AnyOf("stalled: " + words, "aborted: " + words)));
    EXPECT_THAT(thrown, ::testing::Contains("stalled: " + words));
    EXPECT_THROW(collective->sum(1, {at::ones({2}).to(device(1))}), ExchangeAborted) << "when it comes after all";
}

TEST_P(CollectiveFailures, AbortEndsWhatWaitsAndWhatComes)
{
    const auto collective = make(60s);
    const auto thrown = run([&](int i) {
        if (i == replicas() - 1) {
            std::this_thread::sleep_for(50ms);
            collective->abort("a replica ran out of memory");
            collective->abort("a later reason");
        }
        collective->sum(i, {at::ones({2}).to(device(i))});
    });
    EXPECT_THAT(thrown, ::testing::Each("aborted: a replica ran out of memory"));
}

const auto name_of = [](const auto& tested) {
    return std::string(std::get<0>(tested.param).name) + "_" + std::to_string(std::get<1>(tested.param));
};
INSTANTIATE_TEST_SUITE_P(On, CollectiveContract,
                         ::testing::Combine(::testing::ValuesIn(collective_kinds()), ::testing::Values(1, 2, 3, 4)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(On, CollectiveFailures,
                         ::testing::Combine(::testing::ValuesIn(collective_kinds()), ::testing::Values(2, 3)), name_of);

// A GPU cannot look at another's tensors before it adds them up, so this is of the memory's alone.
TEST(MemoryCollective, TensorsThatDoNotFitAreRefusedByAll)
{
    const auto message_with = [](const at::Tensor& other) {
        MemoryCollective collective(2, 20s);
        std::string first, second;
        const auto sum = [&](int replica, const at::Tensor& tensor, std::string& words) {
            try {
                collective.sum(replica, {at::ones({2}), tensor});
            } catch (const Error& error) {
                words = error.what();
            }
        };
        std::thread thread([&] { sum(0, at::ones({3, 4}), first); });
        sum(1, other, second);
        thread.join();
        EXPECT_EQ(first, second);
        return second;
    };
    EXPECT_EQ(message_with(at::ones({3, 4})), "");
    const char* words = "replica 1 of 2 gave an exchange other tensors than replica 0, from tensor 1 on";
    EXPECT_THAT(message_with(at::ones({4, 3})), HasSubstr(words));
    EXPECT_THAT(message_with(at::ones({3, 4}, at::kDouble)), HasSubstr(words));
    EXPECT_THAT(message_with(at::ones({4, 3}).t()), HasSubstr(words)) << "other strides";
}

}  // namespace
}  // namespace attnsweep::model
