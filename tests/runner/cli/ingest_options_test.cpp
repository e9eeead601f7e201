// What is wrong with the options of ingest is named by them, with the code of a wrong command line, and nothing is left behind.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/error.h"
#include "runner/path_options.h"
#include "tests/runner/cli/called.h"
#include "tests/temporary_folder.h"
#include "tests/tone_corpus.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class IngestOptionsText : public testing::Test {
protected:
    IngestOptionsText() { tests::write_tone_corpus(folder_ / "audio", 2, 1, 1.05, 4000); }

    /// What ingest refuses as a wrong command line; "another code" and "no error" for other ends.
    std::string refusal(const std::string& out, const std::vector<std::string>& more = {}) const
    {
        std::vector<std::string> arguments{"ingest", folder_ / "audio", "--out", folder_ / out};
        arguments.insert(arguments.end(), more.begin(), more.end());
        try {
            (void)tests::called(add_ingest, arguments);
        } catch (const Error& error) {
            return error.exit_code() == exit_usage ? error.what() : "another code";
        }
        return "no error";
    }
    tests::TemporaryFolder folder_;
};

TEST_F(IngestOptionsText, AGeometryThatCannotBeIsNamedByItsOptions)
{
    EXPECT_THAT(refusal("shards", {"--sample-rate", "1"}),
                StartsWith("--sample-rate 1: sample_rate_hz = 1, expected 100"));
    EXPECT_THAT(refusal("shards", {"--clip-s", "1e-9"}),
                StartsWith("--clip-s 1e-09: clip_s = 1e-09, expected 0.01 to"));
    EXPECT_THAT(refusal("shards", {"--hop", "500", "--fmin", "1e-300"}),
                StartsWith("--hop 500 --fmin 1e-300: fmin_hz = "));
    EXPECT_FALSE(fs::exists(folder_ / "shards"));
}

TEST_F(IngestOptionsText, AnOutThatIsNoFolderIsNamedWithARemedy)
{
    std::ofstream(folder_ / "a.toml") << "mine";
    fs::create_symlink("nowhere", folder_ / "dangling");
    for (const char* out : {"a.toml", "a.toml/", "a.toml/below"}) {
        EXPECT_THAT(refusal(out), AllOf(StartsWith("--out "), HasSubstr("a.toml is no folder; give another"))) << out;
    }
    EXPECT_THAT(refusal("dangling/below"), HasSubstr("dangling is a link that leads nowhere; remove it"));
    EXPECT_THAT(refusal("dangling"), HasSubstr("dangling is a link that leads nowhere; remove it"));
    fs::create_directory(folder_ / "nowhere");
    EXPECT_EQ(refusal("dangling",
                      {"--sample-rate", "4000", "--hop", "500", "--n-fft", "64", "--octaves", "2", "--fmin", "220"}),
              "no error")
        << "a link to a folder";
}

TEST_F(IngestOptionsText, ARecordingThatIngestTakesIsTakenByPredict)
{
    const std::string name = folder_ / "two\nlines.wav", gone = folder_ / "gone\n.wav";
    std::ofstream(name) << "sound";
    const auto wrong = [](const char* command, const std::string& path) {
        const char* const words[] = {"attnsweep", command, path.c_str()};
        return wrong_argument(3, words);
    };
    EXPECT_EQ(wrong("predict", name), "");
    EXPECT_THAT(wrong("predict", gone), HasSubstr("control character"));
    EXPECT_THAT(wrong("inspect", name), HasSubstr("control character"));
    const auto parsed = [](const std::string& recording, const std::string& store) {
        CLI::App app;
        Command chosen;
        add_predict(app, chosen);
        check_paths(app);
        try {
            app.parse(std::vector<std::string>{recording, store, "--store", "x", "--trial", "predict"});
        } catch (const CLI::ParseError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(parsed(name, "results.db"), "");
    EXPECT_THAT(parsed(name, name), HasSubstr("control character"));
}

}  // namespace
}  // namespace attnsweep::runner
