#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/demo/demo_corpus.h"
#include "data/demo/demo_plan.h"
#include "data/demo/note_renderer.h"
#include "data/error.h"
#include "data/stft.h"
#include "tests/data/audio_files.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(DemoPlan, HasSeventeenOfThePapersClasses)
{
    std::vector<std::string> names;
    for (const data::DemoInstrument& instrument : data::demo_instruments()) {
        names.push_back(instrument.name);
        EXPECT_GE(instrument.highest - instrument.lowest, 24) << instrument.name;
    }
    EXPECT_THAT(names, ::testing::ElementsAre("banjo", "bassoon", "cello", "clarinet", "cor-anglais", "double-bass",
                                              "flute", "french-horn", "guitar", "mandolin", "oboe", "saxophone",
                                              "trombone", "trumpet", "tuba", "viola", "violin"));
}

TEST(DemoPlan, MakesTheClipsAskedForEvenlyAndNoneTwice)
{
    for (const std::int64_t clips : {17, 18, 100, 800, 5000}) {
        std::map<int, std::int64_t> counts;
        std::set<std::string> files;
        std::set<std::tuple<int, int, int, double>> notes;
        std::int64_t sum = 0;
        const auto plan = data::plan_demo(clips);
        for (const data::DemoRecording& recording : plan) {
            const data::DemoInstrument& instrument =
                data::demo_instruments()[static_cast<std::size_t>(recording.instrument)];
            EXPECT_GE(recording.duration_s, 1.0);
            EXPECT_GE(recording.note, instrument.lowest);
            EXPECT_LE(recording.note, instrument.highest);
            EXPECT_LE(recording.velocity, 127);
            EXPECT_TRUE(files.insert(recording.file).second) << recording.file << " twice";
            notes.insert({recording.instrument, recording.note, recording.velocity, recording.detuning_cents});
            counts[recording.instrument] += static_cast<std::int64_t>(recording.duration_s);
            sum += static_cast<std::int64_t>(recording.duration_s);
        }
        EXPECT_EQ(sum, clips);
        EXPECT_EQ(notes.size(), plan.size()) << "a recording would be another's copy";
        for (const auto& [instrument, count] : counts) {
            EXPECT_NEAR(double(count), double(clips) / 17, 1.0);
        }
    }
    EXPECT_THROW(data::plan_demo(16), data::Error);
}

TEST(DemoPlan, SpreadsOverRangeDynamicsAndLengths)
{
    std::set<int> notes, velocities;
    std::set<double> durations;
    for (const data::DemoRecording& recording : data::plan_demo(800)) {
        if (recording.instrument == 6) {
            notes.insert(recording.note);
            velocities.insert(recording.velocity);
            durations.insert(recording.duration_s);
        }
    }
    EXPECT_EQ(*notes.begin(), 60);
    EXPECT_EQ(*notes.rbegin(), 96);
    EXPECT_GT(notes.size(), 20U);
    EXPECT_GE(velocities.size(), 4U);
    EXPECT_EQ(durations.size(), 4U);
}

// Without libfluidsynth the stand-in is what there is to test; the two suites are never both empty.
class DemoCorpus : public ::testing::Test {
protected:
    data::DemoOptions options() const
    {
        data::DemoOptions options;
        options.out = folder_ / "demo";
        options.clips = 34;
        return options;
    }
    TemporaryFolder folder_;
};

