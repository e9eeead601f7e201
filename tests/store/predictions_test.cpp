// What a trial said of each test clip, read from the store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/reading/predictions.h"
#include "store/store_folder.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::HasSubstr;

class PredictionsTest : public testing::Test {
protected:
    std::string message() const
    {
        try {
            (void)read_predictions(Store::open_to_read(path_), sweep_.trials[0].id, Weights::last);
        } catch (const Error& error) {
            return error.what();
        }
        return "nothing was thrown";
    }
    void change(const std::string& sql) const { SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec(sql); }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(PredictionsTest, SayTheSameAsTheConfusionMatrix)
{
    const configs::TrialResult result = done_result(sweep_.trials[0], {10, 8, 6});
    Store store = Store::open_to_write(path_);
    store.record_sweep(sweep_);
    store.commit(result);
    for (const Weights weights : {Weights::last, Weights::best}) {
        const auto predictions = read_predictions(Store::open_to_read(path_), result.trial_id, weights);
        ASSERT_TRUE(predictions);
        EXPECT_EQ(predictions->classes, result.classes);
        EXPECT_EQ(predictions->clips, result.test_set);
        EXPECT_EQ(predictions->split_digest, result.split_digest);
        configs::Confusion counted(3, std::vector<std::int64_t>(3, 0));
        for (std::size_t i = 0; i < predictions->said.size(); ++i) {
            ++counted[static_cast<std::size_t>(predictions->clips[i].truth)]
                     [static_cast<std::size_t>(predictions->said[i].predicted)];
        }
        EXPECT_EQ(counted, read_confusion(store, result.trial_id, weights));
    }
}

TEST_F(PredictionsTest, OfTheBestWeightsAreThoseOfTheLastWhereTheyAreTheSame)
{
    configs::TrialResult result = done_result(sweep_.trials[0], {10, 8, 6});
    result.best = result.last;
    result.best.predictions.clear();
    Store store = Store::open_to_write(path_);
    store.record_sweep(sweep_);
    store.commit(result);
    EXPECT_EQ(read_predictions(store, result.trial_id, Weights::best)->said, result.last.predictions);
}

TEST_F(PredictionsTest, AResultWithoutThemIsTakenInAndHasNone)
{
    configs::TrialResult bare = done_result(sweep_.trials[0], {10, 8, 6}),
                         full = done_result(sweep_.trials[1], {9, 9, 9});
    bare.test_set.clear();
    bare.last.predictions.clear();
    bare.best.predictions.clear();
    Store store = Store::open_to_write(path_);
    store.record_sweep(sweep_);
    store.commit(bare);
    EXPECT_FALSE(read_predictions(store, bare.trial_id, Weights::last));
    EXPECT_FALSE(read_predictions(store, sweep_.trials[2].id, Weights::last)) << "not done";
    EXPECT_FALSE(read_predictions(store, "no such trial", Weights::last));
    // The split was known without its clips; now they are told.
    full.split_digest = bare.split_digest;
    store.commit(full);
    EXPECT_EQ(read_predictions(store, full.trial_id, Weights::last)->clips, full.test_set);
    EXPECT_FALSE(read_predictions(store, bare.trial_id, Weights::last));
}

TEST_F(PredictionsTest, AreReadFromAFolderOfParts)
{
    const std::filesystem::path parts = folder_ / "results.d";
    std::filesystem::create_directory(parts);
    for (const int number : {1, 2}) {
        Store store = Store::open_to_write(part_store(parts, {number, 2}));
        store.record_sweep(sweep_);
        store.commit(done_result(sweep_.trials[static_cast<std::size_t>(number)], {10, number, 6}));
    }
    const Store all = Store::open_to_read(parts);
    for (const int number : {1, 2}) {
        const configs::TrialResult result =
            done_result(sweep_.trials[static_cast<std::size_t>(number)], {10, number, 6});
        EXPECT_EQ(read_predictions(all, result.trial_id, Weights::last)->said, result.last.predictions);
    }
}

TEST_F(PredictionsTest, DamagedOnesAreNamedWithTheRemedy)
{
    {
        Store store = Store::open_to_write(path_);
        store.record_sweep(sweep_);
        store.commit(done_result(sweep_.trials[0], {10, 8, 6}));
    }
    change("UPDATE predictions SET last = x'0000010000000000'");
    EXPECT_THAT(message(), testing::AllOf(HasSubstr("1 predictions for the 30 test clips"), HasSubstr("store rebuild"),
                                          HasSubstr(sweep_.trials[0].id), HasSubstr(path_.string())));
    change("UPDATE predictions SET last = x'00'");
    EXPECT_THAT(message(), HasSubstr("1 bytes are not a multiple of 8"));
    change("UPDATE predictions SET last = x'0700010000000000'");
    change("UPDATE splits SET test_set = x'000000000000000000000000'");
    EXPECT_THAT(message(), HasSubstr("test clip 0 is of a class that is not there"));
}

}  // namespace
}  // namespace attnsweep::store
