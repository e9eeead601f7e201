// Questions to a store as they are typed: completion by the shells themselves, tables in a terminal, a query that never ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/mount.h>

#include "store/store.h"
#include "tests/end_to_end/program.h"
#include "tests/paths.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Questions : public ::testing::Test {
protected:
    Questions()
    {
        store::Store store = store::Store::open_to_write(path_);
        store::fill(store, store::synthetic_sweep());
    }
    std::string asked(const std::string& arguments) const
    {
        const Ended ended = run("ATTNSWEEP_STORE=" + quoted(path_) + " " + program() + " " + arguments);
        EXPECT_EQ(ended.code, 0) << ended.output;
        return ended.output;
    }
    /// What bash offers for these words, the last of them half typed; a line each, and "nospace" where a list goes on.
    std::string in_bash(const std::string& words, int count) const
    {
        write_text(folder_ / "try.bash",
                   "eval \"$(" + program() +
                       " completion bash)\"\n"
                       "compopt() { echo nospace; }\n"
                       "COMP_WORDS=(" +
                       program() + " " + words + ")\nCOMP_CWORD=" + std::to_string(count) +
                       "\n_attnsweep\nprintf '%s\\n' \"${COMPREPLY[@]}\"\ncomplete -p attnsweep\n");
        return run("ATTNSWEEP_STORE=" + quoted(path_) + " bash " + quoted(folder_ / "try.bash")).output;
    }
    std::string in_zsh(const std::string& words, int current) const
    {
        write_text(folder_ / "try.zsh", "compdef() { :; }\neval \"$(" + program() +
                                            " completion zsh)\"\n"
                                            "compadd() { shift; print -l -- \"$@\"; }\n_files() { print FILES; }\n"
                                            "words=(" +
                                            program() + " " + words + ")\nCURRENT=" + std::to_string(current) +
                                            "\n_attnsweep\n");
        return run("ATTNSWEEP_STORE=" + quoted(path_) + " zsh -f " + quoted(folder_ / "try.zsh")).output;
    }

    TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
};

TEST_F(Questions, BashCompletesCommandsOptionsValuesLabelsAndColumns)
{
    EXPECT_THAT(in_bash("com", 1),
                AllOf(HasSubstr("compare\ncompletion\n"), HasSubstr("-o default -F _attnsweep attnsweep")));
    EXPECT_THAT(in_bash("query --col", 2), HasSubstr("--columns\n"));
    EXPECT_THAT(in_bash("query --format js", 3), AllOf(HasSubstr("json\njsonl\n"), Not(HasSubstr("csv"))));
    EXPECT_THAT(in_bash("show stft-r25", 2), HasSubstr("stft-r25-s1\nstft-r25-s2\nstft-r25-s3\n"));
    EXPECT_THAT(in_bash("query --columns learn", 3), HasSubstr("learning_rate\n"));
    EXPECT_THAT(in_bash("query --columns label,attention_r", 3), HasSubstr("nospace\nlabel,attention_ratio\n"));
    EXPECT_THAT(in_bash("query --sort -accur", 3), HasSubstr("-accuracy\n"));
    EXPECT_THAT(in_bash("compare cqt-r2", 2), HasSubstr("cqt-r25\ncqt-r25-s1\n"));
    EXPECT_THAT(in_bash("store v", 2), HasSubstr("verify\n"));
    EXPECT_THAT(in_bash("show --store " + quoted(folder_ / "none.db") + " stft", 4), Not(HasSubstr("stft-r0")))
        << "no error either";
    EXPECT_THAT(in_bash("ingest rec", 2), testing::StartsWith("\n")) << "a file: bash's own";
}

TEST_F(Questions, ZshCompletesTheSame)
{
    if (run("command -v zsh").code != 0) {
        GTEST_SKIP() << "zsh is not installed (Debian: zsh)";
    }
    EXPECT_EQ(in_zsh("com", 2), "compare\ncompletion\n");
    EXPECT_EQ(in_zsh("query --col", 3), "--columns\n");
    EXPECT_EQ(in_zsh("show stft-r25-s", 3), "stft-r25-s1\nstft-r25-s2\nstft-r25-s3\n");
    EXPECT_EQ(in_zsh("query --columns label,attention_r", 4), "label,attention_ratio\n");
    EXPECT_EQ(in_zsh("query --columns=label,attention_r", 3), "--columns=label,attention_ratio\n");
    EXPECT_EQ(in_zsh("ingest rec", 3), "FILES\n");
}

