// A trial's profile, by the trial program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/layer_plan.h"
#include "tests/runner/trial/trial_process.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Profiling : public ::testing::Test {
protected:
    Answer profile(const std::string& options, std::int64_t batches,
                   const std::function<void(configs::TrialSpec&)>& change = {})
    {
        runner::TrialOrder order = tone_order(store_.path(), change);
        order.max_batches = batches;
        spec_ = order.trial.spec;
        return ask_trial_program("profile" + options, nlohmann::json(order).dump());
    }
    TemporaryFolder store_;
    configs::TrialSpec spec_;
};

TEST_F(Profiling, ItsRowsAreThePlansLayersWithTheMemoryOfTheirShapes)
{
    const Answer answer = profile(" --json", 6);
    ASSERT_EQ(answer.code, 0) << answer.errors;
    EXPECT_THAT(answer.errors, IsEmpty());
    const auto json = nlohmann::json::parse(answer.output);
    const model::NetworkPlan plan = model::plan_network(spec_.model, model::input_shape(spec_.data_set));
    std::size_t row = 0;
    const auto next = [&] { return json.at("layers").at(row++); };
    for (const model::LayerPlan& layer : plan.layers) {
        const auto entry = next();
        EXPECT_EQ(entry.at("name"), model::name_of(layer));
        EXPECT_EQ(entry.at("output_bytes"),
                  std::int64_t{4} * spec_.training.batch_size * layer.positions() * layer.filters);
        EXPECT_EQ(entry.at("output"), std::to_string(layer.height) + " x " + std::to_string(layer.width) + " x " +
                                          std::to_string(layer.filters));
        const bool attends = layer.attention > 0;
        EXPECT_EQ(entry.at("what"), "convolution " + std::to_string(layer.convolution()) +
                                        (attends ? ", attention " + std::to_string(layer.attention) : ""));
        ASSERT_EQ(entry.at("parts").size(), attends ? 3U : 2U);
        EXPECT_EQ(entry.at("parts")[0].at("name"), "convolution");
        EXPECT_EQ(entry.at("parts")[0].at("output_bytes"),
                  std::int64_t{4} * spec_.training.batch_size * layer.positions() * layer.convolution());
        if (attends) {
            EXPECT_EQ(entry.at("parts")[1].at("name"), "attention");
        }
        double forward_ms = 0;
        for (const auto& part : entry.at("parts")) {
            forward_ms += part.at("forward_ms").get<double>();
        }
        EXPECT_NEAR(entry.at("forward_ms"), forward_ms, 1e-9) << "a layer is the sum of its parts";
        if (layer.layer == 2) {
            EXPECT_EQ(next().at("name"), model::name_of_pool(layer));
        }
    }
    for (std::size_t i = 1; i <= plan.dense.size(); ++i) {
        EXPECT_EQ(next().at("name"), "dense" + std::to_string(i));
    }
    EXPECT_EQ(next().at("name"), "loss");
    EXPECT_EQ(row, json.at("layers").size());
    EXPECT_EQ(json.at("observed_steps"), 2);
    EXPECT_EQ(json.at("unobserved_steps"), 2);
    EXPECT_EQ(json.at("batch_size"), spec_.training.batch_size);
    EXPECT_TRUE(std::filesystem::is_empty(store_.path())) << "it writes nothing";
}

TEST_F(Profiling, PrintsATableForPeople)
{
    const Answer answer = profile("", 4);
    ASSERT_EQ(answer.code, 0) << answer.errors;
    EXPECT_THAT(answer.output,
                AllOf(HasSubstr("cqt-r25-s1"), HasSubstr("forward ms"), HasSubstr("\nblock5/pool "),
                      HasSubstr("\n  attention "), HasSubstr("\noptimizer "), HasSubstr("\na step, unobserved ")));
    EXPECT_THAT(answer.output, Not(HasSubstr("-0.0")));
}

TEST_F(Profiling, TakesASetSmallerThanABatch)
{
    const Answer answer = profile(" --json", 4, [](configs::TrialSpec& spec) { spec.training.batch_size = 1000; });
    ASSERT_EQ(answer.code, 0) << answer.errors;
    EXPECT_LT(nlohmann::json::parse(answer.output).at("batch_size"), 108) << "the clips there are";
}

TEST_F(Profiling, RefusesTooFewBatchesAndSaysHowManyItNeeds)
{
    const Answer answer = profile("", 3);
    EXPECT_EQ(answer.code, runner::exit_usage);
    EXPECT_THAT(answer.errors, AllOf(HasSubstr("--max-batches 3"), HasSubstr("at least 4")));
    EXPECT_THAT(answer.output, IsEmpty());
}

TEST_F(Profiling, EndsWithALossThatIsNotFinite)
{
    const Answer answer = profile("", 8, [](configs::TrialSpec& spec) { spec.training.learning_rate = 1e30; });
    EXPECT_EQ(answer.code, runner::exit_failed);
    EXPECT_THAT(answer.errors, AllOf(HasSubstr("not finite"), HasSubstr("learning_rate")));
    EXPECT_THAT(answer.output, IsEmpty());
}

}  // namespace
}  // namespace attnsweep::tests
