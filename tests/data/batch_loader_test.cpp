#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/batch_loader.h"
#include "data/error.h"
#include "data/scaling.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {
namespace {

using configs::Spectrogram;

class BatchLoader : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        folder_ = new TemporaryFolder;
        make_tone_data_set(folder_->path(), 3, 4);  // 24 clips
        set_ = new data::DataSet(data::DataSet::open(*folder_ / "shards", Spectrogram::stft));
    }
    static void TearDownTestSuite()
    {
        delete set_;
        delete folder_;
    }
    static std::vector<float> expected(std::int64_t clip, const configs::DataSettings& settings)
    {
        const auto magnitudes = set_->magnitudes(clip);
        std::vector<float> values(magnitudes.begin(), magnitudes.end());
        data::scale_clip(values, settings.scale, settings.normalisation);
        return values;
    }
    static TemporaryFolder* folder_;  // NOLINT(readability-identifier-naming): a member, though static
    static data::DataSet* set_;       // NOLINT(readability-identifier-naming): a member, though static
    const std::vector<std::int64_t> clips_ = {1, 2, 3, 5, 8, 13, 21, 22, 23, 10};
};
TemporaryFolder* BatchLoader::folder_ = nullptr;
data::DataSet* BatchLoader::set_ = nullptr;

TEST_F(BatchLoader, KeepsTheSmallerLastBatch)
{
    const data::BatchLoader loader(*set_, clips_, {}, 4);
    EXPECT_EQ(loader.batches(), 3);
    EXPECT_EQ(loader.clips(), 10);
    EXPECT_EQ(loader.batch(0).size, 4);
    const data::Batch last = loader.batch(2);
    EXPECT_EQ(last.size, 2);
    EXPECT_EQ(last.labels.size(), 2U);
    EXPECT_EQ(last.values.size(), static_cast<std::size_t>(2 * set_->frames() * set_->bins()));
    EXPECT_THROW(loader.batch(3), data::Error);
    EXPECT_THROW(loader.batch(-1), data::Error);
}

TEST_F(BatchLoader, GivesLabelsAndScaledValuesInItsOrder)
{
    configs::DataSettings settings;
    settings.scale = configs::Scale::decibel;
    settings.normalisation = configs::Normalisation::clip_standard;
    data::BatchLoader loader(*set_, clips_, settings, 3);
    loader.shuffle(4, 9);
    std::size_t place = 0;
    for (std::int64_t index = 0; index < loader.batches(); ++index) {
        const data::Batch batch = loader.batch(index);
        std::vector<float> values;
        for (std::int64_t n = 0; n < batch.size; ++n, ++place) {
            const std::int64_t clip = loader.order()[place];
            EXPECT_EQ(batch.labels[static_cast<std::size_t>(n)], set_->label(clip));
            const std::vector<float> one = expected(clip, settings);
            values.insert(values.end(), one.begin(), one.end());
        }
        EXPECT_EQ(batch.values, values);
    }
    EXPECT_EQ(place, clips_.size());
}

TEST_F(BatchLoader, TheOrderIsAPureFunctionOfSeedAndEpoch)
{
    data::BatchLoader one(*set_, clips_, {}, 4);
    EXPECT_EQ(one.order(), clips_);
    one.shuffle(7, 1);
    const auto first = one.order();
    one.shuffle(7, 2);
    const auto second = one.order();
    EXPECT_NE(first, second);
    EXPECT_TRUE(std::is_permutation(first.begin(), first.end(), clips_.begin(), clips_.end()));

    data::BatchLoader resumed(*set_, clips_, {}, 4);  // has not seen epoch 1
    resumed.shuffle(7, 2);
    EXPECT_EQ(resumed.order(), second);
    resumed.shuffle(8, 2);
    EXPECT_NE(resumed.order(), second);
    one.shuffle(7, 1);
    EXPECT_EQ(one.order(), first);
}

TEST_F(BatchLoader, AnyBatchCanBeTakenAtAnyTime)
{
    data::BatchLoader loader(*set_, clips_, {}, 4);
    loader.shuffle(3, 3);
    const data::Batch before = loader.batch(1);
    loader.batch(0);
    loader.batch(2);
    EXPECT_EQ(loader.batch(1).values, before.values);
}

TEST_F(BatchLoader, NothingToLoadIsAnError)
{
    EXPECT_THROW(data::BatchLoader(*set_, {}, {}, 4), data::Error);
    EXPECT_THROW(data::BatchLoader(*set_, clips_, {}, 0), data::Error);
    EXPECT_THROW(data::BatchLoader(*set_, {24}, {}, 4), data::Error);
}

}  // namespace
}  // namespace attnsweep::tests