TEST_F(Questions, ZshItselfCompletesALine)
{
    if (run("command -v zsh").code != 0) {
        GTEST_SKIP() << "zsh is not installed (Debian: zsh)";
    }
    const auto completed = [&](const std::string& line) {
        return run("ATTNSWEEP_STORE=" + quoted(path_) + " zsh -f " +
                   tests::quoted(std::string(attnsweep::tests::paths::source) + "/tests/end_to_end/complete.zsh") +
                   " " + program() + " '" + line + "'")
            .output;
    };
    EXPECT_EQ(completed("attnsweep compa"), "attnsweep compare \n");
    EXPECT_EQ(completed("attnsweep show stft-r25-"), "attnsweep show stft-r25-s\n") << "as far as three go together";
    EXPECT_EQ(completed("attnsweep query --columns label,attention_r"),
              "attnsweep query --columns label,attention_ratio \n");
    EXPECT_EQ(completed("attnsweep query --sort=-accur"), "attnsweep query --sort=-accuracy \n");
}

TEST_F(Questions, ATableFitsTheTerminalItIsIn)
{
    const std::string line = "stty cols 70; ATTNSWEEP_STORE=" + quoted(path_) + " " + program() +
                             " query --limit 2 --columns label,spec,accuracy";
    write_text(folder_ / "line.sh", line);
    const std::string seen = run("script -qec 'sh " + (folder_ / "line.sh").string() + "' /dev/null </dev/null").output;
    EXPECT_THAT(seen, HasSubstr("…")) << seen;
    EXPECT_THAT(asked("query --limit 2 --columns label,spec,accuracy"), Not(HasSubstr("…"))) << "not a terminal";
}

TEST_F(Questions, AQueryThatNeverEndsIsInterrupted)
{
    Started started("exec env ATTNSWEEP_STORE=" + quoted(path_) + " " + program() +
                        " query --format csv --sql 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                        "SELECT x FROM n WHERE x < 3 OR x < 0'",
                    folder_ / "log");
    ::usleep(500'000);
    EXPECT_EQ(::kill(started.process(), 0), 0) << "still at it: " << contents(folder_ / "log");
    started.signal(SIGINT);
    EXPECT_EQ(started.wait().code, 128 + SIGINT);
}

TEST_F(Questions, ATimeLimitStopsAQuery)
{
    const Ended ended =
        run("ATTNSWEEP_STORE=" + quoted(path_) + " " + program() +
            " query --time-limit 0.2 --sql 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
            "SELECT count(*) FROM n'");
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("took longer than 0.2 s (--time-limit)"));
}

TEST_F(Questions, AFullDiskEndsWhatIsWrittenBySevenAndSaysSo)
{
    for (const char* asked : {"query", "query --format csv", "query --format json", "query --format jsonl", "report",
                              "report --format json", "show stft-r0-s1", "status", "query --list-columns",
                              "store verify", "gc --dry-run", "doctor", "plan --help-keys", "--help", "query --help"}) {
        const Ended ended = run("ATTNSWEEP_STORE=" + quoted(path_) + " " + program() + " " + asked + " >/dev/full");
        EXPECT_EQ(ended.code, 7) << asked << ": " << ended.output;
        EXPECT_THAT(ended.output, HasSubstr("cannot write to standard output: No space left on device")) << asked;
    }
    // Not only at the end: this one has none.
    const Ended endless =
        run("ATTNSWEEP_STORE=" + quoted(path_) + " " + program() +
            " query --format csv --sql 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
            "SELECT x FROM n' >/dev/full");
    EXPECT_EQ(endless.code, 7) << endless.output;
}

