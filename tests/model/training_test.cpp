#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstring>

#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "files/safetensors.h"
#include "model/cost.h"
#include "model/device.h"
#include "model/error.h"
#include "model/instrument_net.h"
#include "model/training_step.h"
#include "model/weights.h"
#include "tests/as_user.h"
#include "tests/files/python.h"
#include "tests/model/trainee.h"
#include "tests/temporary_folder.h"

namespace attnsweep::model {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

// The header of safetensors bytes, replaced by an edited one.
std::string with_header(const std::string& bytes, const std::string& from, const std::string& to)
{
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    std::string header = bytes.substr(8, length);
    const auto at = header.find(from);
    EXPECT_NE(at, std::string::npos);
    header.replace(at, from.size(), to);
    const std::uint64_t edited = header.size();
    return std::string(reinterpret_cast<const char*>(&edited), 8) + header + bytes.substr(8 + length);
}

TEST(Training, LearnsABatchByHeart)
{
    for (const double ratio : {0.0, 0.5, 1.0}) {
        Trainee trainee(ratio, 1, at_rate(0.05));
        const double before = trainee.step(1).loss;
        StepResult last;
        for (int i = 0; i < 60; ++i) {
            last = trainee.step(1);
        }
        EXPECT_NEAR(before, std::log(5.0), 1);
        EXPECT_LT(last.loss, 0.7 * before) << ratio;
        EXPECT_GE(last.correct, 6) << ratio;
    }
}

TEST(Training, EqualSeedsGiveEqualBits)
{
    use_threads(1);
    Trainee one(0.5), other(0.5), another(0.5, 2);
    for (int i = 0; i < 3; ++i) {
        const StepResult a = one.step(i), b = other.step(i);
        another.step(i);
        EXPECT_EQ(a.loss, b.loss);
        EXPECT_EQ(a.correct, b.correct);
    }
    EXPECT_EQ(one.bytes(), other.bytes());
    EXPECT_NE(one.bytes(), another.bytes());
}

TEST(ClassWeights, WeighTheMeanOfTheLossAndItsGradient)
{
    InstrumentNet net(narrow(0), shape), twin(narrow(0), shape);
    const at::Tensor x = at::rand({8, shape.frames, shape.bins});
    const at::Tensor labels = at::tensor({0, 1, 2, 3, 0, 0, 0, 1}, at::kLong);
    const at::Tensor weights = at::tensor({0.4F, 0.8F, 1.6F, 3.2F, 0.0F});

    twin.train();
    const at::Tensor shares = at::softmax(twin.forward(x).detach(), 1);
    double loss = 0, sum = 0;
    at::Tensor slope = at::zeros({shape.classes});  // of the loss by the last layer's biases
    for (std::int64_t i = 0; i < 8; ++i) {
        const auto label = labels[i].item<std::int64_t>();
        const double weight = weights[label].item<double>();
        loss -= weight * std::log(shares[i][label].item<double>());
        sum += weight;
        slope += weight * shares[i];
        slope[label] -= weight;
    }
    configs::TrainingSettings settings = at_rate(1);
    settings.optimizer = "sgd";
    const at::Tensor bias = net.named_tensors().back().tensor, before = bias.detach().clone();
    const StepResult step =
        train_batch(net, *make_optimizer(settings, net), x, labels, configs::Precision::float32, weights);
    EXPECT_NEAR(step.loss, loss / sum, 1e-5);
    EXPECT_TRUE(at::allclose(bias, before - slope / sum, 1e-4, 1e-6));
}

TEST(Evaluation, ChangesNothingAndAgreesWithProbabilities)
{
    Trainee trainee(0.5);
    trainee.step(1);
    const std::string before = trainee.bytes();
    const at::Tensor x = at::rand({7, shape.frames, shape.bins}), labels = at::arange(7) % 5;
    const Evaluation evaluation = evaluate(trainee.net, x, labels);
    const at::Tensor shares = probabilities(trainee.net, x);
    EXPECT_TRUE(trainee.net.is_training());
    EXPECT_EQ(before, trainee.bytes());
    ASSERT_EQ(evaluation.predicted.size(), 7u);
    double loss = 0;
    for (std::int64_t i = 0; i < 7; ++i) {
        EXPECT_EQ(evaluation.predicted[i], shares[i].argmax().item<std::int64_t>());
        EXPECT_NEAR(evaluation.probability[i], shares[i].max().item<float>(), 1e-6);
        EXPECT_EQ(evaluation.rank[i], shares[i].gt(shares[i][i % 5]).sum().item<std::int64_t>() + 1);
        EXPECT_NEAR(shares[i].sum().item<double>(), 1, 1e-6);
        loss -= std::log(shares[i][i % 5].item<double>());
    }
    EXPECT_NEAR(evaluation.loss_sum, loss, 1e-5);
}

TEST(Evaluation, OfEqualLogitsTheRankIsOneOnlyForTheClassPredicted)
{
    Trainee trainee(0.0);
    for (const at::Tensor& parameter : trainee.net.parameters()) {
        const_cast<at::Tensor&>(parameter).set_data(at::zeros_like(parameter));
    }
    const Evaluation evaluation = evaluate(trainee.net, at::rand({5, shape.frames, shape.bins}), at::arange(5));
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(evaluation.rank[i], evaluation.predicted[i] == static_cast<std::int64_t>(i) ? 1 : 2);
        EXPECT_FLOAT_EQ(evaluation.probability[i], 0.2F);
    }
}

