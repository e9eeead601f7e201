// Whatever word is given to whatever option of whatever command: a documented exit code, one line that names no library, nothing
// left behind, no end that never comes.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include "store/store.h"
#include "tests/end_to_end/help.h"
#include "tests/store/synthetic_sweep.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;

/// A command with what it needs to get as far as its work. Positional words have no option; by their names in the help.
struct Line {
    std::string command;
    std::vector<std::pair<std::string, std::string>> words;
};

const std::vector<Line>& lines()
{
    static const std::vector<Line> all{
        {"ingest",
         {{"AUDIO_DIR", "audio"}, {"--out", "new"}, {"--hop", "2205"}, {"--n-fft", "128"}, {"--kinds", "stft"}}},
        {"plan", {{"SWEEP", "sweep.toml"}, {"--data", "shards"}, {"--store", "results.db"}}},
        {"simulate", {{"SWEEP", "sweep.toml"}, {"--data", "shards"}}},
        {"run", {{"SWEEP", "sweep.toml"}, {"--data", "shards"}, {"--store", "results.db"}, {"--doctor", ""}}},
        {"status", {{"--store", "results.db"}}},
        {"logs", {{"TRIAL", "stft-r0-s1"}, {"--store", "results.db"}}},
        {"drain", {{"--store", "results.db"}}},
        {"report", {{"--store", "results.db"}}},
        {"query", {{"--store", "results.db"}}},
        {"export", {{"--store", "results.db"}, {"--csv", "new"}}},
        {"show", {{"TRIAL", "stft-r0-s1"}, {"--store", "results.db"}}},
        {"compare", {{"A", "stft-r0"}, {"B", "cqt-r0"}, {"--store", "results.db"}}},
        {"trial", {{"LABEL", "stft-r0-s1"}, {"--store", "results.db"}, {"--data", "shards"}}},
        {"predict",
         {{"RECORDING", "audio/instrument-00/instrument-00-0.wav"},
          {"--trial", "stft-r0-s1"},
          {"--store", "results.db"}}},
        {"demo-corpus", {{"--out", "new"}, {"--clips", "1"}, {"--soundfont", "sweep.toml"}}},
        {"store rebuild", {{"--store", "results.db"}}},
        {"store verify", {{"--store", "results.db"}}},
        {"store backup", {{"OUT", "new.db"}, {"--store", "results.db"}}},
        {"store merge", {{"FIRST", "results.db"}, {"SECOND", "results.db"}, {"--out", "new.db"}}},
        {"gc", {{"--store", "results.db"}}},
        {"doctor", {}},
        {"completion", {{"SHELL", "bash"}}},
        {"import-paper", {{"--store", "results.db"}}},
    };
    return all;
}

/// The words, and how a shell writes them: for texts, then for paths alone.
const std::vector<std::pair<std::string, std::string>>& words()
{
    static const std::vector<std::pair<std::string, std::string>> all{
        {"nothing", "''"},
        {"a line break", "\"$(printf 'a\\nb')\""},
        {"ESC", "\"$(printf '\\033[2Jx')\""},
        {"0xFF", "\"$(printf 'x\\377')\""},
        {"64 KiB", "\"$(head -c 65536 /dev/zero | tr '\\0' x)\""},
        {"a folder", "a-folder"},
        {"a pipe", "a-pipe"},
        {"no file", "no-folder/no-file"},
        {"a full device", "full"},
    };
    return all;
}

std::string with(const Line& line, const std::string& option, const std::string& word)
{
    std::string text;
    bool is_there = false;
    for (const auto& [name, value] : line.words) {
        const bool is_it = name == option;
        is_there |= is_it;
        text += name.starts_with("--") ? " " + name + (value.empty() && !is_it ? "" : "=") : " ";
        text += is_it ? word : value;
    }
    return line.command + text + (is_there ? "" : " " + option + "=" + word);
}

/// Every file, folder and link below a folder, with its size.
std::map<std::string, std::uintmax_t> listing(const fs::path& folder)
{
    std::map<std::string, std::uintmax_t> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        found[entry.path().lexically_relative(folder)] =
            entry.is_regular_file() && !entry.is_symlink() ? entry.file_size() : 0;
    }
    return found;
}

/// What was made of nothing: of a working folder and one run in it.
std::string wrong_with(const Ended& ended)
{
    static const std::set<int> documented{0, 1, 2, 3, 4, 5, 6, 7, 8, 75};
    if (!documented.contains(ended.code)) {
        return "code " + std::to_string(ended.code);
    }
    if (ended.output.find('\033') != std::string::npos) {
        return "ESC goes to the terminal";
    }
    for (const char* library :
         {"json.exception", "std::", "basic_string", "terminate called", "filesystem error",
          "toml::", "SQLite::", "unexpected in attnsweep", "bad_alloc", "stoi", "HDF5", "c10", "CLI::"}) {
        if (ended.output.find(library) != std::string::npos) {
            return std::string("the words of a library: ") + library;
        }
    }
    if (ended.code == 0) {
        return {};
    }
    const std::string text = ended.output.substr(0, ended.output.find("\nRun with --help"));
    const auto lines_said = std::count(text.begin(), text.end(), '\n') + (text.ends_with('\n') ? 0 : 1);
    if (text.empty() || lines_said > 1 || text.size() > 6000) {
        return std::to_string(lines_said) + " lines of " + std::to_string(text.size()) + " bytes";
    }
    return {};
}

