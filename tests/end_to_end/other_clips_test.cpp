// Data that is not the paper's: 35 classes at 16 kHz in clips of 3 s, some recordings shorter; the whole way of a user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Ended called(const std::string& command)
{
    Ended ended = run(program() + " " + command);
    EXPECT_EQ(ended.code, 0) << command << "\n" << ended.output;
    return ended;
}

TEST(OtherClips, ThreeSecondsAt16KilohertzFromIngestToPredict)
{
    const TemporaryFolder folder;
    write_tone_corpus(folder / "audio", 35, 4, 3.1, 16000);
    write_tone_corpus(folder / "more", 2, 1, 6.5, 22050);
    write_tone_corpus(folder / "short", 2, 1, 1.4, 16000);
    fs::copy_file(folder / "short/instrument-01/instrument-01-0.wav", folder / "audio/instrument-01/short.wav");
    write_text(folder / "words.toml",
               "[geometry]\nsample_rate_hz = 16000\nhop_samples = 4000\nn_fft = 128\noctaves = 4\n"
               "bins_per_octave = 6\nclip_s = 3\n[ingest]\nshort = \"pad\"\n");
    const std::string shards = quoted(folder / "shards"), store = " --store " + quoted(folder / "results.db");
    const std::string ingest = "ingest " + quoted(folder / "audio") + " --out ";

    const std::string dropped =
        called(ingest + quoted(folder / "dropped") + tiny_geometry + "--sample-rate 16000 --clip-s 3 --kinds stft")
            .output;
    EXPECT_THAT(dropped, AllOf(HasSubstr("left out: 1 under 3 s"), Not(HasSubstr("padded"))));
    const std::string made = called(ingest + shards + " --data-config " + quoted(folder / "words.toml")).output;
    EXPECT_THAT(made, AllOf(HasSubstr("141  from 141 recordings"), HasSubstr("left out: 0 under 3 s"),
                            HasSubstr("padded: 1 under 3 s"), HasSubstr("stft 13 x 65, cqt 13 x 24")));

    EXPECT_THAT(called("inspect " + shards + " --plot 1 --out " + quoted(folder / "pictures")).output,
                AllOf(HasSubstr("141 clips of 3 s from 141 recordings (or parts), 1 of each"),
                      HasSubstr("shorter ones padded with silence"), HasSubstr("16000 Hz")));
    EXPECT_EQ(contents(folder / "pictures/cqt-035.png").substr(1, 3), "PNG");
    EXPECT_THAT(called("inspect " + shards + " --verify").output, HasSubstr("whole: 141 clips of 35 classes"));

    const std::string made_sweep = quoted(folder / "new.toml") + " --data " + shards;
    called("new " + made_sweep);
    EXPECT_THAT(called("plan " + made_sweep + store).output, HasSubstr("141 clips of 3 s, 35 classes, 16000 Hz"));

    write_text(folder / "tiny.toml", tiny_sweep(1));
    const std::string sweep = quoted(folder / "tiny.toml") + " --data " + shards + store + " --set sweep.repeats=1";
    EXPECT_THAT(called("plan " + sweep).output, HasSubstr("4 trials, 4 to go"));
    called("run " + sweep);
    EXPECT_THAT(called("plan " + sweep).output, HasSubstr("4 trials, 0 to go, 4 done"));
    EXPECT_THAT(called("report" + store).output,
                AllOf(HasSubstr("141 clips of 3 s from 141 recordings, 35 classes"), HasSubstr("instrument-34")));
    called("report" + store + " --out " + quoted(folder / "report"));

    const std::string predict = "predict --trial cqt-r25-s1" + store + " ";
    const std::string recording = quoted(folder / "more/instrument-01/instrument-01-0.wav");
    EXPECT_THAT(called(predict + recording).output,
                AllOf(HasSubstr("   0 s "), HasSubstr("   3 s "), Not(HasSubstr("   1 s ")), HasSubstr("overall")));
    const auto answer = nlohmann::json::parse(called(predict + "--json " + recording).output);
    EXPECT_EQ(answer.at("clip_s"), 3);
    EXPECT_EQ(answer.at("seconds").size(), 2U) << "6.5 s are two clips";
    const std::string brief = quoted(folder / "short/instrument-01/instrument-01-0.wav");
    EXPECT_EQ(nlohmann::json::parse(called(predict + "--json " + brief).output).at("seconds").size(), 1U)
        << "padded, as those it was trained on";
}

}  // namespace
}  // namespace attnsweep::tests
