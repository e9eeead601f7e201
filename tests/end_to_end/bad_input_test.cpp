// What goes wrong for users: each a clear message naming the file, a documented exit code, and nothing lost.
#include <regex>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/mount.h>

#include "store/store.h"
#include "tests/end_to_end/help.h"
#include "tests/end_to_end/program.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class BadInput : public ::testing::Test {
protected:
    Ended ingest(const std::string& from, const std::string& more = "") const
    {
        return run(program() + " ingest " + from + " --out " + quoted(folder_ / "shards") + tiny_geometry + more);
    }
    Ended run_sweep(const std::string& more = "") const
    {
        return run(program() + " run " + quoted(folder_ / "sweep.toml") + " --data " + quoted(folder_ / "shards") +
                   " --store " + quoted(folder_ / "results.db") + " --set sweep.repeats=1 " + more);
    }
    void good_input()
    {
        write_tone_corpus(folder_ / "audio", 2, 6);
        const Ended ended = ingest(quoted(folder_ / "audio"));
        ASSERT_EQ(ended.code, 0) << ended.output;
        write_text(folder_ / "sweep.toml", tiny_sweep(1));
    }
    TemporaryFolder folder_;
};

TEST_F(BadInput, AnEmptyFolder)
{
    std::filesystem::create_directory(folder_ / "nothing");
    const Ended ended = ingest(quoted(folder_ / "nothing"));
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr((folder_ / "nothing").string()));
}

TEST_F(BadInput, AFolderWithOneClass)
{
    write_tone_corpus(folder_ / "audio", 1, 2);
    const Ended ended = ingest(quoted(folder_ / "audio"));
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("instrument-00"));
}

TEST_F(BadInput, ACorruptRecordingIsNamedAndTheRestIsTaken)
{
    write_tone_corpus(folder_ / "audio", 2, 3);
    write_text(folder_ / "audio/instrument-01/broken.mp3", "this is no mp3");
    write_text(folder_ / "audio/instrument-01/empty.mp3", "");
    const Ended ended = ingest(quoted(folder_ / "audio"));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("broken.mp3"));
    EXPECT_THAT(ended.output, HasSubstr("empty.mp3"));
}

TEST_F(BadInput, AManifestNamingAMissingFile)
{
    write_tone_corpus(folder_ / "audio", 2, 2);
    write_text(folder_ / "files.csv", "path,label\naudio/instrument-00/instrument-00-0.wav,a\naudio/gone.wav,b\n");
    const Ended ended = ingest("--manifest " + quoted(folder_ / "files.csv"));
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("files.csv:3"));
    EXPECT_THAT(ended.output, HasSubstr("gone.wav"));
}

TEST_F(BadInput, ATruncatedShardStopsTheSweepAndTheSameLineGoesOnOnceItIsMended)
{
    good_input();
    const auto shard = folder_ / "shards/cqt-00000.h5";
    std::filesystem::copy_file(shard, folder_ / "whole.h5");
    std::filesystem::resize_file(shard, std::filesystem::file_size(shard) - 1000);
    const Ended ended = run_sweep();
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("cqt-00000.h5"));
    std::filesystem::copy_file(folder_ / "whole.h5", shard, std::filesystem::copy_options::overwrite_existing);
    const Ended mended = run_sweep();
    EXPECT_EQ(mended.code, 0) << mended.output;
}

TEST_F(BadInput, ADamagedShardStopsTheSweepAndTheSameLineGoesOnOnceItIsMended)
{
    good_input();
    const auto shard = folder_ / "shards/cqt-00000.h5";
    std::filesystem::copy_file(shard, folder_ / "whole.h5");
    std::string bytes = contents(shard);
    for (std::size_t at = bytes.size() / 2; at < bytes.size() / 2 + 64; ++at) {
        bytes[at] = static_cast<char>(bytes[at] ^ 1);  // in the middle of the magnitudes
    }
    write_text(shard, bytes);
    const Ended ended = run_sweep();
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("cqt-00000.h5"));
    std::filesystem::copy_file(folder_ / "whole.h5", shard, std::filesystem::copy_options::overwrite_existing);
    const Ended mended = run_sweep();
    EXPECT_EQ(mended.code, 0) << mended.output;
}

TEST_F(BadInput, ASweepFileWithATypo)
{
    good_input();
    write_text(folder_ / "sweep.toml", tiny_sweep(1) + "\n[execution]\nthreds = 2\n");
    const Ended ended = run_sweep();
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("sweep.toml:"));
    EXPECT_THAT(ended.output, HasSubstr("threads"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "results.db"));
}

TEST_F(BadInput, AnUnwritableStore)
{
    good_input();
    write_text(folder_ / "a-file", "");
    const Ended ended = run_sweep("--store " + quoted(folder_ / "a-file/results.db"));
    EXPECT_EQ(ended.code, 5) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("a-file/results.db"));
}