class HostileWords : public testing::Test {
protected:
    HostileWords()
    {
        write_tone_corpus(fixture_ / "audio", 2, 3);
        const Ended ended = run("cd " + quoted(fixture_.path()) + " && " + program() +
                                " ingest audio --out shards --hop 2205 --n-fft 128 --octaves 5 --bins-per-octave 6");
        EXPECT_EQ(ended.code, 0) << ended.output;
        write_text(fixture_ / "sweep.toml", tiny_sweep(1));
        {
            store::Store store = store::Store::open_to_write(fixture_ / "results.db");
            const configs::Sweep sweep = store::synthetic_sweep("synthetic", 1);
            store.record_sweep(sweep);
            store::finish(store, store::done_result(sweep.trials[0], {9, 8, 7}));
        }
        fs::create_directory(fixture_ / "a-folder");
        fs::create_symlink("/dev/full", fixture_ / "full");
    }

    /// A working folder like the first.
    void refill(const fs::path& folder) const
    {
        fs::remove_all(folder);
        fs::copy(fixture_.path(), folder, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
        ASSERT_EQ(::mkfifo((folder / "a-pipe").c_str(), 0600), 0);
    }

    TemporaryFolder fixture_, work_;
};

TEST_F(HostileWords, AreAnsweredByEachCommandInOneLineAndLeaveNothing)
{
    std::vector<std::string> commands;
    for (const Line& line : lines()) {
        commands.push_back(line.command.substr(0, line.command.find(' ')));
    }
    for (const std::string& command : commands_in_help()) {
        EXPECT_THAT(commands, testing::Contains(command)) << "a command without a line in this test";
    }
    struct Case {
        std::string what, line;
    };
    std::vector<Case> cases;
    for (const Line& line : lines()) {
        std::set<std::string> options;
        for (const auto& [name, value] : line.words) {
            if (!value.empty()) {
                options.insert(name);
            }
        }
        for (const std::string& option :
             found_in_help(line.command, std::regex("^  .*(--[a-z-]+)[ ,].*\\b(TEXT|K/N)\\b"))) {
            options.insert(option);
        }
        for (const std::string& option : options) {
            for (const auto& [name, word] : words()) {
                cases.push_back({line.command + " " + option + " is " + name, with(line, option, word)});
            }
        }
    }
    EXPECT_GT(cases.size(), 500U) << "the help is read as it is written";
    std::atomic<std::size_t> next = 0;
    std::mutex reporting;
    const auto work = [&](int number) {
        const fs::path folder = work_ / std::to_string(number);
        refill(folder);
        const auto before = listing(folder);
        for (std::size_t i = next++; i < cases.size(); i = next++) {
            const Ended ended =
                run("cd " + quoted(folder) + " && exec </dev/null timeout -s KILL 30 env -u ATTNSWEEP_STORE " +
                    program() + " " + cases[i].line);
            const bool has_changed = listing(folder) != before;
            std::string wrong = wrong_with(ended);
            if (wrong.empty() && ended.code != 0 && has_changed) {
                wrong = "leaves something behind";
            }
            if (!wrong.empty()) {
                const std::lock_guard<std::mutex> alone(reporting);
                ADD_FAILURE() << cases[i].what << ": " << wrong << "\n"
                              << ended.code << ": " << ended.output.substr(0, 600);
            }
            if (has_changed) {
                refill(folder);
            }
        }
    };
    std::vector<std::thread> workers;
    for (int number = 0; number < 3; ++number) {
        workers.emplace_back(work, number);
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
}

TEST_F(HostileWords, OfTheStoreInTheEnvironmentToo)
{
    for (const auto& [name, word] : words()) {
        if (name == "nothing") {
            continue;  // as if it were not set
        }
        for (const char* command :
             {"status", "report", "plan sweep.toml --data shards", "run sweep.toml --data shards --doctor"}) {
            const fs::path folder = work_ / "environment";
            refill(folder);
            const Ended ended = run("cd " + quoted(folder) + " && ATTNSWEEP_STORE=" + word + " timeout -s KILL 30 " +
                                    program() + " " + command + " </dev/null");
            EXPECT_EQ(wrong_with(ended), "") << command << ", " << name << "\n" << ended.output.substr(0, 600);
        }
        EXPECT_EQ(run("ATTNSWEEP_STORE=" + word + " " + program() + " completion bash").code, 0)
            << "which takes no store";
    }
}

TEST_F(HostileWords, AReaderThatGoesAwayLeavesNothingEither)
{
    const fs::path folder = work_ / "piped";
    refill(folder);
    const auto before = listing(folder);
    const Ended ended =
        run("cd " + quoted(folder) + " && bash -c '" + program("attnsweep").substr(1, program("attnsweep").size() - 2) +
            " query --sql \"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n\" "
            "--format csv | head -1; exit ${PIPESTATUS[0]}'");
    EXPECT_EQ(ended.code, 128 + SIGPIPE) << ended.output;
    EXPECT_EQ(ended.output, "x\n");
    EXPECT_EQ(listing(folder), before);
}

TEST_F(HostileWords, WhatNoneExpectedAsksForAReport)
{
    // A trial program that is handed nonsense where only attnsweep writes.
    const Ended ended = run("printf '{\"trial\": 5}' | " + program("attnsweep-trial") + " predict");
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(std::count(ended.output.begin(), ended.output.end(), '\n'), 1) << ended.output;
}

}  // namespace
}  // namespace attnsweep::tests
