// Steps that are recorded once and repeated, on the CPU: the recorder keeps the work and repeats it, as a GPU's graph does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/cuda/step_graph.h"
#include "tests/model/optimizer_cases.h"

namespace attnsweep::model::cuda {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(StepGraph, RepeatedStepsGiveTheBitsOfOthers)
{
    for (const configs::TrainingSettings& settings : {settings_of("adagrad"), settings_of("sgd", 0.9)}) {
        Trainee eager(0.25, 1, settings), recorded(0.25, 1, settings);
        int recordings = 0, repeats = 0;
        std::vector<std::string> said;
        StepGraph graph(
            recorded.net, *recorded.optimizer, configs::Precision::float32, {}, 8,
            [&](const std::function<void()>& work, std::string&) {
                ++recordings;
                return [&repeats, work] {
                    ++repeats;
                    work();
                };
            },
            [&](const std::string& text) { said.push_back(text); });
        std::vector<StepResult> expected, found;
        for (const std::int64_t samples : {8, 5, 8, 8, 8, 5, 8, 8}) {
            at::manual_seed(expected.size());
            const at::Tensor x = at::rand({samples, shape.frames, shape.bins}),
                             labels = at::randint(shape.classes, {samples}, at::kLong);
            expected.push_back(train_batch(eager.net, *eager.optimizer, x, labels));
            found.push_back(graph.train(x, labels));
        }
        read_late(found);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_EQ(found[i].loss, expected[i].loss) << i;
            EXPECT_EQ(found[i].correct, expected[i].correct) << i;
        }
        EXPECT_EQ(recorded.bytes(), eager.bytes());
        EXPECT_EQ(recordings, 1);
        EXPECT_EQ(repeats, 4) << "not the first three, nor the smaller one";
        EXPECT_THAT(said, ElementsAre("a training step is recorded as a CUDA graph"));
    }
}

TEST(StepGraph, WhereRecordingFailsStepsGoOnAsEver)
{
    Trainee eager(0), refused(0);
    int recordings = 0;
    std::vector<std::string> said;
    StepGraph graph(
        refused.net, *refused.optimizer, configs::Precision::float32, {}, 8,
        [&](const std::function<void()>&, std::string& why) {
            ++recordings;
            why = "no room";
            return std::function<void()>();
        },
        [&](const std::string& text) { said.push_back(text); });
    for (std::uint64_t i = 0; i < 6; ++i) {
        at::manual_seed(i);
        const at::Tensor x = at::rand({8, shape.frames, shape.bins}),
                         labels = at::randint(shape.classes, {8}, at::kLong);
        train_batch(eager.net, *eager.optimizer, x, labels);
        graph.train(x, labels);
    }
    EXPECT_EQ(refused.bytes(), eager.bytes());
    EXPECT_EQ(recordings, 1) << "asked once";
    EXPECT_THAT(said, ElementsAre("no CUDA graph, steps go on as ever: no room"));
}

TEST(StepGraph, NamesTheSettingThatMakesStepsVary)
{
    EXPECT_THAT(why_steps_vary(settings_of("adagrad")), IsEmpty());
    EXPECT_THAT(why_steps_vary(settings_of("sgd", 0.9)), IsEmpty());
    EXPECT_THAT(why_steps_vary(settings_of("adam")), HasSubstr("training.optimizer = \"adam\""));
    configs::TrainingSettings settings = settings_of("adagrad");
    settings.warmup_epochs = 1;
    EXPECT_THAT(why_steps_vary(settings), HasSubstr("training.warmup_epochs"));
    settings = settings_of("adagrad");
    settings.schedule = configs::Schedule::cosine;
    EXPECT_THAT(why_steps_vary(settings), HasSubstr("training.schedule"));
    settings = settings_of("adagrad");
    settings.clip_norm = 1;
    EXPECT_THAT(why_steps_vary(settings), IsEmpty()) << "the norm stays on the device";
}

}  // namespace
}  // namespace attnsweep::model::cuda