TEST_F(BadInput, AStoreFromANewerVersion)
{
    good_input();
    ASSERT_EQ(run_sweep().code, 0);
    {
        SQLite::Database database((folder_ / "results.db").string(), SQLite::OPEN_READWRITE);
        database.exec("PRAGMA user_version = 999");
    }
    for (const Ended& ended : {run_sweep("--set training.max_epochs=2"),
                               run(program() + " report --store " + quoted(folder_ / "results.db")),
                               run(program() + " query --store " + quoted(folder_ / "results.db"))}) {
        EXPECT_EQ(ended.code, 5) << ended.output;
        EXPECT_THAT(ended.output, HasSubstr("newer"));
    }
}

TEST_F(BadInput, AStoreCalledByALinkIsTheSameStore)
{
    good_input();
    const Ended first = run_sweep("--only cqt-r0-s1");
    ASSERT_EQ(first.code, 0) << first.output;
    std::filesystem::create_directory(folder_ / "links");
    std::filesystem::create_symlink("../results.db", folder_ / "links" / "latest.db");
    const Ended again = run_sweep("--only cqt-r0-s1 --store " + quoted(folder_ / "links" / "latest.db"));
    EXPECT_EQ(again.code, 0) << again.output;
    EXPECT_THAT(again.output, HasSubstr("nothing to run"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "links" / "latest.db.d"));
    const Ended logs =
        run("ATTNSWEEP_STORE=" + quoted(folder_ / "links" / "latest.db") + " " + program() + " logs cqt-r0-s1");
    EXPECT_EQ(logs.code, 0) << logs.output;
}

TEST_F(BadInput, ANoStoreIsSaid)
{
    for (const char* command : {"report", "query", "status"}) {
        const Ended ended = run(program() + " " + command + " --store " + quoted(folder_ / "none.db"));
        EXPECT_EQ(ended.code, 5) << ended.output;
        EXPECT_THAT(ended.output, HasSubstr("none.db"));
    }
}

TEST_F(BadInput, ANameTheStoreDoesNotKnow)
{
    store::Store::open_to_write(folder_ / "results.db");
    const std::string store = " --store " + quoted(folder_ / "results.db");
    for (const std::string command :
         {" trial stft-r25-s9", " predict a.wav --trial stft-r25-s9", " query --where 'accurracy > 0'"}) {
        const Ended ended = run(program() + command + store);
        EXPECT_EQ(ended.code, 2) << command << ": " << ended.output;
    }
}

TEST_F(BadInput, FarMoreThreadsThanCores)
{
    good_input();
    const Ended ended = run(program() + " trial cqt-r0-s1 --sweep " + quoted(folder_ / "sweep.toml") + " --data " +
                            quoted(folder_ / "shards") + " --max-batches 1 --threads 1000000");
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("--threads = 1000000"), HasSubstr("expected at most ")));
}

TEST_F(BadInput, CudaThatIsNotThere)
{
    if (std::filesystem::exists("/proc/driver/nvidia/version")) {
        GTEST_SKIP() << "a GPU is here";
    }
    good_input();
    const Ended ended = run_sweep("--device cuda");
    EXPECT_EQ(ended.code, 6) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("NVIDIA"));
}

