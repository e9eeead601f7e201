// What a step's observers see: where the first number stands that is not finite, and what each layer takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "model/adagrad.h"
#include "model/not_finite.h"
#include "model/step_profiler.h"
#include "model/training_step.h"
#include "model/weights.h"

namespace attnsweep::model {
namespace {

using ::testing::ElementsAre;
using Where = NotFinite::Where;

const InputShape input{11, 21, 5};
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float huge = 3e38F;
constexpr std::int64_t clips = 6;

configs::ModelSettings settings_of(double ratio)
{
    configs::ModelSettings settings;
    settings.attention_ratio = ratio;
    settings.first_filters = 4;
    settings.dense_sizes = {24, 16};
    return settings;
}

at::Tensor values()
{
    at::manual_seed(1);
    return at::rand({clips, input.frames, input.bins});
}

at::Tensor labels()
{
    return at::arange(clips).remainder(input.classes);
}

struct Examined {
    explicit Examined(double ratio = 0.5) : net(settings_of(ratio), input) {}
    at::Tensor weight(const std::string& name)
    {
        for (const NamedTensor& named : net.named_tensors()) {
            if (named.name == name) {
                return named.tensor.detach();
            }
        }
        ADD_FAILURE() << name;
        return {};
    }
    NotFinite find(const at::Tensor& batch = values(), bool is_training = true)
    {
        return find_not_finite(net, batch, configs::Precision::float32, is_training);
    }
    InstrumentNet net;
};

configs::TrainingSettings adagrad(double learning_rate)
{
    configs::TrainingSettings training;
    training.learning_rate = learning_rate;
    return training;
}

TEST(NotFinite, AClipIsNamedByItsPlaceInTheBatch)
{
    Examined examined;
    at::Tensor batch = values();
    batch[4][3][2] = nan;
    batch[5][0][0] = -std::numeric_limits<float>::infinity();
    NotFinite found = examined.find(batch);
    EXPECT_EQ(found.where, Where::clip);
    EXPECT_EQ(found.clip, 4);
    EXPECT_TRUE(std::isnan(found.value));
    found = examined.find(batch.narrow(0, 5, 1));
    EXPECT_EQ(found.clip, 0);
    EXPECT_EQ(found.value, -std::numeric_limits<double>::infinity());
}

TEST(NotFinite, TheFirstWeightIsNamed)
{
    Examined examined;
    examined.weight("dense1/kernel")[3][4] = nan;
    examined.weight("block4/conv2/attn/key_rel_w")[1][0] = nan;
    const NotFinite found = examined.find();
    EXPECT_EQ(found.where, Where::weight);
    EXPECT_EQ(found.name, "block4/conv2/attn/key_rel_w");
    EXPECT_TRUE(std::isnan(found.value));
}

TEST(NotFinite, MovingStatisticsCountWhereTheyAreUsed)
{
    Examined examined;
    examined.weight("block2/conv1/bn/moving_variance")[1] = nan;
    const NotFinite found = examined.find(values(), false);
    EXPECT_EQ(found.where, Where::weight);
    EXPECT_EQ(found.name, "block2/conv1/bn/moving_variance");
    EXPECT_EQ(examined.find(values(), true).where, Where::loss) << "nothing is wrong in training mode";
}

TEST(NotFinite, TheFirstOutputIsNamedWithThePartOfItsLayer)
{
    // In training mode: with moving statistics of a network that is not trained the maps become too small to overflow.
    for (const auto& [weight, name] : {std::pair{"block3/conv1/conv/kernel", "block3/conv1 (convolution)"},
                                       std::pair{"block4/conv1/qkv/kernel", "block4/conv1 (attention)"},
                                       std::pair{"block5/conv2/bn/gamma", "block5/conv2 (batch norm and ReLU)"},
                                       std::pair{"dense2/kernel", "dense2"}}) {
        Examined examined;
        examined.weight(weight).fill_(huge);
        const NotFinite found = examined.find();
        EXPECT_EQ(found.where, Where::layer) << weight;
        EXPECT_EQ(found.name, name);
        EXPECT_FALSE(std::isfinite(found.value));
    }
    Examined examined;
    examined.weight("block1/conv1/bn/beta").fill_(huge);
    examined.weight("block1/conv1/bn/moving_mean").fill_(-huge);
    EXPECT_EQ(examined.find(values(), false).name, "block1/conv1 (batch norm and ReLU)") << "in inference mode";
}

TEST(NotFinite, WithALossThatIsNotFiniteTheStepEndsBeforeTheWeightsChange)
{
    Examined examined;
    Adagrad optimizer(adagrad(0.1), examined.net);
    at::Tensor bias = examined.weight("dense3/bias");
    bias[0] = -huge;  // of the label of the first clip
    bias[1] = huge;
    const at::Tensor before = bias.clone(), kernel = examined.weight("block1/conv1/conv/kernel").clone();
    const std::string state = optimizer.to_bytes();
    const StepResult step = train_batch(examined.net, optimizer, values(), labels());
    EXPECT_FALSE(std::isfinite(step.loss));
    EXPECT_TRUE(at::equal(bias, before));
    EXPECT_TRUE(at::equal(examined.weight("block1/conv1/conv/kernel"), kernel));
    EXPECT_TRUE(optimizer.to_bytes() == state);
    EXPECT_EQ(examined.find().where, Where::loss);
}

std::vector<std::string> layers_of(const NetworkPlan& plan)
{
    std::vector<std::string> names;
    for (const LayerPlan& layer : plan.layers) {
        if (layer.convolution() > 0) {
            names.push_back(name_of(layer) + " convolution");
        }
        if (layer.attention > 0) {
            names.push_back(name_of(layer) + " attention");
        }
        names.push_back(name_of(layer) + " ");
        if (layer.layer == 2) {
            names.push_back(name_of_pool(layer) + " ");
        }
    }
    for (std::size_t i = 1; i <= plan.dense.size(); ++i) {
        names.push_back("dense" + std::to_string(i) + " ");
    }
    names.push_back("loss ");
    return names;
}

TEST(StepProfiler, SeesEveryLayerOfThePlanOnceInItsOrder)
{
    for (const double ratio : {0.0, 0.5, 1.0}) {
        Examined examined(ratio);
        Adagrad optimizer(adagrad(0.01), examined.net);
        StepProfiler profiler{c10::Device(c10::DeviceType::CPU)};
        for (int step = 0; step < 2; ++step) {
            profiler.begin();
            train_batch(examined.net, optimizer, values(), labels(), configs::Precision::float32, {}, &profiler);
            std::vector<std::string> names;
            for (const ProfiledLayer& layer : profiler.layers()) {
                names.push_back(layer.layer + " " + layer.part);
                EXPECT_GT(layer.forward_s, 0) << names.back();
                EXPECT_GT(layer.backward_s, 0) << names.back();
            }
            EXPECT_EQ(names, layers_of(examined.net.plan())) << ratio;
            EXPECT_GT(profiler.optimizer_s(), 0);
        }
    }
}

TEST(StepProfiler, MemoryOfAnOutputIsThatOfItsShape)
{
    Examined examined;
    Adagrad optimizer(adagrad(0.01), examined.net);
    StepProfiler profiler{c10::Device(c10::DeviceType::CPU)};
    profiler.begin();
    train_batch(examined.net, optimizer, values(), labels(), configs::Precision::float32, {}, &profiler);
    const NetworkPlan& plan = examined.net.plan();
    std::int64_t live = 0;
    for (const ProfiledLayer& row : profiler.layers()) {
        std::int64_t numbers = 1;
        for (const std::int64_t size : row.shape) {
            numbers *= size;
        }
        EXPECT_EQ(row.output_bytes, 4 * numbers) << row.layer;
        live += row.kept_bytes;
        EXPECT_GE(row.peak_bytes, live) << row.layer << " " << row.part << ": what it keeps is there while it runs";
        if (row.part == "convolution" || row.part == "attention") {
            EXPECT_GE(row.kept_bytes, row.output_bytes) << row.layer;
        }
        if (row.layer.ends_with("/pool")) {
            EXPECT_EQ(row.kept_bytes, 3 * row.output_bytes) << "numbers of 4 bytes, indices of 8";
        }
    }
    for (const LayerPlan& layer : plan.layers) {
        for (const ProfiledLayer& row : profiler.layers()) {
            if (row.layer == name_of(layer)) {
                const int channels = row.part == "convolution" ? layer.convolution()
                                     : row.part == "attention" ? layer.attention
                                                               : layer.filters;
                EXPECT_THAT(row.shape, ElementsAre(clips, channels, layer.height, layer.width)) << row.part;
            }
        }
    }
}

TEST(StepProfiler, ChangesNoBitOfTraining)
{
    Examined watched, alone;
    Adagrad one(adagrad(0.01), watched.net), other(adagrad(0.01), alone.net);
    StepProfiler profiler{c10::Device(c10::DeviceType::CPU)};
    for (int step = 0; step < 3; ++step) {
        profiler.begin();
        const StepResult a =
            train_batch(watched.net, one, values(), labels(), configs::Precision::float32, {}, &profiler);
        const StepResult b = train_batch(alone.net, other, values(), labels());
        EXPECT_EQ(a.loss, b.loss);
        EXPECT_EQ(a.correct, b.correct);
    }
    EXPECT_TRUE(to_bytes(watched.net) == to_bytes(alone.net));
    EXPECT_TRUE(one.to_bytes() == other.to_bytes());
}

}  // namespace
}  // namespace attnsweep::model