TEST_F(DemoCorpus, IsRenderedOrSaysWhatToInstall)
{
    if (!data::demo_corpus_available()) {
        EXPECT_THAT(message_of<data::Error>([&] { data::render_demo_corpus(options()); }),
                    AllOf(HasSubstr("libfluidsynth-dev"), HasSubstr("build again")));
        return;
    }
    const data::DemoReport report = data::render_demo_corpus(options());
    EXPECT_EQ(report.classes.size(), 17U);
    EXPECT_THAT(report.clips_per_class, ::testing::Each(2));
    std::map<std::string, std::string> files;
    for (const data::DemoRecording& recording : data::plan_demo(34)) {
        const auto path = options().out / recording.file;
        const DecodedAudio audio = decode(path);
        ASSERT_TRUE(audio.ok()) << path << ": " << audio.problem;
        EXPECT_EQ(audio.sample_rate_hz, 22050);
        EXPECT_NEAR(audio.duration_s(), recording.duration_s, 1e-3);
        const float peak = *std::max_element(audio.samples.begin(), audio.samples.end());
        EXPECT_GT(peak, 0.01F) << path;
        EXPECT_LT(peak, 0.999F) << path << " is clipped";
        files[recording.file] = bytes_of(path);
    }
    EXPECT_TRUE(data::render_demo_corpus(options()).already_there);

    data::DemoOptions again = options();
    again.out = folder_ / "again";
    again.threads = 1;
    data::render_demo_corpus(again);
    for (const auto& [name, bytes] : files) {
        EXPECT_EQ(bytes_of(again.out / name), bytes) << name << " differs between two renderings";
    }

    again.clips = 17;
    again.progress = [](std::int64_t done, std::int64_t) {
        if (done == 5) {
            throw data::Error("the disk is full");
        }
    };
    EXPECT_THROW(data::render_demo_corpus(again), data::Error);
    std::size_t left = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(again.out)) {
        left += entry.is_regular_file() ? 1 : 0;
    }
    EXPECT_EQ(left, files.size() + 1) << "the recordings and demo-corpus.txt";
    for (const auto& [name, bytes] : files) {
        EXPECT_EQ(bytes_of(again.out / name), bytes)
            << name << ": an earlier corpus stays until the new one is rendered";
    }
    again.progress = {};
    again.clips = 34;
    EXPECT_TRUE(data::render_demo_corpus(again).already_there);

    again.clips = 17;  // another corpus takes the earlier one's place
    EXPECT_FALSE(data::render_demo_corpus(again).already_there);
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(again.out)) {
        count += entry.path().extension() == ".flac" ? 1 : 0;
    }
    EXPECT_EQ(count, data::plan_demo(17).size());
}

TEST_F(DemoCorpus, NeverTouchesAFolderOfOthers)
{
    if (!data::demo_corpus_available()) {
        GTEST_SKIP() << "libfluidsynth was not there at build time";
    }
    write_bytes(folder_ / "demo/flute/mine.flac", "precious");
    EXPECT_THAT(message_of<data::Error>([&] { data::render_demo_corpus(options()); }), HasSubstr("is not empty"));
    EXPECT_EQ(bytes_of(folder_ / "demo/flute/mine.flac"), "precious");
}

TEST_F(DemoCorpus, AWrongSoundFontIsNamed)
{
    if (!data::demo_corpus_available()) {
        GTEST_SKIP() << "libfluidsynth was not there at build time";
    }
    data::DemoOptions wrong = options();
    wrong.soundfont = folder_ / "gone.sf3";
    EXPECT_THAT(message_of<data::Error>([&] { data::render_demo_corpus(wrong); }), HasSubstr("gone.sf3"));
    write_bytes(folder_ / "bad.sf3", "no sound in here");
    wrong.soundfont = folder_ / "bad.sf3";
    EXPECT_THAT(message_of<data::Error>([&] { data::render_demo_corpus(wrong); }), HasSubstr("bad.sf3"));
}

TEST_F(DemoCorpus, NotesHaveTheirPitch)
{
    if (!data::demo_corpus_available()) {
        GTEST_SKIP() << "libfluidsynth was not there at build time";
    }
    data::DemoOptions rendered = options();
    rendered.clips = 100;
    data::render_demo_corpus(rendered);
    configs::Geometry geometry;
    geometry.n_fft = 8192;
    const data::Stft stft(geometry);
    const auto bins = static_cast<std::size_t>(geometry.bins(configs::Spectrogram::stft));
    std::vector<float> magnitudes(static_cast<std::size_t>(geometry.frames()) * bins);
    int checked = 0;
    for (const data::DemoRecording& recording : data::plan_demo(100)) {
        const data::DemoInstrument& instrument =
            data::demo_instruments()[static_cast<std::size_t>(recording.instrument)];
        // Low notes' fundamentals are weak, plucked strings' high partials strong.
        if (recording.note < 45 || instrument.name == "banjo" || instrument.name == "guitar" ||
            instrument.name == "mandolin") {
            continue;
        }
        const DecodedAudio audio = decode(rendered.out / recording.file);
        stft.magnitudes(std::span(audio.samples).first(22050), magnitudes);
        const double pitch_hz = 440 * std::exp2((recording.note - 69 + recording.detuning_cents / 100) / 12);
        const float* row = magnitudes.data() + 40 * bins;
        const double peak_hz = double(std::max_element(row, row + bins) - row) * 22050 / 8192;
        const double harmonic = std::max(1.0, std::round(peak_hz / pitch_hz));
        EXPECT_NEAR(peak_hz / harmonic, pitch_hz, std::max(3.0, 0.025 * pitch_hz)) << recording.file;
        EXPECT_LE(harmonic, 8) << recording.file;
        ++checked;
    }
    EXPECT_GT(checked, 30);
}

}  // namespace
}  // namespace attnsweep::tests
