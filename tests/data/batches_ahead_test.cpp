#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/batches_ahead.h"
#include "data/error.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {
namespace {

using configs::Spectrogram;

class BatchesAhead : public ::testing::Test {
protected:
    void SetUp() override
    {
        make_tone_data_set(folder_.path(), 3, 4);  // 24 clips
    }
    TemporaryFolder folder_;
};

TEST_F(BatchesAhead, AreTheLoadersBatchesFromAnyFirstOne)
{
    const data::DataSet set = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    data::BatchLoader loader(set, {1, 2, 3, 5, 8, 13, 21, 22, 23, 10}, {}, 4);
    loader.shuffle(7, 2);
    for (std::int64_t first = 0; first <= loader.batches(); ++first) {
        data::BatchesAhead batches(loader, first);
        for (std::int64_t index = first; index < loader.batches(); ++index) {
            const std::optional<data::Batch> batch = batches.next();
            ASSERT_TRUE(batch);
            EXPECT_EQ(batch->values, loader.batch(index).values);
            EXPECT_EQ(batch->labels, loader.batch(index).labels);
        }
        EXPECT_FALSE(batches.next());
        EXPECT_FALSE(batches.next()) << "the end stays the end";
    }
}

TEST_F(BatchesAhead, ThoseBeforeADamagedOneComeAndItIsSaidInItsPlace)
{
    const data::DataSet sound = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    const auto values = sound.magnitudes(13);
    const std::string in_file(reinterpret_cast<const char*>(values.data()), 64);
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "shards")) {
        std::string bytes = bytes_of(entry.path());
        if (const auto place = bytes.find(in_file); place != std::string::npos) {
            bytes[place + 40] ^= 1;
            write_bytes(entry.path(), bytes);
        }
    }
    const data::DataSet set = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    const data::BatchLoader loader(set, {1, 2, 3, 5, 8, 13}, {}, 2);
    data::BatchesAhead batches(loader);
    EXPECT_TRUE(batches.next());
    EXPECT_TRUE(batches.next());
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT([&] { batches.next(); },
                    ::testing::ThrowsMessage<data::Error>(::testing::HasSubstr("ingest again")));
    }
}

TEST_F(BatchesAhead, WhatIsLeftUnusedIsNoHindrance)
{
    const data::DataSet set = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    const data::BatchLoader loader(set, {1, 2, 3, 5}, {}, 1);
    data::BatchesAhead unused(loader), begun(loader);
    EXPECT_TRUE(begun.next());
}

}  // namespace
}  // namespace attnsweep::tests
