// Optimizers: each beside libtorch's own, a step by hand, and what a checkpoint keeps of them.
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/cost.h"
#include "model/device.h"
#include "tests/model/optimizer_cases.h"
#include "tests/model/trainee.h"

namespace attnsweep::model {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int batches = 4;  // of an epoch

void step(Trainee& trainee, int number)
{
    trainee.optimizer->begin_batch(number / batches + 1, number % batches, batches);
    trainee.step(static_cast<std::uint64_t>(number));
}

TEST(Training, InterruptedEqualsUninterrupted)
{
    use_threads(1);
    std::vector<std::pair<double, configs::TrainingSettings>> cases{
        {0, at_rate(0.01)}, {0.25, at_rate(0.01)}, {1, at_rate(0.01)}};
    for (const configs::TrainingSettings& settings : every_optimizer(1e-3)) {
        cases.emplace_back(0.25, settings);
        cases.emplace_back(0.25, with_everything(settings));
    }
    for (const auto& [ratio, settings] : cases) {
        Trainee whole(ratio, 1, settings), first(ratio, 1, settings), second(ratio, 99, settings);
        for (int i = 0; i < 6; ++i) {
            step(whole, i);
        }
        for (int i = 0; i < 3; ++i) {
            step(first, i);
        }
        from_bytes(second.net, to_bytes(first.net));
        second.optimizer->from_bytes(first.optimizer->to_bytes());
        for (int i = 3; i < 6; ++i) {
            step(second, i);
        }
        EXPECT_EQ(whole.bytes(), second.bytes()) << ratio << " " << settings.optimizer;
    }
}

// Both get the gradients of our network: beside each other they would drift apart by rounding, where a gradient is
// nothing but noise (a bias before a batch norm) and Adam makes it as large as any.
template <typename Theirs, typename Options>
void expect_as_libtorch(configs::TrainingSettings settings, Options options)
{
    for (const bool everything : {false, true}) {
        settings = everything ? with_everything(settings) : settings;
        Trainee ours(0.25, 1, settings);
        std::vector<at::Tensor> theirs;
        for (const at::Tensor& weight : weights_of(ours.net)) {
            theirs.push_back(weight.detach().clone().requires_grad_());
        }
        Theirs optimizer(theirs, options.lr(0.01));
        for (int i = 0; i < 20; ++i) {
            at::manual_seed(static_cast<std::uint64_t>(i));
            at::cross_entropy_loss(ours.net.forward(at::rand({8, shape.frames, shape.bins})),
                                   at::randint(shape.classes, {8}, at::kLong))
                .backward();
            double squares = 0;
            const std::vector<at::Tensor> weights = weights_of(ours.net);
            for (std::size_t w = 0; w < theirs.size(); ++w) {
                theirs[w].mutable_grad() = weights[w].grad().clone();
                squares += std::pow(theirs[w].grad().norm().template item<double>(), 2);
            }
            if (everything) {
                const double norm = std::sqrt(squares), warm_up = 1.5 * batches, all = 5 * batches;
                for (const at::Tensor& weight : theirs) {
                    weight.grad().mul_(norm > 0.5 ? 0.5 / norm : 1);
                }
                optimizer.param_groups()[0].options().set_lr(
                    0.01 *
                    (i < warm_up ? (i + 1) / warm_up : 0.5 + 0.5 * std::cos(M_PI * (i - warm_up) / (all - warm_up))));
            }
            optimizer.step();
            ours.optimizer->begin_batch(i / batches + 1, i % batches, batches);
            ours.optimizer->step();
            ours.optimizer->clear_gradients();
            for (std::size_t w = 0; w < theirs.size(); ++w) {
                ASSERT_TRUE(at::allclose(weights[w], theirs[w], 1e-5, 2e-7))
                    << settings.optimizer << ", step " << i << ", weight " << w << ": "
                    << (weights[w] - theirs[w]).abs().max().template item<float>();
            }
        }
    }
}

TEST(Sgd, StepsAsLibtorchDoes)
{
    using torch::optim::SGD;
    using torch::optim::SGDOptions;
    expect_as_libtorch<SGD>(settings_of("sgd"), SGDOptions(0.01));
    expect_as_libtorch<SGD>(settings_of("sgd", 0, 0.1), SGDOptions(0.01).weight_decay(0.1));
    configs::TrainingSettings settings = settings_of("sgd", 0.9, 0.1);
    settings.nesterov = true;
    expect_as_libtorch<SGD>(settings, SGDOptions(0.01).momentum(0.9).weight_decay(0.1).nesterov(true));
}

TEST(Sgd, WithMomentumAloneStepsAsLibtorchDoes)
{
    Trainee ours(0, 1, settings_of("sgd", 0.9));
    at::Tensor theirs = weights_of(ours.net).back().detach().clone().requires_grad_();
    torch::optim::SGD optimizer({theirs}, torch::optim::SGDOptions(0.01).momentum(0.9));
    for (int i = 0; i < 20; ++i) {
        give_gradients(ours.net, i);
        theirs.mutable_grad() = weights_of(ours.net).back().grad().clone();
        ours.optimizer->step();
        optimizer.step();
    }
    EXPECT_TRUE(at::allclose(weights_of(ours.net).back(), theirs, 1e-5, 2e-7));
}

TEST(Adam, StepsAsLibtorchDoes)
{
    using torch::optim::AdamOptions;
    expect_as_libtorch<torch::optim::Adam>(settings_of("adam"), AdamOptions(0.01).eps(1e-7));
    configs::TrainingSettings settings = settings_of("adam", 0, 0.1);
    settings.beta_1 = 0.8;
    settings.beta_2 = 0.99;
    settings.epsilon = 1e-3;
    expect_as_libtorch<torch::optim::Adam>(settings, AdamOptions(0.01).betas({0.8, 0.99}).eps(1e-3).weight_decay(0.1));
}

TEST(Adam, WithDecoupledDecayStepsAsLibtorchsAdamW)
{
    expect_as_libtorch<torch::optim::AdamW>(settings_of("adamw", 0, 0.1),
                                            torch::optim::AdamWOptions(0.01).eps(1e-7).weight_decay(0.1));
}

// The number of steps is kept in float32, which counts to 2^24.
TEST(Adam, CountsStepsBeyondWhatOneFloatHolds)
{
    InstrumentNet net(narrow(0), shape);
    const std::unique_ptr<Optimizer> optimizer = make_optimizer(settings_of("adam"), net);
    std::vector<NamedTensor> state;
    for (const char* const kind : {"first_moment/", "second_moment/"}) {
        for (const NamedTensor& named : net.named_tensors()) {
            if (named.trainable) {
                state.push_back({kind + named.name, at::zeros_like(named.tensor), false});
            }
        }
    }
    const at::Tensor steps = at::tensor({0.0F, 16777215.0F});
    state.push_back({"steps", steps, false});
    optimizer->from_bytes(tensors_to_bytes(state, {{"optimizer", "adam"}}));
    for (const float more : {0.0F, 1.0F}) {
        give_gradients(net, 1);
        optimizer->step();
        tensors_from_bytes(state, optimizer->to_bytes(), "state");
        EXPECT_TRUE(at::equal(steps, at::tensor({1.0F, more}))) << steps;
    }
}

TEST(Adagrad, StepsAsKerasDoes)
{
    for (const double decay : {0.0, 0.1}) {
        configs::TrainingSettings settings = settings_of("adagrad", 0, decay);
        settings.learning_rate = 0.5;
        Trainee trainee(0, 1, settings);
        const NamedTensor bias = trainee.net.named_tensors().back();  // the last dense layer's
        at::Tensor expected = bias.tensor.detach().clone(), accumulator = at::full_like(expected, 0.1);
        const at::Tensor gradient = at::linspace(-2, 2, bias.tensor.numel());
        for (int i = 0; i < 2; ++i) {
            bias.tensor.mutable_grad() = gradient.clone();
            trainee.optimizer->step();
            const at::Tensor g = gradient + decay * expected;
            accumulator += g * g;
            expected -= 0.5 * g * (accumulator + 1e-7).rsqrt();
        }
        EXPECT_TRUE(at::allclose(bias.tensor, expected, 1e-6, 1e-7));
    }
}

TEST(Optimizers, GradientsInAnotherMemoryOrderDoTheSame)
{
    for (const configs::TrainingSettings& settings : every_optimizer()) {
        Trainee one(0, 1, settings), other(0, 1, settings);
        const at::Tensor gradient = at::rand({4, 1, 5, 5});
        const auto take_step = [&](Trainee& trainee, const at::Tensor& given) {
            const NamedTensor kernel = trainee.net.named_tensors()[2 + 4];  // block1/conv2/conv/kernel
            ASSERT_EQ(kernel.name, "block1/conv2/conv/kernel");
            kernel.tensor.mutable_grad() = given.expand(kernel.tensor.sizes()).clone(at::MemoryFormat::Contiguous);
            if (&trainee == &other) {
                kernel.tensor.mutable_grad() = kernel.tensor.grad().contiguous(at::MemoryFormat::ChannelsLast);
            }
            trainee.optimizer->step();
        };
        take_step(one, gradient);
        take_step(other, gradient);
        EXPECT_EQ(one.bytes(), other.bytes()) << settings.optimizer;
    }
}

// A GPU's way, taken on the CPU by weights that have gaps in memory.
TEST(Optimizers, TensorOperationsDoTheSameAsThePassOverMemory)
{
    for (configs::TrainingSettings settings : every_optimizer(0.1)) {
        settings = with_everything(settings);
        InstrumentNet dense(narrow(0.25), shape), gaps(narrow(0.25), shape);
        for (const at::Tensor& weight : weights_of(gaps)) {
            at::Tensor(weight).set_data(at::stack({weight.detach(), weight.detach()}, -1).select(-1, 0));
            ASSERT_FALSE(weight.is_non_overlapping_and_dense());
        }
        const auto by_pass = make_optimizer(settings, dense), by_operations = make_optimizer(settings, gaps);
        for (int i = 0; i < 5; ++i) {
            for (const auto& [net, optimizer] :
                 {std::pair(&dense, by_pass.get()), std::pair(&gaps, by_operations.get())}) {
                give_gradients(*net, i);
                optimizer->begin_batch(1, i, 8);
                optimizer->step();
            }
        }
        const std::vector<at::Tensor> one = weights_of(dense), other = weights_of(gaps);
        for (std::size_t w = 0; w < one.size(); ++w) {
            EXPECT_TRUE(at::allclose(one[w], other[w], 1e-5, 1e-7)) << settings.optimizer << ", weight " << w;
        }
    }
}

TEST(Optimizers, ResultsDoNotDependOnThreads)
{
    for (const configs::TrainingSettings& settings : every_optimizer(0.1)) {
        std::string bytes;
        for (const int threads : {1, 2, 3}) {
            use_threads(threads);
            Trainee trainee(0.25, 1, with_everything(settings));
            for (int i = 0; i < 3; ++i) {
                give_gradients(trainee.net, i);
                trainee.optimizer->begin_batch(1, i, batches);
                trainee.optimizer->step();
            }
            bytes = bytes.empty() ? trainee.bytes() : bytes;
            EXPECT_EQ(trainee.bytes(), bytes) << settings.optimizer << ", " << threads << " threads";
        }
    }
    use_threads(1);
}

/// Gradients as on another device: not the CPU's own loops, but libtorch's operators take them.
void leave_gaps_in_gradients(const InstrumentNet& net)
{
    for (const at::Tensor& weight : weights_of(net)) {
        weight.mutable_grad() = at::stack({weight.grad(), weight.grad()}, -1).select(-1, 0);
    }
}

TEST(Clipping, ScalesTheGradientsOfAllWeightsTogether)
{
    configs::TrainingSettings settings = settings_of("sgd");
    settings.learning_rate = 1;
    for (const bool with_gaps : {false, true}) {
        for (const double factor : {0.25, 0.9, 1.5}) {  // of the norm: clipped, and not
            InstrumentNet net(narrow(0), shape);
            give_gradients(net, 1);
            double squares = 0;
            std::vector<at::Tensor> expected;
            for (const at::Tensor& weight : weights_of(net)) {
                squares += weight.grad().to(at::kDouble).square().sum().item<double>();
                expected.push_back(weight.detach() - std::min(factor, 1.0) * weight.grad());
            }
            if (with_gaps) {
                leave_gaps_in_gradients(net);
            }
            settings.clip_norm = factor * std::sqrt(squares);
            make_optimizer(settings, net)->step();
            for (std::size_t w = 0; w < expected.size(); ++w) {
                EXPECT_TRUE(at::allclose(weights_of(net)[w], expected[w], 1e-5, 1e-6))
                    << factor << ", weight " << w << (with_gaps ? ", with gaps" : "");
            }
        }
    }
}

TEST(Clipping, ANormThatIsNotANumberLeavesTheOtherGradientsAsTheyAre)
{
    for (const bool with_gaps : {false, true}) {
        InstrumentNet net(narrow(0), shape);
        give_gradients(net, 1);
        weights_of(net)[0].mutable_grad().fill_(std::numeric_limits<float>::quiet_NaN());
        const at::Tensor before = weights_of(net)[1].grad().clone();
        if (with_gaps) {
            leave_gaps_in_gradients(net);
        }
        configs::TrainingSettings settings = settings_of("sgd");
        settings.clip_norm = 1e-3;
        make_optimizer(settings, net)->step();
        EXPECT_TRUE(at::equal(weights_of(net)[1].grad(), before)) << with_gaps;
    }
}

TEST(Optimizers, UnknownOnesAreRefusedByName)
{
    InstrumentNet net(narrow(0), shape);
    configs::TrainingSettings settings;
    EXPECT_NE(make_optimizer(settings, net), nullptr);
    settings.optimizer = "rmsprop";
    EXPECT_THAT(message_of([&] { make_optimizer(settings, net); }),
                AllOf(HasSubstr("rmsprop"), HasSubstr(R"("adagrad", "sgd", "adam" or "adamw")")));
}

TEST(Optimizers, AStateOfAnotherKindIsRefusedByName)
{
    for (const configs::TrainingSettings& written : every_optimizer()) {
        for (const configs::TrainingSettings& read : every_optimizer()) {
            Trainee writer(0, 1, written), reader(0, 1, read);
            const std::string before = reader.optimizer->to_bytes();
            const std::string message = message_of([&] { reader.optimizer->from_bytes(writer.optimizer->to_bytes()); });
            if (written == read) {
                EXPECT_EQ(message, "nothing was thrown");
            } else if (written.optimizer == read.optimizer) {
                EXPECT_THAT(message, HasSubstr("velocity/block1/conv1/conv/kernel")) << "with and without momentum";
            } else {
                EXPECT_THAT(message, AllOf(HasSubstr("is that of " + written.optimizer + ","),
                                           HasSubstr("training.optimizer = \"" + read.optimizer + "\""),
                                           HasSubstr("resume with the settings it was written under")));
            }
            EXPECT_EQ(reader.optimizer->to_bytes(), before);
        }
    }
}

// As the version wrote it that knew no other optimizer.
TEST(Optimizers, AStateWithoutANameIsAdagrads)
{
    Trainee adagrad(0), adam(0, 1, settings_of("adam"));
    std::vector<NamedTensor> state;
    for (const NamedTensor& named : adagrad.net.named_tensors()) {
        if (named.trainable) {
            state.push_back({"accumulator/" + named.name, at::rand_like(named.tensor), false});
        }
    }
    adagrad.optimizer->from_bytes(tensors_to_bytes(state));
    EXPECT_EQ(adagrad.optimizer->to_bytes(), tensors_to_bytes(state, {{"optimizer", "adagrad"}}));
    EXPECT_THAT(message_of([&] { adam.optimizer->from_bytes(tensors_to_bytes(state)); }),
                HasSubstr("is that of adagrad, but"));
    EXPECT_THAT(message_of([&] { adam.optimizer->from_bytes("damaged"); }),
                HasSubstr("the optimizer's state cannot be read: 7 bytes are too few"));
}

TEST(Optimizers, StatesAreAsLargeAsTheCostSays)
{
    configs::TrialSpec spec;
    spec.model = narrow(0.5);
    spec.data_set = {"digest", shape.frames, shape.bins, shape.classes};
    for (const configs::TrainingSettings& settings : every_optimizer()) {
        const std::string bytes = Trainee(0.5, 1, settings).optimizer->to_bytes();
        std::uint64_t header = 0;
        std::memcpy(&header, bytes.data(), sizeof header);
        const auto numbers = static_cast<std::int64_t>(bytes.size() - 8 - header);
        spec.training = settings;
        const std::int64_t count_of_steps = settings.optimizer.starts_with("adam") ? 8 : 0;
        EXPECT_EQ(numbers, cost_of(spec).checkpoint_bytes - cost_of(spec).weights_bytes + count_of_steps);
    }
}

}  // namespace
}  // namespace attnsweep::model
