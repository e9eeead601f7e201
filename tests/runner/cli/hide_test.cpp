// `attnsweep store hide` and `unhide`: by the name of a sweep or of a trial.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/error.h"
#include "store/error.h"
#include "store/reading/results.h"
#include "tests/runner/cli/called.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Hide : public ::testing::Test {
protected:
    Hide()
    {
        store::Store store = store::Store::open_to_write(path_);
        store::fill(store, sweep_);
    }
    std::string say(const std::string& command, const std::string& name) const
    {
        return called(runner::add_store, {"store", command, name, "--store", path_.string()});
    }
    std::vector<std::string> hidden() const
    {
        const store::Store store = store::Store::open_to_read(path_);
        return store::hidden_trials(store, store::find_sweep(store, sweep_.name));
    }

    TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
    configs::Sweep sweep_ = store::synthetic_sweep("a sweep", 1);
};

TEST_F(Hide, ASweepOrATrialAndShowsItAgain)
{
    EXPECT_THAT(say("hide", "a sweep"),
                AllOf(HasSubstr("sweep a sweep is hidden"), HasSubstr("store unhide 'a sweep'")));
    EXPECT_THAT(store::sweeps_in_sight(store::Store::open_to_read(path_)), IsEmpty());
    EXPECT_THAT(say("unhide", "a sweep"), HasSubstr("is shown again"));
    EXPECT_THAT(say("hide", "cqt-r0-s1"), HasSubstr("trial cqt-r0-s1 ("));
    EXPECT_THAT(hidden(), ElementsAre("cqt-r0-s1"));
    say("unhide", sweep_.trials[5].id);
    EXPECT_THAT(hidden(), IsEmpty());
}

TEST_F(Hide, WhatIsNotThereOrARevisionIsRefused)
{
    EXPECT_THROW(say("hide", "cqt-r0-s9"), store::Error);
    try {
        say("hide", "a sweep@1");
        FAIL() << "hidden";
    } catch (const runner::Error& error) {
        EXPECT_EQ(error.exit_code(), runner::exit_usage);
        EXPECT_THAT(error.what(), HasSubstr("Name the sweep (a sweep)"));
    }
}

}  // namespace
}  // namespace attnsweep::tests
