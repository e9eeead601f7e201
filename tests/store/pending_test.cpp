// Results on their way into the store: taken in once, whatever happens in between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "store/pending.h"
#include "store/reading/results.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

class PendingTest : public testing::Test {
protected:
    PendingTest()
    {
        store_.record_sweep(sweep_);
        files::create_folders(store_.pending_folder());
    }
    std::filesystem::path announce(const configs::TrialResult& result) const
    {
        std::filesystem::path file = store_.pending_folder() / (result.trial_id + ".json");
        files::write_durably(file, nlohmann::json(result).dump());
        return file;
    }
    void leave_in_attempt_folder(const configs::TrialResult& result) const
    {
        const std::filesystem::path folder = store_.attempt_folder(result.trial_id, result.attempt);
        files::create_folders(folder);
        files::write_durably(folder / "result.json", nlohmann::json(result).dump());
    }
    Status status_of(const configs::Trial& trial) const { return store_.states({trial.id}).front().status; }

    tests::TemporaryFolder folder_;
    Store store_ = Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(PendingTest, NoFolderIsNothingToDo)
{
    std::filesystem::remove_all(store_.folder());
    EXPECT_TRUE(import_pending(store_).committed.empty());
}

TEST_F(PendingTest, ResultsAreCommittedAndRemoved)
{
    const auto first = announce(done_result(sweep_.trials[0], {10, 8, 6}));
    const auto second = announce(failed_result(sweep_.trials[1], "nan", "loss is nan"));
    EXPECT_EQ(import_pending(store_).committed.size(), 2U);
    EXPECT_FALSE(std::filesystem::exists(first));
    EXPECT_FALSE(std::filesystem::exists(second));
    EXPECT_EQ(status_of(sweep_.trials[0]), Status::done);
    EXPECT_EQ(status_of(sweep_.trials[1]), Status::failed);
}

TEST_F(PendingTest, ACrashBetweenCommitAndRemovalIsHarmless)
{
    const configs::TrialResult result = done_result(sweep_.trials[0], {10, 8, 6});
    const auto file = announce(result);
    store_.commit(result);  // and here the writer died
    EXPECT_THAT(import_pending(store_).committed, testing::ElementsAre(result.trial_id));
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_EQ(read_epochs(store_, result.trial_id).size(), 2U);
    EXPECT_EQ(store_.states({result.trial_id}).front().attempts, 1);
}

TEST_F(PendingTest, DamagedFilesAreMovedAsideAndTheOthersTaken)
{
    const auto good = announce(done_result(sweep_.trials[2], {10, 8, 6}));
    const auto cut = store_.pending_folder() / "aaaa.json";
    files::write_durably(cut, R"({"trial_id": "aaaa", "lab)");
    const auto empty = store_.pending_folder() / "bbbb.json";
    files::write_durably(empty, "");
    configs::TrialResult ragged = done_result(sweep_.trials[3], {10, 8, 6});
    ragged.last.confusion[1].pop_back();
    const auto not_square = announce(ragged);

    const ImportReport taken = import_pending(store_);
    EXPECT_THAT(taken.committed, testing::ElementsAre(sweep_.trials[2].id));
    ASSERT_EQ(taken.damaged.size(), 3U);
    EXPECT_TRUE(std::filesystem::exists(cut.string() + ".damaged"));
    EXPECT_TRUE(std::filesystem::exists(empty.string() + ".damaged"));
    EXPECT_TRUE(std::filesystem::exists(not_square.string() + ".damaged"));
    EXPECT_FALSE(std::filesystem::exists(good));
    EXPECT_EQ(status_of(sweep_.trials[3]), Status::pending);
    EXPECT_TRUE(import_pending(store_).damaged.empty());  // told once
}

TEST_F(PendingTest, AResultOfNoSweepIsLeftWhereItIs)
{
    configs::TrialResult stranger = done_result(sweep_.trials[0], {10, 8, 6});
    stranger.trial_id = "feedfacefeedface";
    const auto file = announce(stranger);
    const ImportReport taken = import_pending(store_);
    EXPECT_TRUE(taken.committed.empty());
    ASSERT_EQ(taken.strangers.size(), 1U);
    EXPECT_EQ(taken.strangers[0].file, file);
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(PendingTest, HalfWrittenFilesAreNotLookedAt)
{
    files::write_durably(store_.pending_folder() / "cccc.json.tmp-1-0", "{");
    const ImportReport taken = import_pending(store_);
    EXPECT_TRUE(taken.damaged.empty());
    EXPECT_TRUE(std::filesystem::exists(store_.pending_folder() / "cccc.json.tmp-1-0"));
}

TEST_F(PendingTest, AStoreIsRebuiltFromTheFilesOfItsTrials)
{
    for (const configs::Trial& trial : sweep_.trials) {
        leave_in_attempt_folder(done_result(trial, {10, 8, 6}, trial.repeat == 2 ? 10 : 1));
    }
    // Two attempts that were done: the earlier one counts, and 2 comes before 10.
    leave_in_attempt_folder(done_result(sweep_.trials[1], {10, 10, 10}, 2));
    EXPECT_EQ(import_attempt_folders(store_).committed.size(), 31U);
    const SweepResults results = read_results(store_, "", Weights::last);
    EXPECT_DOUBLE_EQ(results.configurations[0].repeats[1].test->metrics.accuracy, 1.0);
    EXPECT_DOUBLE_EQ(results.configurations[0].repeats[2].test->metrics.accuracy, 0.8);
    EXPECT_TRUE(std::filesystem::exists(store_.attempt_folder(sweep_.trials[0].id, 1) / "result.json"));
}

}  // namespace
}  // namespace attnsweep::store