TEST(Weights, RoundTripBitForBit)
{
    for (const double ratio : {0.0, 0.5, 1.0}) {
        Trainee trained(ratio), fresh(ratio, 2);
        trained.step(1);
        ASSERT_NE(to_bytes(trained.net), to_bytes(fresh.net));
        from_bytes(fresh.net, to_bytes(trained.net));
        EXPECT_EQ(to_bytes(trained.net), to_bytes(fresh.net));
        const at::Tensor x = at::rand({2, shape.frames, shape.bins});
        EXPECT_TRUE(at::equal(probabilities(trained.net, x), probabilities(fresh.net, x)));
    }
}

TEST(Weights, AreAsManyBytesAsTheCostSays)
{
    configs::TrialSpec spec;
    spec.model = narrow(0.5);
    spec.data_set = {"digest", shape.frames, shape.bins, shape.classes};
    const Trainee trainee(0.5);
    const auto numbers = [](const std::string& bytes) {
        std::uint64_t header = 0;
        std::memcpy(&header, bytes.data(), sizeof header);
        return static_cast<std::int64_t>(bytes.size() - 8 - header);
    };
    EXPECT_EQ(numbers(to_bytes(trainee.net)), cost_of(spec).weights_bytes);
    EXPECT_EQ(numbers(to_bytes(trainee.net)) + numbers(trainee.optimizer->to_bytes()), cost_of(spec).checkpoint_bytes);
}

TEST(Weights, MissingUnknownAndMisshapenEntriesAreNamed)
{
    InstrumentNet net(narrow(0.5), shape);
    const std::string bytes = to_bytes(net);
    EXPECT_THAT(message_of([&] { from_bytes(net, with_header(bytes, "dense1/bias", "dense9/bias")); }),
                AllOf(HasSubstr("missing: dense1/bias (24)"), HasSubstr("unknown: dense9/bias (24)")));

    InstrumentNet wider(narrow(0.5), {11, 21, 6});
    EXPECT_THAT(message_of([&] { from_bytes(net, to_bytes(wider)); }), HasSubstr("dense3/bias is (6), expected (5)"));
    EXPECT_EQ(to_bytes(net), bytes);  // refused as a whole

    Trainee trainee(0.5);
    EXPECT_THAT(message_of([&] { trainee.optimizer->from_bytes(bytes); }),
                HasSubstr("missing: accumulator/block1/conv1/conv/kernel"));
}

TEST(Weights, DamagedBytesAreRefusedNotRead)
{
    InstrumentNet net(narrow(0.5), shape);
    const std::string bytes = to_bytes(net);
    for (const std::size_t length : {0ul, 7ul, 8ul, 100ul, bytes.size() / 2, bytes.size() - 1}) {
        EXPECT_THAT(message_of([&] { from_bytes(net, bytes.substr(0, length)); }), HasSubstr("weights cannot be read"))
            << length;
    }
    EXPECT_THAT(message_of([&] { from_bytes(net, with_header(bytes, "F32", "F16")); }), HasSubstr("cannot be read"));
    EXPECT_THAT(message_of([&] { from_bytes(net, with_header(bytes, "\"shape\":[", "\"shape\":[-1,")); }),
                HasSubstr("cannot be read"));
    EXPECT_THAT(message_of([&] {
                    from_bytes(net, with_header(bytes, "\"shape\":[", "\"shape\":[99999999999999,99999999999999,"));
                }),
                HasSubstr("cannot be read"));
    EXPECT_THAT(message_of([&] { from_bytes(net, bytes + "x"); }), HasSubstr("leave out numbers"));
    EXPECT_THAT(message_of([&] { from_bytes(net, with_header(bytes, "dense1/bias", "__metadata__")); }),
                HasSubstr("leave out numbers"));
}

TEST(Weights, OfAFileAreReadByPythonsStandardLibraryAndHere)
{
    const tests::TemporaryFolder folder;
    const InstrumentNet net(narrow(0.5), shape);
    files::write_safetensors(folder / "weights-last.safetensors", to_bytes(net));
    const tests::PythonAnswer answer =
        tests::run_python("tests/files/read_safetensors.py", folder / "weights-last.safetensors");
    ASSERT_EQ(answer.code, 0) << answer.output;
    const auto read = nlohmann::json::parse(answer.output).at("tensors");
    EXPECT_EQ(read.size(), net.named_tensors().size());
    for (const NamedTensor& entry : net.named_tensors()) {
        const at::Tensor written = to_keras_layout(entry.name, entry.tensor);
        EXPECT_EQ(read.at(entry.name).at("shape").get<std::vector<std::int64_t>>(), written.sizes().vec());
        EXPECT_NEAR(read.at(entry.name).at("sum").get<double>(), written.sum(at::kDouble).item<double>(), 1e-9)
            << entry.name;
    }
    InstrumentNet fresh(narrow(0.5), shape, 2);
    from_bytes(fresh, files::read_safetensors(folder / "weights-last.safetensors"));
    EXPECT_EQ(to_bytes(fresh), to_bytes(net));

    files::write_checked(folder / "weights-last.pt", to_bytes(net));  // as version 0.1.0 wrote them
    InstrumentNet old(narrow(0.5), shape, 3);
    from_bytes(old, files::read_safetensors(folder / "weights-last.pt"));
    EXPECT_EQ(to_bytes(old), to_bytes(net));
}

