#include "runner/planning/sweep_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/configs/sweep_folder.h"
#include "tests/paths.h"

namespace attnsweep::runner {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string paper = std::string(attnsweep::tests::paths::source) + "/configs/paper.toml";

configs::Sweep with(const std::vector<std::string>& overrides = {},
                    const configs::DataSetDescription& data = tests::paper_data_set())
{
    return configs::read_sweep(paper, overrides, data);
}

/// As a store holds it, its first trial done.
store::RevisionEntry recorded(const configs::Sweep& sweep)
{
    store::RevisionEntry entry{sweep.name, 2, "2024-01-02T03:04:05Z", sweep.path, sweep.text, {}};
    for (const configs::Trial& trial : sweep.trials) {
        entry.trials.push_back({trial.id, trial.label, entry.trials.empty()});
    }
    return entry;
}

TEST(PlanDifference, AnAddedRepeatKeepsAllTrials)
{
    const store::RevisionEntry before = recorded(with());
    const Difference difference = difference_of(with({"sweep.repeats=4"}), before);
    ASSERT_EQ(difference.changes.size(), 1u);
    EXPECT_EQ(difference.changes[0].key, "sweep.repeats");
    EXPECT_EQ(difference.changes[0].before, "3");
    EXPECT_EQ(difference.changes[0].after, "4");
    EXPECT_EQ(difference.kept, 30);
    EXPECT_EQ(difference.kept_done, 1);
    EXPECT_EQ(difference.added.size(), 10u);
    EXPECT_THAT(difference.removed, IsEmpty());
    EXPECT_THAT(lines_of(difference, before), Contains("  kept: 30 trials, 1 of them done"));
}

TEST(PlanDifference, AnAxisShowsItsValues)
{
    const Difference difference = difference_of(with({"model.attention_ratio=[0,0.25,0.5,0.625]"}), recorded(with()));
    ASSERT_EQ(difference.axes.size(), 1u);
    EXPECT_EQ(difference.axes[0].key, "model.attention_ratio");
    EXPECT_THAT(difference.axes[0].added, ElementsAre("0.625"));
    EXPECT_THAT(difference.axes[0].removed, ElementsAre("0.75", "1.0"));
    EXPECT_EQ(difference.kept, 18);
    EXPECT_EQ(difference.added.size(), 6u);
    EXPECT_EQ(difference.removed.size(), 12u);
}

TEST(PlanDifference, AValueThatBecomesAnAxisIsOneOfIt)
{
    const Difference difference = difference_of(with({"training.learning_rate=[0.001,0.01]"}), recorded(with()));
    ASSERT_EQ(difference.axes.size(), 1u);
    EXPECT_THAT(difference.axes[0].added, ElementsAre("0.01"));
    EXPECT_THAT(difference.axes[0].removed, IsEmpty());
    EXPECT_THAT(difference.changes, IsEmpty());
    EXPECT_EQ(difference.kept, 30);
}

TEST(PlanDifference, HowItIsRunChangesNoTrial)
{
    const store::RevisionEntry before = recorded(with());
    const Difference difference = difference_of(with({"execution.threads=2"}), before);
    EXPECT_EQ(difference.kept, 30);
    EXPECT_THAT(lines_of(difference, before), Contains(HasSubstr("execution.threads: 1 -> 2  (changes no trial)")));
    const Difference other = difference_of(with({"training.patience=9"}), before);
    EXPECT_THAT(lines_of(other, before), Contains(HasSubstr("training.patience: 30 -> 9")));
    EXPECT_THAT(lines_of(other, before), Not(Contains(HasSubstr("changes no trial"))));
}

TEST(PlanDifference, OtherDataIsNamed)
{
    configs::DataSetDescription data = tests::paper_data_set();
    data.spectrograms[1].digest = std::string(64, 'c');
    const store::RevisionEntry before = recorded(with());
    const Difference difference = difference_of(with({}, data), before);
    EXPECT_EQ(difference.kept, 15);
    EXPECT_EQ(difference.changed.size(), 15u) << "the same labels";
    EXPECT_THAT(difference.added, IsEmpty());
    EXPECT_THAT(difference.removed, IsEmpty());
    EXPECT_THAT(lines_of(difference, before), Contains(HasSubstr("the data set's cqt spectrograms differ")));
}

TEST(PlanDifference, AKeyThatALaterVersionBroughtIsNoChangeAtItsDefault)
{
    store::RevisionEntry before = recorded(with());
    nlohmann::json settings = nlohmann::json::parse(before.settings);
    settings.at("training").erase("patience");
    before.settings = settings.dump();
    EXPECT_TRUE(difference_of(with(), before).is_none());
    EXPECT_FALSE(difference_of(with({"training.patience=9"}), before).changes.empty());
}

TEST(PlanDifference, TheSameIsNone)
{
    const store::RevisionEntry before = recorded(with());
    EXPECT_TRUE(difference_of(with(), before).is_none());
    EXPECT_THAT(lines_of(difference_of(with(), before), before), ElementsAre(HasSubstr("Unchanged since revision 2")));
}

}  // namespace
}  // namespace attnsweep::runner
