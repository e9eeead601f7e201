#include "configs/trial_identity.h"
#include "runner/planning/sweep_part.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/error.h"
#include "runner/planning/expected_duration.h"
#include "store/error.h"
#include "store/store.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

configs::Sweep paper_like(int repeats)
{
    configs::Sweep sweep;
    sweep.name = "paper";
    sweep.path = "paper.toml";
    sweep.text = "{}";
    sweep.data.clips = 10'000;
    sweep.data.classes = {"banjo", "cello"};
    sweep.data.spectrograms = {{configs::Spectrogram::stft, "s", {}}, {configs::Spectrogram::cqt, "c", {}}};
    for (const configs::Spectrogram spectrogram : {configs::Spectrogram::stft, configs::Spectrogram::cqt}) {
        for (const int percent : {0, 25, 50, 75, 100}) {
            for (int repeat = 1; repeat <= repeats; ++repeat) {
                configs::Trial trial;
                trial.spec.data.spectrogram = spectrogram;
                trial.spec.model.attention_ratio = percent / 100.0;
                trial.spec.seed.init = static_cast<std::uint64_t>(repeat);
                trial.spec.data_set = {"d", 87, spectrogram == configs::Spectrogram::stft ? 1025 : 252, 19};
                trial.id = configs::trial_id(trial.spec);
                trial.configuration = configs::to_string(spectrogram) + "-r" + std::to_string(percent);
                trial.label = trial.configuration + "-s" + std::to_string(repeat);
                trial.repeat = repeat;
                sweep.trials.push_back(trial);
            }
        }
    }
    return sweep;
}

std::vector<std::string> labels_of(const configs::Sweep& sweep)
{
    std::vector<std::string> labels;
    for (const configs::Trial& trial : sweep.trials) {
        labels.push_back(trial.label);
    }
    return labels;
}

TEST(SweepPart, SharesAreDisjointAndTogetherTheSweep)
{
    const configs::Sweep sweep = paper_like(3);
    for (const int of : {1, 2, 3, 7, 30, 40}) {
        std::multiset<std::string> all;
        for (int number = 1; number <= of; ++number) {
            for (const std::string& label : labels_of(share_of(sweep, {number, of}))) {
                all.insert(label);
            }
        }
        const std::vector<std::string> expected = labels_of(sweep);
        EXPECT_EQ(all, (std::multiset<std::string>(expected.begin(), expected.end()))) << of << " parts";
    }
    EXPECT_THAT(share_of(sweep, {40, 40}).trials, IsEmpty());
}

TEST(SweepPart, SharesAreBalancedByExpectedDurationNotByCount)
{
    const configs::Sweep sweep = paper_like(3);
    const DurationModel model(sweep, configs::DeviceKind::cpu);
    double total = 0, longest = 0, most = 0;
    for (const configs::Trial& trial : sweep.trials) {
        total += model.of(trial).total_s;
        longest = std::max(longest, model.of(trial).total_s);
    }
    for (int number = 1; number <= 4; ++number) {
        double load = 0;
        for (const configs::Trial& trial : share_of(sweep, {number, 4}).trials) {
            load += model.of(trial).total_s;
        }
        most = std::max(most, load);
    }
    // Longest first is at most 4/3 - 1/12 of the best there is, which is no less than the mean.
    EXPECT_LE(most, std::max(total / 4, longest) * (4. / 3 - 1. / 12));
}

TEST(SweepPart, SharesFollowFromTheSweepAlone)
{
    const configs::Sweep sweep = paper_like(3);
    configs::Sweep elsewhere = sweep;
    elsewhere.execution.device = "cuda";
    elsewhere.execution.threads = 8;
    elsewhere.execution.attention_implementation = configs::AttentionImplementation::tiled;
    elsewhere.data.path = "/another/folder";
    EXPECT_EQ(labels_of(share_of(sweep, {2, 5})), labels_of(share_of(elsewhere, {2, 5})));
    // Written down, so that a change of the arithmetic that would move trials between parts is seen: parts in use keep theirs.
    EXPECT_THAT(labels_of(share_of(paper_like(1), {1, 3})),
                ::testing::ElementsAre("stft-r0-s1", "stft-r25-s1", "cqt-r0-s1", "cqt-r50-s1"));
}

