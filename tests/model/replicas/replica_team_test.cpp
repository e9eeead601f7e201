// Replicas of a network that train together, beside one that trains alone: on the CPU with float64 and float32.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include <sched.h>

#include <torch/torch.h>

#include "model/replicas/memory_collective.h"
#include "model/replicas/replica_team.h"
#include "tests/model/trainee.h"

namespace attnsweep::model {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::chrono::seconds long_enough{60};

struct Setting {
    double ratio = 0.5;
    at::ScalarType type = at::kDouble;
    int threads = 1;
    std::uint64_t init = 7;
    configs::TrainingSettings training = at_rate(0.01);
    std::vector<float> class_weights = {};
    std::vector<std::vector<int>> cores = {};  // by replica; empty: unbound
};

/// A team of networks that begin alike, and what belongs to it.
class Together {
public:
    Together(int replicas, const Setting& setting, std::unique_ptr<Collective> collective = nullptr,
             std::chrono::milliseconds limit = long_enough)
        : type_(setting.type)
    {
        std::vector<Replica> members;
        for (int i = 0; i < replicas; ++i) {
            nets.push_back(std::make_unique<InstrumentNet>(narrow(setting.ratio), shape, setting.init));
            nets.back()->to(type_);
            optimizers.push_back(make_optimizer(setting.training, *nets.back()));
            at::Tensor weights;
            if (!setting.class_weights.empty()) {
                weights = at::tensor(setting.class_weights).to(type_);
            }
            members.push_back(
                {nets.back().get(), optimizers.back().get(), weights,
                 setting.cores.empty() ? std::vector<int>() : setting.cores[static_cast<std::size_t>(i)]});
        }
        if (!collective) {
            collective = std::make_unique<MemoryCollective>(replicas, limit);
        }
        team = std::make_unique<ReplicaTeam>(std::move(members), std::move(collective), setting.threads, limit);
    }

    StepResult step(std::uint64_t number, std::int64_t samples = 8, bool reads_late = false)
    {
        at::manual_seed(number);
        const at::Tensor x = at::rand({samples, shape.frames, shape.bins}).to(type_),
                         labels = at::randint(shape.classes, {samples}, at::kLong);
        return team->train_batch(x, labels, configs::Precision::float32, reads_late);
    }

    std::string bytes(std::size_t replica) const { return to_bytes(*nets[replica]) + optimizers[replica]->to_bytes(); }

    std::vector<std::unique_ptr<InstrumentNet>> nets;
    std::vector<std::unique_ptr<Optimizer>> optimizers;
    std::unique_ptr<ReplicaTeam> team;

private:
    at::ScalarType type_;
};

/// The losses of 20 steps with 8, 7, 5 and 3 samples in turn.
std::vector<double> losses(Together& together, std::vector<std::int64_t>* correct = nullptr)
{
    const std::vector<std::int64_t> sizes{8, 7, 5, 3};
    std::vector<double> all;
    for (std::uint64_t i = 0; i < 20; ++i) {
        const StepResult step = together.step(100 + i, sizes[i % sizes.size()]);
        all.push_back(step.loss);
        if (correct != nullptr) {
            correct->push_back(step.correct);
        }
    }
    return all;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b)
{
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(a[i] - b[i]));
    }
    return largest;
}

double difference_to_one(int replicas, const Setting& setting, std::unique_ptr<Collective> collective = nullptr)
{
    Together alone(1, setting), together(replicas, setting, std::move(collective));
    return largest_difference(losses(alone), losses(together));
}

class Replicas : public ::testing::TestWithParam<int> {};

TEST_P(Replicas, TrainAsOneDoesInFloat64)
{
    for (const double ratio : {0.0, 0.5, 1.0}) {
        EXPECT_LE(difference_to_one(GetParam(), {.ratio = ratio}), 1e-9) << ratio;
    }
}

TEST_P(Replicas, TrainAsOneDoesInFloat32)
{
    // A sum within rounding of a ReLU's edge falls on either side of it, and the steps after it let the difference grow: so it is with 2 of
    // 12 first weights on 4 replicas, where others differ by 2e-7. What is wrong differs with all first weights.
    for (const double ratio : {0.0, 0.5, 1.0}) {
        double least = 1;
        for (std::uint64_t init = 7; init < 10 && least > 1e-4; ++init) {
            least = std::min(least, difference_to_one(GetParam(), {.ratio = ratio, .type = at::kFloat, .init = init}));
        }
        EXPECT_LE(least, 1e-4) << ratio;
    }
}

TEST_P(Replicas, ClassWeightsAndClippingAreOfTheWholeBatch)
{
    Setting setting{.class_weights = {0.5F, 2.0F, 1.0F, 0.0F, 3.0F}};
    setting.training.clip_norm = 0.05;
    EXPECT_LE(difference_to_one(GetParam(), setting), 1e-9);
}

