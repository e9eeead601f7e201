#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "runner/attempt_files.h"
#include "runner/error.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class AttemptFiles : public ::testing::Test {
protected:
    AttemptFiles()
    {
        order_.trial.id = "0123456789abcdef";
        order_.trial.label = "cqt-r25-s1";
        order_.attempt = 2;
        order_.attempt_folder = folder_ / "d" / "trials" / order_.trial.id / "attempt-2";
        order_.earlier_attempts = {folder_ / "d" / "trials" / order_.trial.id / "attempt-1"};
        order_.pending_folder = folder_ / "d" / "pending";
        result_.trial_id = order_.trial.id;
        result_.label = order_.trial.label;
    }
    fs::path pending() const { return order_.pending_folder / "0123456789abcdef.json"; }

    tests::TemporaryFolder folder_;
    TrialOrder order_;
    configs::TrialResult result_;
};

TEST_F(AttemptFiles, AResultLiesBesideTheTrialAndInPending)
{
    const fs::path path = publish(order_, result_);
    EXPECT_EQ(path, order_.attempt_folder / "result.json");
    EXPECT_EQ(files::read_file(path), files::read_file(pending()));
    EXPECT_EQ(nlohmann::json::parse(files::read_file(path)).get<configs::TrialResult>().label, "cqt-r25-s1");
}

TEST_F(AttemptFiles, ASuccessOfAnEarlierAttemptIsFoundAndAnnouncedAgain)
{
    const auto log = [](const std::string&) {};
    EXPECT_FALSE(finished_result(order_, log));
    TrialOrder earlier = order_;
    earlier.attempt_folder = order_.earlier_attempts.front();
    const fs::path path = publish(earlier, result_);
    fs::remove(pending());
    ASSERT_EQ(finished_result(order_, log), path);
    publish_again(order_, path);
    EXPECT_EQ(files::read_file(path), files::read_file(pending()));
}

TEST_F(AttemptFiles, AFailureOrADamagedResultIsNone)
{
    std::string said;
    const auto log = [&](const std::string& line) { said += line; };
    result_.outcome = configs::Outcome::failed;
    result_.failure = {configs::FailureKind::nan, "the loss", 0};
    publish(order_, result_);
    EXPECT_FALSE(finished_result(order_, log));
    files::write_durably(order_.attempt_folder / "result.json", "{\"trial_id\": ");
    EXPECT_FALSE(finished_result(order_, log));
    EXPECT_THAT(said, HasSubstr("result.json"));
}

TEST_F(AttemptFiles, TheFolderIsNamedRelativeToTheStore)
{
    EXPECT_EQ(relative_attempt_folder(order_), "trials/0123456789abcdef/attempt-2");
}

TEST(KeptFiles, FollowFromTheFiveWords)
{
    using configs::Keep;
    const auto parts = [](Keep keep) {
        const KeptFiles kept = keep_from(keep);
        return std::array{kept.last_weights, kept.best_weights, kept.checkpoints};
    };
    EXPECT_EQ(parts(Keep::weights), (std::array{true, true, false}));
    EXPECT_EQ(parts(Keep::last), (std::array{true, false, false}));
    EXPECT_EQ(parts(Keep::best), (std::array{false, true, false}));
    EXPECT_EQ(parts(Keep::all), (std::array{true, true, true}));
    EXPECT_EQ(parts(Keep::none), (std::array{false, false, false}));
}

TEST_F(AttemptFiles, AnOrderSaysWhatToKeepByItsWord)
{
    order_.keep = configs::Keep::best;
    nlohmann::json json = order_;
    EXPECT_EQ(json.at("keep"), "best");
    EXPECT_EQ(json.get<TrialOrder>().keep, configs::Keep::best);
    json["keep"] = "everything";
    const auto refused = [](const nlohmann::json& order) -> std::string {
        try {
            (void)order.get<TrialOrder>();
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), exit_bad_input);
            return error.what();
        }
        return "no error";
    };
    EXPECT_EQ(refused(json), "keep: 'everything' is not known; expected one of weights, last, best, all, none");
    json["keep"] = "best";
    EXPECT_EQ(json.at("attention_implementation"), "auto");
    json["attention_implementation"] = "chunked";
    EXPECT_EQ(json.get<TrialOrder>().attention, configs::AttentionImplementation::chunked);
    EXPECT_EQ(json.at("batch_loading"), "plain");
    json["batch_loading"] = "auto";
    json["clips_fit"] = true;
    EXPECT_EQ(json.get<TrialOrder>().batch_loading, configs::BatchLoading::automatic);
    EXPECT_TRUE(json.get<TrialOrder>().clips_fit);
    EXPECT_EQ(json.at("late_losses"), false);
    json["late_losses"] = true;
    EXPECT_TRUE(json.get<TrialOrder>().late_losses);
    EXPECT_EQ(json.at("step_graph"), false);
    json["step_graph"] = true;
    EXPECT_TRUE(json.get<TrialOrder>().step_graph);
    EXPECT_EQ(json.at("optimizer_step"), "per_tensor");
    json["optimizer_step"] = "foreach";
    EXPECT_EQ(json.get<TrialOrder>().optimizer_step, configs::OptimizerStep::foreach);
    json["replicas"] = 0;
    EXPECT_EQ(refused(json), "replicas: 0; expected 1 to 64");
    json["replicas"] = 2;
    EXPECT_EQ(json.get<TrialOrder>().replicas, 2);
    json["cores"] = {{4, 5}, {6}};
    EXPECT_THAT(json.get<TrialOrder>().cores, testing::ElementsAre(std::vector{4, 5}, std::vector{6}));
    json["cores"] = {{4, 5}};
    EXPECT_EQ(refused(json), "cores: of 1 replicas; expected those of 2, or none");
    json["cores"] = nlohmann::json::array();
    json["attention_implementation"] = "fast";
    EXPECT_THAT(refused(json),
                HasSubstr("attention_implementation: 'fast' is not known; expected one of auto, chunked, "));
}

}  // namespace
}  // namespace attnsweep::runner
