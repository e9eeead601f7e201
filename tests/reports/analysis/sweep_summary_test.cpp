// A sweep as tables and pages are told it: what runs, and what is hidden.
#include "reports/analysis/sweep_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/folders.h"
#include "files/lease.h"
#include "reports/tables/table_notes.h"
#include "store/annotations.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SweepSummaryTest : public testing::Test {
protected:
    SweepSummaryTest()
    {
        store_.record_sweep(sweep_);
        store_.commit(done_result(sweep_.trials[3], {10, 8, 6}));  // stft-r25-s1
        store_.commit(done_result(sweep_.trials[4], {1, 1, 1}));   // stft-r25-s2
    }
    SweepSummary summary() const { return read_summary(store_, "", store::Weights::last); }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(SweepSummaryTest, ATrialWhoseProcessIsGoneIsNotRunning)
{
    store_.begin_attempt(sweep_.trials[7].id, 1, "node1", "cpu", "2024-01-02T03:04:05Z");
    EXPECT_EQ(completeness_of(summary()).running, 0) << "no run holds the store";
    files::create_folders(store_.folder());
    const files::Lease lease(store_.folder() / "lease");
    EXPECT_EQ(completeness_of(summary()).running, 1);
}

TEST_F(SweepSummaryTest, HiddenTrialsAreNamedSinceTheyAreInNoNumber)
{
    EXPECT_THAT(completeness_note(summary()), Not(HasSubstr("hidden")));
    store::annotate_once(store_, {store::Annotation::Kind::hidden, {}, {}, sweep_.trials[4].id, {}, "1"});
    EXPECT_THAT(completeness_note(summary()),
                AllOf(HasSubstr("1 trial is hidden"), HasSubstr("stft-r25-s2"), HasSubstr("1 of 29")));
    EXPECT_EQ(summary().configurations[1].counts.repeats, 2);
}

}  // namespace
}  // namespace attnsweep::reports
