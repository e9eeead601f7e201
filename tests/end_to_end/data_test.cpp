// From recordings as people have them to a data set, by the program: ingest and inspect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/program.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DataCommands : public ::testing::Test {
protected:
    Ended ingest(const std::string& more) const
    {
        return run(program() + " ingest " + quoted(folder_ / "audio") + " --out " + quoted(folder_ / "shards") +
                   tiny_geometry + " " + more);
    }
    Ended inspect(const std::string& more = "") const
    {
        return run(program() + " inspect " + quoted(folder_ / "shards") + " " + more);
    }
    TemporaryFolder folder_;
};

TEST_F(DataCommands, InspectDescribesVerifiesAndDraws)
{
    write_tone_corpus(folder_ / "audio", 2, 2);
    ASSERT_EQ(ingest("").code, 0);
    const Ended described = inspect();
    EXPECT_EQ(described.code, 0);
    EXPECT_THAT(described.output,
                AllOf(HasSubstr("level, dB"), HasSubstr("8 clips of 1 s from 4 recordings (or parts), 2 of each"),
                      HasSubstr("near silence (RMS below -60 dB): 0"), HasSubstr("--verify")));
    const Ended whole = inspect("--verify");
    EXPECT_EQ(whole.code, 0) << whole.output;
    EXPECT_THAT(whole.output, HasSubstr("whole: 8 clips of 2 classes in 2 shards"));

    const Ended drawn = inspect("--plot 2 --out " + quoted(folder_ / "pictures"));
    EXPECT_EQ(drawn.code, 0) << drawn.output;
    for (const char* name : {"stft-001.png", "stft-002.png", "cqt-001.png", "cqt-002.png"}) {
        EXPECT_EQ(contents(folder_ / "pictures" / name).substr(1, 3), "PNG") << name;
    }
    EXPECT_FALSE(fs::exists(folder_ / "pictures/stft-001.svg"));
    EXPECT_THAT(contents(folder_ / "pictures/spectrograms.txt"), HasSubstr("cqt-002.png: instrument-01"));
    EXPECT_EQ(inspect("--plot 1 --out " + quoted(folder_ / "pictures")).code, 0) << "its own pictures";
    fs::create_directory(folder_ / "mine");
    write_text(folder_ / "mine/cqt-002.png", "mine");
    const Ended refused = inspect("--plot 1 --out " + quoted(folder_ / "mine"));
    EXPECT_EQ(refused.code, 5);
    EXPECT_THAT(refused.output, HasSubstr("cqt-002.png is there already and not of attnsweep's making"));
    EXPECT_EQ(contents(folder_ / "mine/cqt-002.png"), "mine");
    EXPECT_FALSE(fs::exists(folder_ / "mine/stft-001.png"));
    EXPECT_EQ(inspect("--plot 2").code, 2) << "where to?";

    std::string bytes = contents(folder_ / "shards/cqt-00000.h5");
    bytes[bytes.size() / 2] ^= 1;
    write_text(folder_ / "shards/cqt-00000.h5", bytes);
    const Ended damaged = inspect("--verify");
    EXPECT_EQ(damaged.code, 3);
    EXPECT_THAT(damaged.output,
                AllOf(HasSubstr("cqt-00000.h5: clip "), HasSubstr("instrument-0"), HasSubstr("1 fault(s)")));
}

TEST_F(DataCommands, IngestNamesWhatIsOddAndGoesOn)
{
    write_tone_corpus(folder_ / "audio", 2, 2);
    const auto cut = folder_ / "audio/instrument-00/instrument-00-1.wav";
    fs::resize_file(cut, fs::file_size(cut) / 2 + 5000);
    write_text(folder_ / "audio/instrument-01/page.mp3", "<!DOCTYPE html><html></html>");
    fs::create_directory_symlink("..", folder_ / "audio/instrument-01/up");
    fs::copy_file(folder_ / "audio/instrument-00/instrument-00-0.wav", folder_ / "audio/instrument-01/copy.wav");
    const Ended ended = ingest("");
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("skipped instrument-01/page.mp3: cannot be decoded: it is a web page (HTML)"),
                      HasSubstr("short or damaged instrument-00/instrument-00-1.wav: 1.1"),
                      HasSubstr("short or damaged: 1, used as far as"), HasSubstr("note: "),
                      HasSubstr("instrument-01/up: a link to a folder that contains it")));
    EXPECT_THAT(ended.output, HasSubstr("1 recording is in two classes with the same audio: one of the labels is "
                                        "wrong:\n  instrument-00/instrument-00-0.wav (`instrument-00`) and "
                                        "instrument-01/copy.wav (`instrument-01`)"));
    EXPECT_THAT(ended.output, Not(HasSubstr("\r")));
    EXPECT_EQ(ingest("--strict --overwrite").code, 3);
    EXPECT_EQ(inspect("--verify").code, 0) << "the data set that was there";
}

TEST_F(DataCommands, ASplitOfFoldersIsUsedByTheSweep)
{
    write_tone_corpus(folder_ / "audio/train", 3, 6);
    write_tone_corpus(folder_ / "audio/test", 3, 3);
    const Ended refused = ingest("");
    EXPECT_EQ(refused.code, 3);
    EXPECT_THAT(refused.output, HasSubstr("--split-from-folders"));
    EXPECT_FALSE(fs::exists(folder_ / "shards"));
    ASSERT_EQ(ingest("--split-from-folders").code, 0);
    EXPECT_THAT(inspect().output, AllOf(HasSubstr("train"), HasSubstr("validation")));
    write_text(folder_ / "tiny.toml", tiny_sweep(1));
    const Ended ended =
        run(program() + " run " + quoted(folder_ / "tiny.toml") + " --data " + quoted(folder_ / "shards") +
            " --set data.split=manifest --set data.stratified=true --store " + quoted(folder_ / "results.db"));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("no clip of")));
}

TEST_F(DataCommands, AClassWithoutTestClipsIsNamedByPlanRunAndReport)
{
    write_tone_corpus(folder_ / "audio/train", 3, 6);
    write_tone_corpus(folder_ / "audio/test", 2, 3);  // none of instrument-02
    ASSERT_EQ(ingest("--split-from-folders").code, 0);
    write_text(folder_ / "tiny.toml", tiny_sweep(1));
    const std::string sweep = quoted(folder_ / "tiny.toml") + " --data " + quoted(folder_ / "shards") +
                              " --set data.split=manifest --set model.attention_ratio=0 --store " +
                              quoted(folder_ / "results.db");
    const char* const noted = "no clip of instrument-02 to test with: the macro means leave it out";
    const Ended planned = run(program() + " plan " + sweep);
    EXPECT_EQ(planned.code, 0) << planned.output;
    EXPECT_THAT(planned.output, HasSubstr(std::string("Note: ") + noted));
    const Ended ended = run(program() + " run " + sweep);
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(noted));
    const std::string averaged = "no clip of instrument-02 was tested: the macro means are over 2 of 3 classes";
    const std::string store = " --store " + quoted(folder_ / "results.db");
    EXPECT_THAT(run(program() + " report" + store).output, HasSubstr("stft-r0, cqt-r0: " + averaged));
    EXPECT_THAT(run(program() + " report --format csv" + store).output, HasSubstr(averaged));
    EXPECT_THAT(run(program() + " compare tiny:stft-r0 tiny:cqt-r0" + store).output,
                AllOf(HasSubstr("A: " + averaged), HasSubstr("B: " + averaged)));
}

}  // namespace
}  // namespace attnsweep::tests
