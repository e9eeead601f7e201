// `attnsweep status`: what it counts and names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "files/lease.h"
#include "reports/status.h"
#include "store/annotations.h"
#include "store/reading/query.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::HasSubstr;

class StatusTest : public testing::Test {
protected:
    /// As `query` shows what has begun of the sweep "other" and is not done.
    std::string status_in_query() const
    {
        std::string status;
        store::Query query;
        query.sweeps = {"other"};
        query.where = "attempts > 0 AND status != 'done'";
        query.columns = {"status"};
        // A reader of its own: what a run holds is looked up once.
        const store::Store reader = store::Store::open_to_read(path_);
        store::run_query(reader, query, [&](const auto& row) { status += std::get<std::string>(row[0]); });
        return status;
    }
    StatusTest()
    {
        store::Store writer = store::Store::open_to_write(path_);
        store::fill(writer, store::synthetic_sweep());
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
};

TEST_F(StatusTest, ATrialWhoseRunIsGoneIsInterrupted)
{
    store::Store store = store::Store::open_to_write(path_);
    const configs::Sweep other = store::synthetic_sweep("other", 4);
    store.record_sweep(other);
    store.begin_attempt(other.trials[3].id, 1, "node7", "auto", "2024-01-02T03:04:05Z");  // stft-r0-s4
    files::create_folders(store.folder());
    {
        const files::Lease lease(store.folder() / "lease");
        const std::vector<SweepStatus> running = read_status(store, "other");
        EXPECT_EQ(running[0].counts.running, 1);
        EXPECT_THAT(render_status(store, running), HasSubstr("running  stft-r0-s4  no epoch yet  on node7  since"));
    }
    const std::vector<SweepStatus> left = read_status(store, "other");
    EXPECT_EQ(left[0].counts.running, 0);
    EXPECT_EQ(left[0].counts.missing(), 10);
    EXPECT_THAT(render_status(store, left),
                testing::AllOf(HasSubstr("30 done, 0 running, 0 failed, 10 to go (1 interrupted)"),
                               HasSubstr("interrupted  stft-r0-s4  no epoch yet  on node7  since"),
                               HasSubstr("rerun the command to resume")));

    const std::filesystem::path attempt = store.attempt_folder(other.trials[3].id, 1);
    files::create_folders(attempt);
    files::write_durably(attempt / "checkpoint-2-0.ckpt.tmp-1", "half");
    EXPECT_EQ(read_status(store, "other")[0].resumable, 0);
    EXPECT_EQ(status_in_query(), "pending") << "nobody trains it";
    files::write_durably(attempt / "checkpoint-1-0.ckpt", "whole");
    EXPECT_EQ(read_status(store, "other")[0].resumable, 1);
    EXPECT_THAT(render_status(store, read_status(store, "other")), HasSubstr("10 to go, 1 with a checkpoint"));
    EXPECT_EQ(status_in_query(), "to resume");
    const files::Lease lease(store.folder() / "lease");
    EXPECT_EQ(status_in_query(), "running");
    EXPECT_EQ(read_status(store, "other")[0].resumable, 0);
}

TEST_F(StatusTest, CountsAndNames)
{
    store::Store store = store::Store::open_to_write(path_);
    const configs::Sweep other = store::synthetic_sweep("other", 4);
    store.record_sweep(other);
    store.begin_attempt(other.trials[3].id, 1, "node7", "cuda:0", "2024-01-02T03:04:05Z");  // stft-r0-s4
    store.record_epochs(other.trials[3].id, 1, std::vector<configs::EpochRecord>{{5, 1, 0.5, 1, 0.5, 1}});
    store.commit(failed_result(other.trials[7], "signal", "killed by signal 11", 2));  // stft-r25-s4
    store.commit(failed_result(other.trials[11], "error", "no such layer", 1));
    files::create_folders(store.folder());
    const files::Lease lease(store.folder() / "lease");
    const std::vector<SweepStatus> statuses = read_status(store);
    ASSERT_EQ(statuses.size(), 2U);
    EXPECT_THAT(statuses[0].hidden, testing::IsEmpty());
    EXPECT_EQ(statuses[0].sweep.name, "other");
    EXPECT_EQ(statuses[0].counts.done, 30);
    EXPECT_EQ(statuses[0].counts.running, 1);
    EXPECT_EQ(statuses[0].counts.failed, 1) << "the killed one is tried again";
    EXPECT_EQ(statuses[0].counts.missing(), 8);
    EXPECT_EQ(statuses[1].counts.done, 30);
    files::create_folders(store.pending_folder());
    files::write_durably(store.pending_folder() / "x.json", "{}");
    EXPECT_THAT(
        render_status(store, statuses),
        testing::AllOf(HasSubstr(std::filesystem::absolute(path_).string()), HasSubstr("1 result not yet in the store"),
                       HasSubstr("40 trials: 30 done, 1 running, 1 failed, 8 to go"),
                       HasSubstr("running  stft-r0-s4  epoch 5 of at most 60  on node7 cuda:0"),
                       HasSubstr("failed   stft-r25-s4  signal 11: killed by signal 11  (2 attempts; the next run "
                                 "tries again)"),
                       HasSubstr("error: no such layer  (1 attempt)")));
}

TEST_F(StatusTest, HiddenTrialsAreCountedAndNamed)
{
    store::Store store = store::Store::open_to_write(path_);
    const configs::Sweep sweep = store::synthetic_sweep();
    for (const std::size_t place : {0U, 1U}) {
        store::annotate_once(store, {store::Annotation::Kind::hidden, {}, {}, sweep.trials[place].id, {}, "1"});
        const SweepStatus status = read_status(store).at(0);
        EXPECT_EQ(status.counts.done, 30);
        EXPECT_EQ(status.hidden.size(), place + 1);
        EXPECT_THAT(render_status(store, {status}),
                    HasSubstr(place == 0
                                  ? "1 of these trials is hidden, so in no report, query or ranking: stft-r0-s1\n"
                                  : "2 of these trials are hidden, so in no report, query or ranking: "
                                    "stft-r0-s1, stft-r0-s2\n"));
    }
}

TEST_F(StatusTest, OnlyTheNewestRevisionIsToBeRun)
{
    store::Store store = store::Store::open_to_write(path_);
    store.record_sweep(store::synthetic_sweep("other", 4));
    store.record_sweep(store::synthetic_sweep("other", 5));
    EXPECT_THAT(render_status(store, read_status(store, "other")),
                HasSubstr("rerun the command, without --only or --where, to run what is missing"));
    EXPECT_THAT(render_status(store, read_status(store, "other@1")),
                testing::AllOf(HasSubstr("an older revision: what is missing is not run any more"),
                               testing::Not(HasSubstr("rerun the command"))));
}

TEST_F(StatusTest, AFailedTrialThatTheNextRunTriesAgainIsToGo)
{
    store::Store store = store::Store::open_to_write(path_);
    const configs::Sweep other = store::synthetic_sweep("other", 4);
    store.record_sweep(other);
    const configs::Trial& trial = other.trials[3];
    store.commit(failed_result(trial, "signal", "killed by signal 11", 1));
    EXPECT_EQ(read_status(store, "other")[0].counts.failed, 0);
    EXPECT_EQ(read_status(store, "other")[0].resumable, 0);
    EXPECT_EQ(status_in_query(), "pending");
    const std::filesystem::path attempt = store.attempt_folder(trial.id, 1);
    files::create_folders(attempt);
    files::write_durably(attempt / "checkpoint-2-0.ckpt", "whole");
    EXPECT_EQ(read_status(store, "other")[0].resumable, 1);
    EXPECT_EQ(status_in_query(), "to resume");
    EXPECT_THAT(render_status(store, read_status(store, "other")),
                testing::AllOf(HasSubstr("0 failed, 10 to go, 1 with a checkpoint"), HasSubstr("tries again")));

    store.commit(failed_result(trial, "out_of_memory", "killed by the kernel", 2));
    store.commit(failed_result(trial, "signal", "killed by signal 11", 3));
    EXPECT_EQ(status_in_query(), "failed") << "three kills, whatever the kind";
    EXPECT_EQ(read_status(store, "other")[0].counts.failed, 1);
    EXPECT_EQ(read_status(store, "other")[0].resumable, 0);
}

}  // namespace
}  // namespace attnsweep::reports
