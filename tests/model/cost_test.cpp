#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "model/cost.h"
#include "model/error.h"

namespace attnsweep::model {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

configs::TrialSpec paper_spec(int bins, double ratio)
{
    configs::TrialSpec spec;
    spec.model.attention_ratio = ratio;
    spec.data_set = {"digest", 87, bins, 19};
    return spec;
}

// paper.md's table.
TEST(Cost, GivesThePapersTenParameterCounts)
{
    const std::int64_t stft[] = {65'692'403, 63'040'083, 60'469'683, 57'981'203, 55'574'643};
    const std::int64_t cqt[] = {26'370'803, 23'712'243, 21'135'603, 18'640'883, 16'228'083};
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(cost_of(paper_spec(1025, 0.25 * i)).parameters, stft[i]);
        EXPECT_EQ(cost_of(paper_spec(252, 0.25 * i)).parameters, cqt[i]);
    }
}

TEST(Cost, GivesThePapersWorkOfAStep)
{
    EXPECT_NEAR(cost_of(paper_spec(252, 0)).step_flops_per_sample / 1e9, 24.5, 0.1);
    EXPECT_NEAR(cost_of(paper_spec(1025, 0)).step_flops_per_sample / 1e9, 100, 0.5);
    EXPECT_NEAR(cost_of(paper_spec(252, 1)).step_flops_per_sample / 1e9, 16.6, 0.1);
    EXPECT_NEAR(cost_of(paper_spec(1025, 1)).step_flops_per_sample / 1e9, 79.5, 0.5);
}

TEST(Cost, CountsAttentionsLogitsAndCheckpoints)
{
    const Cost stft = cost_of(paper_spec(1025, 0.5));
    // Two layers of 11 x 129 positions and two of 6 x 65, 8 heads, batch 16.
    EXPECT_EQ(stft.attention_bytes, 2LL * 16 * 8 * 4 * (1419LL * 1419 + 390LL * 390));
    EXPECT_EQ(cost_of(paper_spec(1025, 0)).attention_bytes, 0);

    const Cost plain = cost_of(paper_spec(1025, 0));
    EXPECT_NEAR(static_cast<double>(plain.checkpoint_bytes) / 1e6, 526, 0.5);
    EXPECT_EQ(plain.weights_bytes, 4 * (plain.parameters + 4 * (32LL + 64 + 128 + 256 + 512)));
    EXPECT_EQ(plain.checkpoint_bytes, plain.weights_bytes + 4 * plain.parameters);
}

TEST(Cost, MemoryGrowsWithTheBatchAndHoldsTheWeightsThreefold)
{
    configs::TrialSpec spec = paper_spec(252, 0.25);
    const std::int64_t at_16 = cost_of(spec).peak_memory_bytes;
    EXPECT_GT(at_16, 12 * cost_of(spec).parameters);
    spec.training.batch_size = 32;
    EXPECT_GT(cost_of(spec).peak_memory_bytes, at_16);
}

TEST(Cost, MemoryDependsOnHowAttentionIsComputed)
{
    using enum configs::AttentionImplementation;
    const configs::TrialSpec spec = paper_spec(1025, 0.25);
    EXPECT_LT(cost_of(spec, tiled).peak_memory_bytes + 150'000'000, cost_of(spec, chunked).peak_memory_bytes);
    EXPECT_GT(cost_of(spec, reference).peak_memory_bytes,
              cost_of(spec, tiled).peak_memory_bytes + 2 * cost_of(spec).attention_bytes);
    EXPECT_EQ(cost_of(spec).peak_memory_bytes, cost_of(spec, tiled).peak_memory_bytes);
    EXPECT_EQ(cost_of(paper_spec(1025, 0), tiled).peak_memory_bytes,
              cost_of(paper_spec(1025, 0), chunked).peak_memory_bytes);
}

TEST(Cost, GrowsWithWhatTheOptimizerKeeps)
{
    configs::TrialSpec spec = paper_spec(252, 0.25);
    const Cost adagrad = cost_of(spec);
    const auto numbers_per_weight = [&](const std::string& optimizer, double momentum) {
        spec.training.optimizer = optimizer;
        spec.training.momentum = momentum;
        const Cost cost = cost_of(spec);
        const std::int64_t kept = cost.checkpoint_bytes - cost.weights_bytes;
        // In memory while training, and in a checkpoint that is being written.
        EXPECT_EQ(cost.peak_memory_bytes - adagrad.peak_memory_bytes, 2 * (kept - 4 * cost.parameters)) << optimizer;
        return static_cast<double>(kept) / (4.0 * static_cast<double>(cost.parameters));
    };
    EXPECT_EQ(numbers_per_weight("adagrad", 0), 1);
    EXPECT_EQ(numbers_per_weight("sgd", 0), 0);
    EXPECT_EQ(numbers_per_weight("sgd", 0.9), 1);
    EXPECT_EQ(numbers_per_weight("adam", 0), 2);
    EXPECT_EQ(numbers_per_weight("adamw", 0), 2);
}