TEST_P(Replicas, HaveTheSameBitsAfterEachStepAndInEveryRun)
{
    const Setting setting{.type = at::kFloat, .threads = 2};
    Together first(GetParam(), setting), second(GetParam(), setting);
    for (std::uint64_t i = 0; i < 4; ++i) {
        const std::int64_t samples = i % 2 == 0 ? 8 : 7;
        EXPECT_EQ(first.step(i, samples).loss, second.step(i, samples).loss);
        for (std::size_t replica = 0; replica < first.nets.size(); ++replica) {
            ASSERT_EQ(first.bytes(replica), first.bytes(0)) << "step " << i << ", replica " << replica;
            ASSERT_EQ(first.bytes(replica), second.bytes(replica)) << "step " << i << ", replica " << replica;
        }
    }
}

TEST_P(Replicas, CountAndEvaluateTheWholeBatch)
{
    const Setting setting{};
    Together alone(1, setting), together(GetParam(), setting);
    std::vector<std::int64_t> expected, counted;
    losses(alone, &expected);
    losses(together, &counted);
    EXPECT_EQ(counted, expected);
    for (const std::int64_t samples : {9, 3, 1}) {
        const at::Tensor x = at::rand({samples, shape.frames, shape.bins}, at::kDouble),
                         labels = at::randint(shape.classes, {samples}, at::kLong);
        const Evaluation one = alone.team->evaluate(x, labels, configs::Precision::float32);
        const Evaluation several = together.team->evaluate(x, labels, configs::Precision::float32);
        EXPECT_NEAR(several.loss_sum, one.loss_sum, 1e-7) << samples;
        EXPECT_EQ(several.predicted, one.predicted) << samples;
        EXPECT_EQ(several.rank, one.rank) << samples;
        EXPECT_EQ(several.probability.size(), static_cast<std::size_t>(samples));
    }
}

TEST_P(Replicas, ReadLateGiveTheSameNumbers)
{
    const Setting setting{.type = at::kFloat};
    Together at_once(GetParam(), setting), late(GetParam(), setting);
    std::vector<StepResult> expected, found;
    for (std::uint64_t i = 0; i < 6; ++i) {
        const std::int64_t samples = i % 2 == 0 ? 8 : 3;
        expected.push_back(at_once.step(i, samples));
        found.push_back(late.step(i, samples, true));
        EXPECT_EQ(found.back().correct, 0) << "it is not read yet";
    }
    late.team->read_late(found);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(found[i].loss, expected[i].loss) << i;
        EXPECT_EQ(found[i].correct, expected[i].correct) << i;
    }
    EXPECT_EQ(late.bytes(0), at_once.bytes(0));
}

INSTANTIATE_TEST_SUITE_P(Number, Replicas, ::testing::Values(1, 2, 4), ::testing::PrintToStringParamName());

/// Forgets to exchange what `forgets` says, by the number of tensors or their shape.
class Forgetful : public MemoryCollective {
public:
    Forgetful(int replicas, std::function<bool(const std::vector<at::Tensor>&)> forgets)
        : MemoryCollective(replicas, long_enough), forgets_(std::move(forgets))
    {
    }
    void sum(int replica, const std::vector<at::Tensor>& tensors) override
    {
        if (!forgets_(tensors)) {
            MemoryCollective::sum(replica, tensors);
        }
    }

private:
    std::function<bool(const std::vector<at::Tensor>&)> forgets_;
};

// Negative controls: the comparison with one replica must see each of these.
TEST(ReplicasMustDiffer, WithoutSynchronisedBatchNorm)
{
    const auto is_batch_norm = [](const std::vector<at::Tensor>& tensors) {
        return tensors.size() <= 2 && tensors[0].dim() > 0;  // a loss has none, gradients are more
    };
    for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
        const Setting setting{.type = type};
        EXPECT_GT(difference_to_one(2, setting, std::make_unique<Forgetful>(2, is_batch_norm)), 1e-3);
    }
}

// The statistics are a table of all replicas, the sums of backward one line or two.
TEST(ReplicasMustDiffer, WithoutTheSumsOfBatchNormsBackward)
{
    const auto is_backward = [](const std::vector<at::Tensor>& tensors) {
        return tensors.size() <= 2 && tensors[0].dim() == 1;
    };
    EXPECT_GT(difference_to_one(2, {.type = at::kDouble}, std::make_unique<Forgetful>(2, is_backward)), 1e-6);
    EXPECT_GT(difference_to_one(2, {.type = at::kFloat}, std::make_unique<Forgetful>(2, is_backward)), 1e-4);
}

TEST(ReplicasMustDiffer, WithoutTheGradientsOfTheOthers)
{
    EXPECT_GT(difference_to_one(2, {},
                                std::make_unique<Forgetful>(2, [](const auto& tensors) { return tensors.size() > 2; })),
              1e-3);
}