TEST(Device, UnknownNamesAndMissingGpusAreSaidPlainly)
{
    EXPECT_TRUE(choose_device("cpu").is_cpu());
    EXPECT_NO_THROW(choose_device("auto"));
    EXPECT_THAT(message_of([] { choose_device("gpu"); }), AllOf(HasSubstr("gpu"), HasSubstr("auto, cpu, cuda")));
    EXPECT_THAT(message_of([] { choose_device("cuda:x"); }), HasSubstr("cuda:N"));
    EXPECT_THAT(message_of([] { choose_device("cuda:-1"); }), HasSubstr("cuda:N"));
    // 99 GPUs are nowhere: whichever of driver, libraries or GPU is missing, the message says so and what to do.
    try {
        choose_device("cuda:99");
        ADD_FAILURE();
    } catch (const NoDevice& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("--device cpu"),
                                        AnyOf(HasSubstr("no NVIDIA driver"), HasSubstr("quickstart.sh --cuda"),
                                              HasSubstr("GPU 99 is not there"))));
    }
}

TEST(Execution, IsRecorded)
{
    const configs::ExecutionRecord record = execution_record(choose_device("cpu"), 2);
    EXPECT_EQ(record.device, "cpu");
    EXPECT_EQ(record.threads, 2);
    for (const std::string& text :
         {record.host, record.device_name, record.cpu_features, record.libtorch_version, record.compiler}) {
        EXPECT_FALSE(text.empty());
    }
    EXPECT_THROW(use_threads(0), Error);
}

TEST(Execution, ThreadsThatTheSystemDoesNotStartAreNotWaitedFor)
{
    if (!tests::can_be_other_users()) {
        GTEST_SKIP() << "needs root: the limit on threads does not bind it";
    }
    EXPECT_THAT(tests::as_user(65531,
                               [] {
                                   const rlimit three{3, 3};
                                   ::setrlimit(RLIMIT_NPROC, &three);
                                   use_threads(8);
                                   return std::string("started");
                               }),
                AllOf(HasSubstr("threw: threads = 8: the system starts only "), HasSubstr("ulimit -u")));
}

TEST(Precision, WhatTheDeviceDoesNotKnowIsRefused)
{
    const c10::Device cpu = choose_device("cpu");
    EXPECT_NO_THROW(use_precision(configs::Precision::float32, cpu));
    EXPECT_NO_THROW(use_precision(configs::Precision::bfloat16, cpu));
    EXPECT_THAT(message_of([&] { use_precision(configs::Precision::tf32, cpu); }),
                HasSubstr("training.precision = tf32"));
}

// libtorch asks these in matrix products and convolutions on GPUs, and throws where older and newer settings disagree.
TEST(Precision, LibtorchsOlderSwitchesAgreeWithIt)
{
    const at::Context& context = at::globalContext();
    const c10::Device gpu(c10::DeviceType::CUDA, 0);
    for (const auto precision : {configs::Precision::tf32, configs::Precision::float32, configs::Precision::bfloat16,
                                 configs::Precision::tf32}) {
        const bool tf32 = precision == configs::Precision::tf32;
        use_precision(precision, gpu);
        EXPECT_EQ(context.allowTF32CuBLAS(), tf32);
        EXPECT_EQ(context.allowTF32CuDNN(), tf32);
        EXPECT_EQ(context.allowTF32CuDNN(at::Float32Op::CONV), tf32);
        EXPECT_EQ(context.float32MatmulPrecision() == at::Float32MatmulPrecision::HIGHEST, !tf32);
        EXPECT_EQ(context.float32Precision(at::Float32Backend::MKLDNN, at::Float32Op::MATMUL),
                  at::Float32Precision::IEEE);
    }
    use_precision(configs::Precision::float32, choose_device("cpu"));
}

TEST(Precision, Bfloat16ComputesNearFloat32AndKeepsFloat32Weights)
{
    Trainee exact(0.5), rounded(0.5);
    for (int i = 0; i < 3; ++i) {
        const double loss = exact.step(i).loss, near = rounded.step(i, configs::Precision::bfloat16).loss;
        EXPECT_NEAR(loss, near, 0.02 * loss);
        EXPECT_NE(loss, near);
    }
    EXPECT_EQ(rounded.net.named_tensors().front().tensor.scalar_type(), at::kFloat);
}

}  // namespace
}  // namespace attnsweep::model