TEST(Plan, OddSizesRoundUpWhenPooled)
{
    configs::ModelSettings settings;
    settings.first_filters = 4;
    const NetworkPlan plan = plan_network(settings, {87, 252, 19});
    const int heights[] = {87, 44, 22, 11, 6}, widths[] = {252, 126, 63, 32, 16};
    for (std::size_t block = 0; block < 5; ++block) {
        EXPECT_EQ(plan.layers[2 * block].height, heights[block]);
        EXPECT_EQ(plan.layers[2 * block + 1].width, widths[block]);
    }
    EXPECT_EQ(plan.flat, 3 * 8 * 64);
    EXPECT_THAT(plan.dense, ::testing::ElementsAre(1024, 512, 256, 128, 64, 19));
}

// What is wrong is named: key, value, expectation.
TEST(Validate, NamesKeyValueAndExpectation)
{
    struct Case {
        std::function<void(configs::TrialSpec&)> spoil;
        const char* key;
        const char* says;
    };
    const std::vector<Case> cases = {
        {[](auto& spec) { spec.model.attention_ratio = 1.5; }, "model.attention_ratio = 1.5", "from 0 to 1"},
        {[](auto& spec) { spec.model.attention_ratio = -0.1; }, "model.attention_ratio = -0.1", "from 0 to 1"},
        {[](auto& spec) { spec.model.attention_ratio = std::nan(""); }, "model.attention_ratio = nan", "from 0 to 1"},
        {[](auto& spec) { spec.model.heads = 7; }, "model.attention_ratio", "model.heads = 7 does not divide"},
        {[](auto& spec) { spec.model.first_filters = 2; }, "model.attention_ratio", "model.heads = 8 does not divide"},
        {[](auto& spec) { spec.model.heads = 0; }, "model.heads = 0", "from 1 to"},
        {[](auto& spec) { spec.model.augmented_blocks = {6}; }, "model.augmented_blocks names block 6",
         "model.blocks = 5"},
        {[](auto& spec) { spec.model.augmented_blocks = {4, 4}; }, "model.augmented_blocks = [4,4]", "distinct"},
        {[](auto& spec) { spec.model.blocks = 10; }, "model.blocks = 10", "at most 8 blocks"},
        {[](auto& spec) { spec.model.blocks = 0; }, "model.blocks = 0", "from 1 to"},
        {[](auto& spec) { spec.model.first_filters = 0; }, "model.first_filters = 0", "from 1 to"},
        {[](auto& spec) { spec.model.first_filters = std::numeric_limits<int>::max(); }, "model.first_filters",
         "from 1 to"},
        {[](auto& spec) { spec.model.kernel_size = 4; }, "model.kernel_size = 4", "odd"},
        {[](auto& spec) { spec.model.dense_sizes = {64, 0}; }, "model.dense_sizes = [64,0]", "from 1 to"},
        {[](auto& spec) { spec.model.batch_norm_momentum = 1; }, "model.batch_norm_momentum = 1", "both excluded"},
        {[](auto& spec) { spec.model.batch_norm_epsilon = 0; }, "model.batch_norm_epsilon = 0", "above 0"},
        {[](auto& spec) { spec.data_set.classes = 1; }, "classes = 1", "2 or more"},
        {[](auto& spec) { spec.data_set.bins = 0; }, "bins = 0", "1 or more"},
        {[](auto& spec) { spec.training.optimizer = "rmsprop"; }, "training.optimizer = \"rmsprop\"", "adagrad"},
        {[](auto& spec) { spec.training.schedule = configs::Schedule::step; }, "training.schedule",
         "training.step_epochs"},
        {[](auto& spec) { spec.training.learning_rate = 0; }, "training.learning_rate = 0", "above 0"},
        {[](auto& spec) { spec.training.batch_size = 0; }, "training.batch_size = 0", "from 1 to"},
        {[](auto& spec) { spec.training.max_epochs = 0; }, "training.max_epochs = 0", "from 1 to"},
    };
    EXPECT_NO_THROW(validate(paper_spec(252, 0.25)));
    for (const Case& bad : cases) {
        configs::TrialSpec spec = paper_spec(252, 0.25);
        bad.spoil(spec);
        try {
            validate(spec);
            ADD_FAILURE() << "accepted: " << bad.key;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), AllOf(HasSubstr(bad.key), HasSubstr(bad.says)));
        }
    }
}

TEST(Validate, AttentionsKeysAreIdleAtRatio0)
{
    configs::TrialSpec spec = paper_spec(252, 0);
    spec.model.blocks = 4;  // the augmented blocks are 4 and 5
    spec.model.heads = 7;
    EXPECT_NO_THROW(cost_of(spec));
    spec.model.attention_ratio = 0.25;
    EXPECT_THROW(cost_of(spec), Error);
}

TEST(Validate, QuickstartsNarrowNetworksAreAllowed)
{
    for (const int filters : {4, 8}) {
        for (const double ratio : {0.0, 0.25, 0.5, 0.75, 1.0}) {
            for (const int bins : {129, 84}) {
                configs::TrialSpec spec = paper_spec(bins, ratio);
                spec.model.first_filters = filters;
                spec.data_set.frames = 22;
                EXPECT_NO_THROW(validate(spec)) << filters << " " << ratio;
            }
        }
    }
}

}  // namespace
}  // namespace attnsweep::model
