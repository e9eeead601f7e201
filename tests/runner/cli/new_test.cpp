// `attnsweep new`: what it writes passes `attnsweep plan` as it is, whatever the data set is like.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/keys.h"
#include "data/error.h"
#include "runner/cli/command.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "tests/data/tone_data_set.h"
#include "tests/runner/cli/called.h"

namespace attnsweep::tests {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class NewSweep : public testing::Test {
protected:
    std::string write_new() const { return called(runner::add_new, {"new", file(), "--data", data()}); }

    json planned() const
    {
        return json::parse(called(runner::add_plan, {"plan", file(), "--data", data(), "--store",
                                                     (folder_ / "results.db").string(), "--format", "json"}));
    }

    json written_and_planned() const
    {
        write_new();
        return planned();
    }

    /// The first line of the file that sets a key.
    std::string line(const std::string& key) const
    {
        std::istringstream lines(text());
        std::string found;
        for (std::string each; std::getline(lines, each);) {
            const bool sets = each.starts_with(key + " = ") || each.starts_with("\"" + key + "\" = ");
            found = found.empty() && sets ? each : found;
        }
        return found;
    }

    std::string text() const
    {
        std::ostringstream text;
        text << std::ifstream(file()).rdbuf();
        return text.str();
    }

    std::string refusal(const std::string& path) const
    {
        try {
            called(runner::add_new, {"new", path, "--data", data()});
        } catch (const runner::Error& error) {
            EXPECT_EQ(error.exit_code(), runner::exit_usage);
            return error.what();
        }
        return "no error";
    }

    std::string file() const { return (folder_ / "first.toml").string(); }
    std::string data() const { return (folder_ / "shards").string(); }

    TemporaryFolder folder_;
};

TEST_F(NewSweep, OfATinyDataSetCanBePlannedAsItIs)
{
    make_tone_data_set(folder_.path(), 3, 6);
    const std::string said = write_new();
    const json plan = planned();
    EXPECT_EQ(plan.at("trials").size(), 54u);
    EXPECT_THAT(said, HasSubstr(": 54 trials: 2 spectrograms x 3 attention ratios x 3 learning rates, 3 repeats each"));
    EXPECT_TRUE(said.ends_with("\nattnsweep plan " + file() + " --data " + data() + "\n")) << said;
    EXPECT_EQ(plan.at("trials").at(0).at("label"), "stft-r0-lr0.001-s1");
    EXPECT_THAT(line("blocks"), HasSubstr("= 4 ")) << "nine frames allow three poolings before the last";
    EXPECT_THAT(line("blocks"), HasSubstr("end as 1 x 3 and 1 x 2"));
    EXPECT_THAT(line("first_filters"), AllOf(HasSubstr("= 8 "), Not(HasSubstr("of the work"))));
    EXPECT_THAT(line("split"), AllOf(HasSubstr("\"group\""), HasSubstr("the 36 clips are of 18 recordings")));
    EXPECT_THAT(line("batch_size"), AllOf(HasSubstr("= 4 "), HasSubstr("6 steps an epoch")));
    EXPECT_THAT(line("learning_rate"), testing::IsEmpty());
    EXPECT_THAT(text(), AllOf(HasSubstr("\"training.learning_rate\" = { log = ["), HasSubstr("name = \"first\"")));
}

TEST_F(NewSweep, HasEveryKeyOnceWithAComment)
{
    make_tone_data_set(folder_.path(), 3, 6);
    write_new();
    for (const configs::Key& key : configs::keys()) {
        const bool is_axis = key.name == "model.attention_ratio" || key.name == "training.learning_rate" ||
                             key.name == "data.spectrogram";
        EXPECT_THAT(line(is_axis ? key.name : std::string(key.leaf())), testing::ContainsRegex("[^ ] +# [^ ]"))
            << key.name;
    }
}

TEST_F(NewSweep, OfOneKindOfSpectrogramHasNoOther)
{
    write_tone_corpus(folder_ / "audio", 2, 6, 1.05, 4000);
    data::IngestOptions options = tiny_ingest(folder_ / "audio", folder_ / "shards");
    options.kinds = {configs::Spectrogram::cqt};
    data::ingest(options);
    const json plan = written_and_planned();
    EXPECT_EQ(plan.at("trials").size(), 27u);
    EXPECT_EQ(plan.at("trials").at(0).at("label"), "cqt-r0-lr0.001-s1");
    EXPECT_THAT(line("spectrogram"), HasSubstr("\"cqt\""));
    EXPECT_THAT(text(), AllOf(HasSubstr("# 27 trials: 3 attention ratios"), Not(HasSubstr("\"data.spectrogram\""))));
    EXPECT_THAT(line("split"), AllOf(HasSubstr("\"clip\""), HasSubstr("each recording has one clip")));
    EXPECT_THAT(line("test_fraction"), AllOf(HasSubstr("= 0.2 "), HasSubstr("2 of 12 clips")));
}

TEST_F(NewSweep, TakesTheDataSetsOwnSplit)
{
    for (const char* part : {"train", "test"}) {
        write_tone_corpus(folder_ / ("audio/" + std::string(part)), 2, 5, 1.05 + (part[1] == 'r' ? 1 : 0), 4000);
    }
    data::IngestOptions options = tiny_ingest(folder_ / "audio", folder_ / "shards");
    options.split_from_folders = true;
    data::ingest(options);
    EXPECT_EQ(written_and_planned().at("trials").size(), 54u);
    EXPECT_THAT(line("split"), HasSubstr("\"manifest\""));
    EXPECT_THAT(line("test_fraction"), HasSubstr("not used"));
}

TEST_F(NewSweep, OfTooFewRecordingsToDivideSplitsByClip)
{
    write_tone_corpus(folder_ / "audio", 2, 1, 8.05, 4000);
    data::ingest(tiny_ingest(folder_ / "audio", folder_ / "shards"));
    EXPECT_EQ(written_and_planned().at("trials").size(), 54u);
    EXPECT_THAT(line("split"), AllOf(HasSubstr("\"clip\""), HasSubstr("2 recordings are too few")));
}

TEST_F(NewSweep, OfTwoClipsIsRefused)
{
    write_tone_corpus(folder_ / "audio", 2, 1, 1.05, 4000);
    data::ingest(tiny_ingest(folder_ / "audio", folder_ / "shards"));
    try {
        write_new();
        FAIL() << "no error";
    } catch (const data::Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("2 clips cannot be divided"), HasSubstr("ingest more recordings")));
    }
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(NewSweep, FitsSpectrogramsOfAnySize)
{
    struct Shape {
        int hop, n_fft, octaves, bins_per_octave, blocks, filters;
    };
    for (const Shape& shape :
         {Shape{4000, 64, 2, 12, 1, 8}, {2001, 8, 1, 1, 1, 8}, {500, 4, 3, 12, 2, 8}, {40, 2048, 2, 12, 5, 32}}) {
        const std::string name = std::to_string(shape.hop);
        std::filesystem::remove_all(data());
        std::filesystem::remove(file());
        write_tone_corpus(folder_ / "audio", 2, 6, 1.05, 4000);
        data::IngestOptions options = tiny_ingest(folder_ / "audio", folder_ / "shards");
        options.geometry = {4000, shape.hop, shape.n_fft, shape.octaves, shape.bins_per_octave, 55.0};
        data::ingest(options);
        EXPECT_EQ(written_and_planned().at("trials").size(), 54u) << name;
        EXPECT_THAT(line("blocks"), HasSubstr("= " + std::to_string(shape.blocks) + " ")) << name;
        EXPECT_THAT(line("first_filters"), HasSubstr("= " + std::to_string(shape.filters) + " ")) << name;
    }
}

