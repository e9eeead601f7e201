#include <algorithm>
#include <cctype>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "configs/labels.h"

namespace attnsweep::configs {
namespace {

TEST(Labels, TheRatioIsInPercent)
{
    EXPECT_EQ(percent(0), "0");
    EXPECT_EQ(percent(0.25), "25");
    EXPECT_EQ(percent(1), "100");
    EXPECT_EQ(percent(0.1), "10");
    EXPECT_EQ(percent(0.29), "29");
    EXPECT_EQ(percent(0.125), "12_5");
    EXPECT_EQ(percent(0.005), "0_5");
    EXPECT_EQ(percent(0.05), "5");
    EXPECT_EQ(percent(1e-7), "0_00001");
}

TEST(Labels, OtherKeysFollowInShort)
{
    Settings settings;
    settings.data.spectrogram = Spectrogram::cqt;
    settings.model.attention_ratio = 0.125;
    settings.training.learning_rate = 0.01;
    settings.model.augmented_blocks = {};
    EXPECT_EQ(
        configuration_label(settings, {"model.attention_ratio", "training.learning_rate", "data.scale", "data.split",
                                       "model.dense_sizes", "model.augmented_blocks", "training.early_stopping"}),
        "cqt-r12_5-lr0.01-magnitude-by_clip-dense1024x512x256x128x64-augnone-stop_true");
}

TEST(Labels, DifferentValuesGiveDifferentLabels)
{
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> ratio(0, 1);
    std::map<std::string, double> known;
    for (int i = 0; i < 2000; ++i) {
        Settings settings;
        // Neighbours that rounding would merge.
        settings.model.attention_ratio = i % 2 == 0 ? ratio(random) : std::nextafter(known.begin()->second, 2.0);
        const std::string label = configuration_label(settings, {});
        const auto [earlier, fresh] = known.emplace(label, settings.model.attention_ratio);
        EXPECT_TRUE(fresh || earlier->second == settings.model.attention_ratio) << label;
        EXPECT_TRUE(std::all_of(label.begin(), label.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '-' || c == '_';
        })) << label;
    }
}

TEST(Labels, EveryKeyThatCanVaryShowsItsValue)
{
    for (const Key& key : keys()) {
        if (!key.of_trial() || key.name == "data.spectrogram" || key.name == "model.attention_ratio") {
            continue;
        }
        const std::string label = configuration_label(Settings{}, {key.name});
        EXPECT_GT(label.size(), std::string("stft-r0-").size()) << key.name;
        EXPECT_EQ(label.find('/'), std::string::npos) << key.name;
    }
}

}  // namespace
}  // namespace attnsweep::configs