TEST_F(BadInput, AFullDiskBeforeTheSweep)
{
    good_input();
    const auto disk = folder_ / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
    const Ended ingested =
        run(program() + " ingest " + quoted(folder_ / "audio") + " --out " + quoted(disk / "shards"));
    EXPECT_EQ(ingested.code, 7) << ingested.output;
    EXPECT_THAT(ingested.output, HasSubstr("No space left"));
    EXPECT_FALSE(std::filesystem::exists(disk / "shards/dataset.json")) << "no half data set";
    std::filesystem::remove_all(disk / "shards");

    const Ended full = run_sweep("--store " + quoted(disk / "results.db"));
    EXPECT_EQ(full.code, 7) << full.output;
    EXPECT_THAT(full.output,
                AllOf(HasSubstr("no space left for all"), HasSubstr("MB are free at"), HasSubstr(disk.string())));
    ASSERT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=200m"), 0);
    const Ended resumed = run_sweep("--store " + quoted(disk / "results.db"));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    ::umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(BadInput, ACommandLineThatIsOff)
{
    const Ended mistyped = run(program() + " reprot");
    EXPECT_EQ(mistyped.code, 2) << mistyped.output;
    EXPECT_THAT(mistyped.output, AllOf(HasSubstr("\"reprot\""), HasSubstr("attnsweep report")));
    const Ended unlike = run(program() + " zzzzzzzz --store x.db");
    EXPECT_EQ(unlike.code, 2) << unlike.output;
    EXPECT_THAT(unlike.output,
                AllOf(HasSubstr("\"zzzzzzzz\""), HasSubstr("ingest, inspect, new, plan, simulate, run")));
    EXPECT_EQ(run(program() + " run").code, 2);
    EXPECT_EQ(run(program() + " --help").code, 0);
    EXPECT_THAT(run(program() + " run --help").output,
                AllOf(HasSubstr("0 done, 1 failed, 2 "), HasSubstr(" 71 nothing can be started, 75 ")));
    const Ended no_profile = run(program() + " trial cqt-r0-s1 --json");
    EXPECT_EQ(no_profile.code, 2) << no_profile.output;
    EXPECT_THAT(no_profile.output, AllOf(HasSubstr("--json"), HasSubstr("--profile")));
    const Ended no_result = run(program() + " trial cqt-r0-s1 --profile --result result.json");
    EXPECT_EQ(no_result.code, 2) << no_result.output;
    EXPECT_THAT(no_result.output, AllOf(HasSubstr("--profile"), HasSubstr("--result")));
}

TEST(WrongNumbers, AreNamedInOneShortLineByEveryOptionOfEveryCommand)
{
    int options = 0;
    for (const std::string& command : commands_in_help()) {
        for (const std::string& option :
             found_in_help(command, std::regex("^  .*(--[a-z-]+)[ ,].*\\b(INT|UINT|FLOAT)\\b"))) {
            ++options;
            for (const char* const value : {"-1", "x", "1e400", "nan"}) {
                const Ended ended = run(program() + " " + command + " " + option + "=" + value);
                EXPECT_EQ(ended.code, 2) << command << " " << option << "=" << value << "\n" << ended.output;
                EXPECT_THAT(ended.output, HasSubstr(option)) << command << " " << option << "=" << value;
                EXPECT_LT(ended.output.substr(0, ended.output.find('\n')).size(), 120u) << ended.output;
            }
        }
    }
    EXPECT_GT(options, 25) << "the help is read as it is written";
}

TEST(WrongTimes, InTheEnvironmentAreNamed)
{
    for (const std::string name : {"ATTNSWEEP_LEASE_PERIOD_S", "ATTNSWEEP_START_PATIENCE_S"}) {
        for (const std::string value : {"abc", "-1", "1e300", "nan"}) {
            for (const char* const command : {" run none.toml --data none", " drain --store none.db"}) {
                const Ended ended = run(name + "=" + value + " " + program() + command);
                EXPECT_EQ(ended.code, 2) << ended.output;
                EXPECT_THAT(ended.output, AllOf(HasSubstr("the environment variable " + name + ": '" + value + "': "),
                                                HasSubstr("expected a number ")));
            }
        }
        EXPECT_EQ(run(name + "=0.01 " + program() + " drain --store none.db").code, 8);
        EXPECT_EQ(run(name + "= " + program() + " drain --store none.db").code, 8);
    }
}

TEST(WrongPaths, AreNamedByEveryOptionOfEveryCommandBeforeAnythingIsMade)
{
    const TemporaryFolder folder;
    int options = 0;
    for (const std::string& command : commands_in_help()) {
        const std::regex path("^  "
                              ".*(--store|--data|--out|--data-config|--manifest|--result|--soundfont|--tensorboard|--"
                              "csv|--json|--sweep)[ ,].*TEXT");
        for (const std::string& option : found_in_help(command, path)) {
            ++options;
            for (const char* const value :
                 {"''", "'~/x'", "\"$(printf 'a\\nb')\"", "\"$(printf '\\033[2J')\"", "\"$(printf 'Fl\\366te')\""}) {
                const Ended ended = run("cd " + quoted(folder.path()) + " && " + program() + " " + command + " " +
                                        option + " " + value);
                EXPECT_EQ(ended.code, 2) << command << " " << option << " " << value << "\n" << ended.output;
                EXPECT_THAT(ended.output, AnyOf(HasSubstr(option), HasSubstr("not valid UTF-8")))
                    << command << " " << value;
                EXPECT_THAT(ended.output, Not(HasSubstr("\033")));
            }
        }
    }
    EXPECT_GT(options, 20) << "the help is read as it is written";
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(BadInput, AStoreThatCannotBeOneLeavesNothing)
{
    good_input();
    write_text(folder_ / "notes.txt", "no store\n");
    std::filesystem::create_directory(folder_ / "results.d");
    const auto with_store = [&](const std::string& store) {
        return run("cd " + quoted(folder_.path()) + " && " + program() + " run sweep.toml --data shards --store " +
                   store);
    };
    const Ended text = with_store("notes.txt");
    EXPECT_EQ(text.code, 5) << text.output;
    EXPECT_THAT(text.output, HasSubstr("notes.txt is not an SQLite database"));
    for (const char* const store : {"results.d", "results.d/", "new/", "shards"}) {
        const Ended ended = with_store(store);
        EXPECT_EQ(ended.code, 2) << ended.output;
        EXPECT_THAT(ended.output, AllOf(HasSubstr(store), HasSubstr("results.db")));
    }
    for (const char* const made : {"notes.txt.d", "results.d.d", "results.d/.d", "new", "shards/.d", "shards.d"}) {
        EXPECT_FALSE(std::filesystem::exists(folder_ / made)) << made;
    }
}

}  // namespace
}  // namespace attnsweep::tests