TEST_F(Questions, AFullDiskEndsAnExportBySevenAndLeavesNoHalfFile)
{
    const auto disk = folder_ / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=32k") != 0) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
    for (const char* format : {"csv", "json"}) {
        const Ended ended =
            run(program() + " export --store " + quoted(path_) + " --" + format + " " + quoted(disk / format));
        EXPECT_EQ(ended.code, 7) << ended.output;
        EXPECT_THAT(ended.output, AllOf(HasSubstr(disk / format), HasSubstr("No space left on device")));
        for (const auto& entry : std::filesystem::directory_iterator(disk / format)) {
            EXPECT_EQ(entry.path().filename().string(), std::string("trials.") + format) << "not whole";
        }
        std::filesystem::remove_all(disk / format);
    }
    const Ended report = run(program() + " report --store " + quoted(path_) + " --out " + quoted(disk / "report"));
    EXPECT_EQ(report.code, 7) << report.output;
    ::umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(Questions, WithoutTheFolderOfFilesItsAbsenceIsSaid)
{
    std::filesystem::remove_all(folder_ / "results.db.d");
    const std::string store = " --store " + quoted(path_);
    for (const char* command : {"logs stft-r0-s1", "logs stft-r0-s1 --attempt 1", "predict x.wav --trial stft-r0-s1"}) {
        const Ended ended = run(program() + " " + command + store);
        EXPECT_EQ(ended.code, 1) << ended.output;
        EXPECT_THAT(ended.output, AllOf(HasSubstr("results.db.d is not here"), HasSubstr("Copy that folder as well")));
    }
    for (const char* command : {"show stft-r0-s1", "gc", "gc --dry-run"}) {
        EXPECT_THAT(asked(command), HasSubstr("results.db.d is not here"));
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "results.db.d"));
}

TEST_F(Questions, ATrialsResultIsNotPutInThePlaceOfSomethingElse)
{
    write_text(folder_ / "sweep.toml", tiny_sweep(1));
    for (const char* name : {"sweep.toml", "results.db.d"}) {
        const Ended ended =
            run(program() + " trial stft-r0-s1 --store " + quoted(path_) + " --result " + quoted(folder_ / name));
        EXPECT_EQ(ended.code, 2) << ended.output;
        EXPECT_THAT(ended.output, AllOf(HasSubstr("--result"), HasSubstr(name), HasSubstr("is not replaced")));
    }
    EXPECT_EQ(contents(folder_ / "sweep.toml"), tiny_sweep(1));
}

TEST_F(Questions, ATrialsResultThatCannotBeWrittenIsRefusedBeforeItIsTrained)
{
    const std::string trial = program() + " trial stft-r0-s1 --store " + quoted(path_) + " --result ";
    write_text(folder_ / "a-file", "");
    for (const char* name : {"none/result.json", "a-file/result.json"}) {
        const Ended ended = run(trial + quoted(folder_ / name));
        EXPECT_EQ(ended.code, 5) << ended.output;
        EXPECT_THAT(ended.output, AllOf(HasSubstr("--result " + (folder_ / name).string() + ": cannot be written: "),
                                        HasSubstr("name a file in a folder")));
    }
    const Ended read_only = run(trial + "/proc/self/result.json");
    EXPECT_EQ(read_only.code, 5) << read_only.output;
    EXPECT_THAT(read_only.output, HasSubstr("/proc/self/result.json: cannot be written: "));
    const Ended partial = run(trial + quoted(folder_ / "result.json") + " --max-batches 3");
    EXPECT_EQ(partial.code, 2) << partial.output;
    EXPECT_THAT(partial.output,
                AllOf(HasSubstr("--max-batches: stops before there is a result"), HasSubstr("--result")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "result.json"));
}

TEST_F(Questions, CompareAndShowFromTheCommandLine)
{
    EXPECT_THAT(asked("compare stft-r0 stft-r25"), HasSubstr("configuration stft-r25 of sweep synthetic"));
    EXPECT_THAT(asked("show stft-r0-s1"), HasSubstr("attnsweep trial "));
    const Ended wrong = run(program() + " compare a b --store " + quoted(path_));
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.output, HasSubstr("names no sweep, configuration or trial"));
    EXPECT_EQ(run(program() + " query --sql 'select 1' --limit 3 --store " + quoted(path_)).code, 2);
    const Ended refused = run(program() + " query --sql 'ATTACH 1 AS x' --store " + quoted(path_));
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.output, HasSubstr("(ATTACH)"));
}

}  // namespace
}  // namespace attnsweep::tests
