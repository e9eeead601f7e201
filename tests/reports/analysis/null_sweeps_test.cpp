// How often `compare` is wrong: sweeps whose configurations are equally good, clips clustered by recording.
// tests/bench/null_sweeps.sh prints the rates.
#include <cmath>
#include <cstdio>
#include <random>

#include <gtest/gtest.h>

#include "reports/analysis/conclusion.h"

namespace attnsweep::reports {
namespace {

struct Setting {
    int repeats = 3, configurations = 5;
    double network_deviation = 0.3;  // of whole networks, so that repeats differ: logits
    double shift = 0;                // B's advantage: logits
    bool by_recording = true;        // false: each clip counts as a recording of its own, which is wrong
};

/// Right or wrong of one trained network: recordings are easier or harder for all (`ease`), and for this network.
std::vector<std::vector<int>> network(const std::vector<std::vector<double>>& ease, double quality,
                                      std::mt19937_64& random)
{
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    std::vector<std::vector<int>> right;
    for (const std::vector<double>& recording : ease) {
        const double here = normal(random) + quality;
        std::vector<int> clips;
        clips.reserve(recording.size());
        for (const double clip : recording) {
            clips.push_back(uniform(random) < 1 / (1 + std::exp(-(clip + here))) ? 1 : 0);
        }
        right.push_back(clips);
    }
    return right;
}

std::vector<std::vector<double>> recordings(std::mt19937_64& random)
{
    std::normal_distribution<double> normal;
    std::uniform_int_distribution<int> clips(1, 9);
    std::vector<std::vector<double>> ease(60);
    for (std::vector<double>& recording : ease) {
        const double all = 2 + 1.5 * normal(random);
        recording.resize(static_cast<std::size_t>(clips(random)));
        for (double& clip : recording) {
            clip = all + 0.5 * normal(random);
        }
    }
    return ease;
}

PairedSample pairs(const std::vector<std::vector<double>>& ease, const Setting& setting, std::mt19937_64& random)
{
    std::normal_distribution<double> normal;
    PairedSample sample;
    sample.recordings.resize(ease.size());
    std::vector<Cluster> alone;
    for (int repeat = 0; repeat < setting.repeats; ++repeat) {
        const auto a = network(ease, setting.network_deviation * normal(random), random);
        const auto b = network(ease, setting.shift + setting.network_deviation * normal(random), random);
        double sum = 0, clips = 0;
        for (std::size_t r = 0; r < ease.size(); ++r) {
            for (std::size_t c = 0; c < ease[r].size(); ++c) {
                const double difference = b[r][c] - a[r][c];
                sample.recordings[r].sum += difference;
                sample.recordings[r].clips += 1;
                alone.push_back({1, difference});
                sum += difference;
                clips += 1;
            }
        }
        sample.differences.push_back(sum / clips);
    }
    if (!setting.by_recording) {
        sample.recordings = alone;
    }
    return sample;
}

/// Shares of sweeps in which at least one comparison is called different: by repeats, by clips, by both.
struct Rates {
    double repeats = 0, clips = 0, both = 0;
};

Rates measured(const char* name, const Setting& setting, int sweeps = 1000)
{
    std::mt19937_64 random(20190101);
    Rates rates;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        const auto ease = recordings(random);
        std::vector<PairedSample> asked;
        asked.reserve(static_cast<std::size_t>(setting.configurations));
        for (int i = 0; i < setting.configurations; ++i) {
            asked.push_back(pairs(ease, setting, random));
        }
        bool by_repeats = false, by_clips = false, by_both = false;
        for (const Conclusion& conclusion : conclude(asked, 1000)) {
            by_repeats = by_repeats || conclusion.repeats_separate;
            by_clips = by_clips || conclusion.clips_separate.value();
            by_both = by_both || conclusion.different();
        }
        rates.repeats += by_repeats ? 1.0 / sweeps : 0;
        rates.clips += by_clips ? 1.0 / sweeps : 0;
        rates.both += by_both ? 1.0 / sweeps : 0;
    }
    std::printf("%-58s repeats %5.1f %%  clips %5.1f %%  called different %5.1f %%\n", name, 100 * rates.repeats,
                100 * rates.clips, 100 * rates.both);
    return rates;
}

/// Of 1,000 sweeps at a true 5 %, 6.8 % or less are wrong in 99.5 of 100 cases.
constexpr double five_percent_and_noise = 0.068;

TEST(NullSweeps, ThreeRepeats)
{
    const Rates rates = measured("3 repeats, 5 configurations", {});
    EXPECT_LE(rates.repeats, five_percent_and_noise);
    EXPECT_LE(rates.both, five_percent_and_noise);
}

TEST(NullSweeps, EightRepeats)
{
    const Rates rates = measured("8 repeats, 3 configurations", {8, 3, 0.3});
    EXPECT_LE(rates.repeats, five_percent_and_noise);
    EXPECT_LE(rates.both, five_percent_and_noise);
}

TEST(NullSweeps, OnePairOfEquallyGoodNetworks)
{
    // One repeat: the clips alone speak, of these two networks.
    EXPECT_LE(measured("1 repeat, 1 configuration, equally good networks", {1, 1, 0}).clips, five_percent_and_noise);
    EXPECT_LE(measured("3 repeats, 1 configuration, equally good networks", {3, 1, 0}).clips, five_percent_and_noise);
}

TEST(NullSweeps, TheClipsOfARecordingAreNotIndependent)
{
    Setting alone{1, 1, 0};
    alone.by_recording = false;
    EXPECT_GT(measured("1 repeat, clips taken for independent (wrong)", alone).clips, 0.1);
}

TEST(NullSweeps, ADifferenceThatIsThereIsSeen)
{
    EXPECT_GT(measured("8 repeats, B better by 1.5 logits", {8, 1, 0.3, 1.5}, 200).both, 0.9);
}

}  // namespace
}  // namespace attnsweep::reports