TEST(SweepPart, WhatOtherPartsHaveDoneIsNotRunAgain)
{
    const tests::TemporaryFolder folder;
    const configs::Sweep sweep = paper_like(1);
    {
        store::Store other = store::Store::open_to_write(folder / "part-2-of-2.db");
        other.record_sweep(sweep);
        configs::TrialResult result;
        result.trial_id = sweep.trials[3].id;
        result.last.confusion = result.best.confusion = {{1, 0}, {0, 1}};
        other.commit(result);
    }
    configs::Sweep share = sweep;
    EXPECT_EQ(drop_done_elsewhere(share, folder / "part-1-of-2.db"), 1);
    EXPECT_THAT(share.trials, SizeIs(9));
    configs::Sweep own = sweep;
    EXPECT_EQ(drop_done_elsewhere(own, folder / "part-2-of-2.db"), 0) << "what it did itself is its own business";
    std::ofstream(folder / "part-2-of-2.db") << "damaged beyond reading";
    EXPECT_EQ(drop_done_elsewhere(own, folder / "part-1-of-2.db"), 0);
}

std::string usage_error(const std::string& store, const std::optional<store::Part>& part)
{
    try {
        return "no error: " + store_to_write(store, part).string();
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), exit_usage);
        return error.what();
    }
}

TEST(SweepPart, ItsStoreLiesInAFolderThatIsMade)
{
    const tests::TemporaryFolder folder;
    EXPECT_EQ(store_to_write((folder / "results.d/").string(), store::Part{3, 8}), folder / "results.d/part-3-of-8.db");
    EXPECT_TRUE(std::filesystem::is_directory(folder / "results.d"));
    EXPECT_EQ(store_to_write((folder / "results.db").string(), std::nullopt), folder / "results.db");
}

TEST(SweepPart, AFileForAPartAndAFolderForNoneAreRefused)
{
    const tests::TemporaryFolder folder;
    EXPECT_THAT(usage_error((folder / "results.db").string(), store::Part{1, 2}), HasSubstr("give --store FOLDER/"));
    std::ofstream(folder / "file") << "x";
    EXPECT_THAT(usage_error((folder / "file").string(), store::Part{1, 2}), HasSubstr("is a file"));
    EXPECT_THAT(usage_error(folder.path().string(), std::nullopt), HasSubstr("--part 1/8"));
}

TEST(SweepPart, ADatabaseOfAnotherProgramIsRefusedBeforeAFolderIsMadeBesideIt)
{
    const tests::TemporaryFolder folder;
    std::string page = "SQLite format 3" + std::string(1, '\0') + std::string("\x10\0\1\1\0@  \0\0\0\1\0\0\0\1", 16);
    page.resize(100, '\0');
    page += std::string("\r\0\0\0\0\x10\0\0", 8);  // an empty table of tables
    page.resize(4096, '\0');
    page[43] = page[59] = page[95] = 1;  // it has had a table; UTF-8
    page[47] = 4;
    page[71] = 7;  // the number of its program
    std::ofstream(folder / "other.db", std::ios::binary) << page;
    try {
        (void)store_to_write((folder / "other.db").string(), std::nullopt);
        FAIL() << "taken";
    } catch (const store::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("not a results store"));
    }
    page[43] = page[71] = 0;
    std::ofstream(folder / "bare.db", std::ios::binary) << page;
    EXPECT_EQ(store_to_write((folder / "bare.db").string(), std::nullopt), folder / "bare.db");
    std::ofstream(folder / "empty.db") << "";
    EXPECT_EQ(store_to_write((folder / "empty.db").string(), std::nullopt), folder / "empty.db");
}

TEST(SweepPart, AnotherNumberOfPartsIsRefused)
{
    const tests::TemporaryFolder folder;
    store::Store::open_to_write(folder / "part-1-of-2.db");
    EXPECT_THAT(usage_error(folder.path().string(), store::Part{1, 3}), HasSubstr("part-1-of-2.db"));
    EXPECT_EQ(store_to_write(folder.path().string(), store::Part{2, 2}), folder / "part-2-of-2.db");
}

}  // namespace
}  // namespace attnsweep::runner