/// Gives the shares of the gradient equal weights, as if all had as many samples.
class EvenShares : public MemoryCollective {
public:
    using MemoryCollective::MemoryCollective;
    void sum(int replica, const std::vector<at::Tensor>& tensors) override
    {
        if (tensors.size() > 2) {  // gradients
            for (const at::Tensor& tensor : tensors) {
                tensor.mul_(replica == 0 ? 7.0 / 8 : 7.0 / 6);  // of 7 samples, 4 and 3 as if 3.5 each
            }
        }
        MemoryCollective::sum(replica, tensors);
    }
};

TEST(ReplicasMustDiffer, WithAWrongWeightOfAnUnevenShare)
{
    const auto after_ten_steps_of_seven = [](Together&& together) {
        std::vector<double> all;
        for (std::uint64_t i = 0; i < 10; ++i) {
            all.push_back(together.step(i, 7).loss);
        }
        return all;
    };
    const std::vector<double> alone = after_ten_steps_of_seven(Together(1, {}));
    EXPECT_LE(largest_difference(alone, after_ten_steps_of_seven(Together(2, {}))), 1e-9);
    EXPECT_GT(largest_difference(
                  alone, after_ten_steps_of_seven(Together(2, {}, std::make_unique<EvenShares>(2, long_enough)))),
              1e-4);
}

TEST(ReplicaTeam, AReplicaThatThrowsEndsTheStepByItsNumber)
{
    Together together(4, {});
    together.step(1);
    together.team->before_each_step([](int replica) {
        if (replica == 2) {
            throw std::bad_alloc();
        }
    });
    try {
        together.step(2);
        FAIL() << "nothing was thrown";
    } catch (const ReplicaFailed& error) {
        EXPECT_STREQ(error.what(), "replica 2 of 4: std::bad_alloc");
        EXPECT_THROW(std::rethrow_exception(error.cause()), std::bad_alloc);
    }
    EXPECT_FALSE(together.team->has_stalled());
    EXPECT_THAT(message_of([&] { together.step(3); }), HasSubstr("of 4: ")) << "and it cannot go on";
}

/// A team of two, of which one hangs in its next step until it is let go, then throws, without having used its network.
class OneHangs {
public:
    explicit OneHangs(int hanging) : together(std::make_unique<Together>(2, Setting{}, nullptr, 300ms))
    {
        together->team->before_each_step([this, hanging](int replica) {
            if (replica == hanging) {
                while (hangs_) {
                    std::this_thread::sleep_for(1ms);
                }
                has_ended_ = true;
                throw Error("it ends after the test, without the network");
            }
        });
    }
    ~OneHangs()
    {
        hangs_ = false;
        while (!has_ended_) {
            std::this_thread::sleep_for(1ms);
        }
    }
    bool has_ended() const { return has_ended_; }

    std::unique_ptr<Together> together;

private:
    std::atomic<bool> hangs_ = true, has_ended_ = false;
};

TEST(ReplicaTeam, AReplicaThatHangsEndsTheStepByItsNumber)
{
    OneHangs one(1);
    EXPECT_EQ(message_of([&] { one.together->step(1); }),
              "of the 2 replicas, 1 did not come to an exchange within 300 ms");
    EXPECT_TRUE(one.together->team->has_stalled());
    one.together.reset();  // does not wait for it
    EXPECT_FALSE(one.has_ended());
}

TEST(ReplicaTeam, AReplicaThatHangsAfterTheOthersHaveEndedIsNamedToo)
{
    OneHangs one(0);
    const at::Tensor x = at::rand({1, shape.frames, shape.bins}, at::kDouble), labels = at::zeros({1}, at::kLong);
    // One sample: the evaluation exchanges nothing.
    EXPECT_EQ(message_of([&] { one.together->team->evaluate(x, labels, configs::Precision::float32); }),
              "of the 2 replicas, 0 did not end a step that another one has ended");
    one.together.reset();
}

TEST(ReplicaTeam, EachReplicaHasItsThreadsAndCores)
{
    cpu_set_t own;
    CPU_ZERO(&own);
    ASSERT_EQ(::sched_getaffinity(0, sizeof own, &own), 0);
    int core = 0;
    while (!CPU_ISSET(static_cast<std::size_t>(core), &own)) {
        ++core;
    }
    Together together(2, {.type = at::kFloat, .threads = 3, .cores = {{core}, {}}});
    std::array<std::atomic<int>, 2> threads{}, cores{};
    together.team->before_each_step([&](int replica) {
        const auto index = static_cast<std::size_t>(replica);
        threads[index] = at::get_num_threads();
        cpu_set_t set;
        CPU_ZERO(&set);
        cores[index] = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
    });
    together.step(1);
    EXPECT_EQ(threads[0], 3);
    EXPECT_EQ(threads[1], 3);
    EXPECT_EQ(cores[0], 1);
    EXPECT_EQ(cores[1], CPU_COUNT(&own)) << "unbound";
}

}  // namespace
}  // namespace attnsweep::model
