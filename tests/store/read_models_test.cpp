// What the read models give of single trials and epochs, before anybody writes them out.
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/reading/epoch_rows.h"
#include "store/reading/sweep_status.h"
#include "store/reading/trial_record.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

class ReadModelsTest : public testing::Test {
protected:
    ReadModelsTest()
    {
        store_.record_sweep(sweep_);
        store_.begin_attempt(sweep_.trials[0].id, 1, "node1", "cpu", "2024-01-02T03:04:05Z");
        store_.commit(failed_result(sweep_.trials[0], "nan", "the loss is nan", 1));
        store_.commit(done_result(sweep_.trials[0], {10, 8, 6}, 2));
        store_.begin_attempt(sweep_.trials[1].id, 1, "node2", "cuda:0", "2024-01-02T03:04:06Z");
        store_.record_epochs(sweep_.trials[1].id, 1,
                             std::vector<configs::EpochRecord>{{1, 2, 0.25, 3, 0.5, 4}, {2, 1, 0.5, 2, 0.5, 4}});
        store_.commit(failed_result(sweep_.trials[2], "signal", "killed by signal 11", 3));
    }
    static const Value& field(const NamedRow& row, const std::string& name)
    {
        for (const auto& [column, value] : row) {
            if (column == name) {
                return value;
            }
        }
        throw std::out_of_range(name);
    }

    tests::TemporaryFolder folder_;
    Store store_ = Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(ReadModelsTest, ARecordHasEveryAttemptAndTheMetricsOfTheOneThatCounts)
{
    const TrialRecord record = read_trial_record(store_, sweep_.trials[0].id);
    ASSERT_EQ(record.sweeps.size(), 1U);
    EXPECT_EQ(field(record.sweeps[0], "label"), Value(sweep_.trials[0].label));
    ASSERT_EQ(record.attempts.size(), 2U);
    EXPECT_EQ(record.attempts[0].front().first, "attempt") << "in the order of the columns";
    EXPECT_EQ(field(record.attempts[0], "failure_message"), Value("the loss is nan"));
    EXPECT_EQ(field(record.attempts[0], "counts"), Value(std::int64_t{0}));
    EXPECT_EQ(field(record.attempts[1], "counts"), Value(std::int64_t{1}));
    EXPECT_EQ(field(record.attempts[1], "failure_message"), Value()) << "NULL";
    ASSERT_FALSE(record.metrics.empty());
    EXPECT_EQ(field(record.metrics[0], "weights"), Value("last"));
    EXPECT_DOUBLE_EQ(std::get<double>(field(record.metrics[0], "accuracy")), 0.8);
}

TEST_F(ReadModelsTest, ATrialThatIsNotThereHasAnEmptyRecord)
{
    const TrialRecord record = read_trial_record(store_, "no such id");
    EXPECT_TRUE(record.sweeps.empty());
    EXPECT_TRUE(record.attempts.empty());
    EXPECT_TRUE(record.metrics.empty());
}

TEST_F(ReadModelsTest, StatusIsOfTheNewestAttempt)
{
    std::vector<TrialStatus> trials;
    read_sweep_status(store_, find_sweep(store_, sweep_.name),
                      [&](const TrialStatus& trial) { trials.push_back(trial); });
    ASSERT_EQ(trials.size(), sweep_.trials.size());
    for (std::size_t i = 0; i < trials.size(); ++i) {
        EXPECT_EQ(trials[i].label, sweep_.trials[i].label);
        EXPECT_EQ(trials[i].max_epochs, 60);
        EXPECT_EQ(trials[i].is_done, i == 0);
        EXPECT_EQ(trials[i].newest.has_value(), i < 3);
    }
    EXPECT_EQ(trials[0].newest->number, 2);
    EXPECT_EQ(trials[0].newest->outcome, "done");
    EXPECT_EQ(trials[1].newest->outcome, "") << "it has not ended";
    EXPECT_EQ(trials[1].newest->host, "node2");
    EXPECT_EQ(trials[1].newest->device, "cuda:0");
    EXPECT_EQ(trials[1].newest->started_at, "2024-01-02T03:04:06Z");
    EXPECT_EQ(trials[1].newest->epochs, 2);
    EXPECT_EQ(trials[2].newest->number, 3);
    EXPECT_EQ(trials[2].newest->outcome, "failed");
    EXPECT_EQ(trials[2].newest->failure.kind, configs::FailureKind::signal);
    EXPECT_EQ(trials[2].newest->failure.message, "killed by signal 11");
}

TEST_F(ReadModelsTest, EpochRowsAreOfTheAttemptThatCountsElseOfTheNewest)
{
    std::vector<std::vector<Value>> rows;
    read_epoch_rows(store_, {}, Revisions::newest, [&](const std::vector<Value>& row) {
        ASSERT_EQ(row.size(), epoch_columns.size());
        rows.push_back(row);
    });
    ASSERT_EQ(rows.size(), 4U) << "two of the trial that is done, two of the one that runs";
    EXPECT_EQ(rows[0][1], Value(std::int64_t{1})) << "revision";
    EXPECT_EQ(rows[0][2], Value(sweep_.trials[0].label));
    EXPECT_EQ(rows[0][6], Value(std::int64_t{2})) << "attempt";
    EXPECT_EQ(rows[2][2], Value(sweep_.trials[1].label));
    EXPECT_EQ(rows[2][7], Value(std::int64_t{1})) << "epoch";
    EXPECT_EQ(rows[2][8], Value(2.0)) << "train_loss";
    EXPECT_EQ(rows[3][11], Value(0.5)) << "validation_accuracy";
    EXPECT_THROW(read_epoch_rows(store_, "another sweep", Revisions::newest, [](const std::vector<Value>&) {}), Error);
}

}  // namespace
}  // namespace attnsweep::store