TEST_F(NewSweep, WithoutADataSetIsForOneLikeThePapers)
{
    EXPECT_TRUE(called(runner::add_new, {"new", file()}).ends_with("\nattnsweep plan " + file() + " --data shards/\n"));
    EXPECT_THAT(line("blocks"), AllOf(HasSubstr("= 5 "), HasSubstr("87 x 1025 and 87 x 252")));
    EXPECT_THAT(line("first_filters"), AllOf(HasSubstr("= 32 "), HasSubstr("with 8 a step is 1/16 of the work")));
    EXPECT_THAT(line("heads"), HasSubstr("= 8 "));
    EXPECT_THAT(line("dense_sizes"), HasSubstr("[1024, 512, 256, 128, 64]"));
}

TEST_F(NewSweep, QuotesTheNextCommand)
{
    make_tone_data_set(folder_.path(), 2, 5);
    const std::string odd = (folder_ / "my first.toml").string();
    EXPECT_THAT(called(runner::add_new, {"new", odd, "--data", data()}),
                HasSubstr("attnsweep plan '" + odd + "' --data "));
}

TEST_F(NewSweep, WritesOverNothing)
{
    make_tone_data_set(folder_.path(), 2, 5);
    std::ofstream(file()) << "mine";
    EXPECT_THAT(refusal(file()), AllOf(HasSubstr(file() + " is there already"), HasSubstr("another name")));
    EXPECT_EQ(text(), "mine");
    std::filesystem::create_symlink("nowhere", folder_ / "link.toml");
    EXPECT_THAT(refusal((folder_ / "link.toml").string()), HasSubstr("is there already"));
    EXPECT_THAT(refusal((folder_ / "first").string()), AllOf(HasSubstr("ends in .toml"), HasSubstr("first.toml")));
    EXPECT_THAT(refusal((folder_ / "").string()), AllOf(HasSubstr("ends in .toml"), HasSubstr("/sweep.toml")));
    EXPECT_THAT(refusal((folder_ / "sub/first.toml").string()), AllOf(HasSubstr("no folder"), HasSubstr("mkdir -p ")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "sub"));
}

}  // namespace
}  // namespace attnsweep::tests
