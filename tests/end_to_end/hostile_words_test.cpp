// Every option and argument of every command that takes text, given what scripts and other programs hand over by mistake: the
// command ends with a documented code and one line, obeys no control character, and leaves nothing behind.
#include <sys/stat.h>

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/help.h"

namespace attnsweep::tests {
namespace {

using testing::Not;

const std::set<int> documented{0, 1, 2, 3, 4, 5, 6, 7, 8, 71, 75};

/// Words of libraries, which mean nothing to who typed the command.
constexpr const char* library_words =
    "exception\\.|std::|basic_string|bad_alloc|filesystem error|terminate called|what\\(\\)|H5[A-Z][a-z]|HDF5 error|"
    "stoi|stod|SQLITE_|\\[json|CLI::|Assertion|but received";

/// What each command needs beside the word tried, so that it gets as far as using it. {store}, {shards}, ... are in the test's folder.
const std::map<std::string, std::string>& needs()
{
    static const std::map<std::string, std::string> all{
        {"ingest", "audio --out out"},
        {"inspect", "shards"},
        {"new", "mine.toml"},
        {"best", "--store results.db"},
        {"plan", "sweep.toml --data shards --store none.db"},
        {"simulate", "sweep.toml --data shards"},
        {"run", "sweep.toml --data none --store none.db"},
        {"status", "--store results.db"},
        {"logs", "tiny-r0-s1 --store results.db"},
        {"drain", "--store results.db"},
        {"report", "--store results.db"},
        {"query", "--store results.db"},
        {"export", "--store results.db --csv out"},
        {"show", "paper --store results.db"},
        {"compare", "paper paper --store results.db"},
        {"trial", "stft-r0-s1 --store results.db"},
        {"predict", "audio/a.wav --trial stft-r0-s1 --store results.db"},
        {"demo-corpus", "--out out"},
        {"gc", "--store results.db"},
        {"doctor", "--store none.db"},
        {"import-paper", "--store results.db"},
    };
    return all;
}

struct Word {
    const char* name;
    std::string shell;  ///< as the shell is to read it
};

const std::vector<Word>& text_words()
{
    static const std::vector<Word> all{{"nothing", "''"},
                                       {"a line break", "\"$(printf 'a\\nb')\""},
                                       {"ESC", "\"$(printf '\\033[2Jx')\""},
                                       {"0xFF", "\"$(printf 'x\\377y')\""},
                                       {"64 KiB", "\"$(head -c 65536 /dev/zero | tr '\\0' a)\""}};
    return all;
}

const std::vector<Word>& path_words()
{
    static const std::vector<Word> all{{"a folder", "full"},
                                       {"a pipe", "pipe"},
                                       {"no permission", "locked/inside"},
                                       {"no such file", "not/there"},
                                       {"a name of 300 bytes", "\"$(head -c 300 /dev/zero | tr '\\0' b)\""}};
    return all;
}

class HostileWords : public testing::Test {
protected:
    HostileWords()
    {
        std::filesystem::create_directories(folder_ / "audio");
        std::filesystem::create_directories(folder_ / "full");
        std::filesystem::create_directories(folder_ / "locked");
        write_text(folder_ / "full/notes.txt", "mine\n");
        write_text(folder_ / "locked/inside", "mine\n");
        write_text(folder_ / "sweep.toml", tiny_sweep(1));
        write_text(folder_ / "audio/a.wav", "no audio\n");
        ::mkfifo((folder_ / "pipe").c_str(), 0600);
        std::filesystem::permissions(folder_ / "locked/inside", std::filesystem::perms::none);
        run(in_folder("attnsweep import-paper --store results.db"));
        before_ = listed();
    }

    /// A line run in the test's folder with the programs on the PATH, its input empty, and ended after a minute.
    std::string in_folder(const std::string& line) const
    {
        const std::string programs = other_build("ATTNSWEEP_TEST_BIN_DIR", attnsweep::tests::paths::programs).string();
        return "cd " + quoted(folder_.path()) + " && PATH=" + programs +
               ":$PATH && export TMPDIR=" + quoted(temporary_.path()) + " && timeout 60 " + line + " </dev/null";
    }

    std::set<std::string> listed() const
    {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
            names.insert(entry.path().lexically_relative(folder_.path()).string());
        }
        return names;
    }

    void try_word(const std::string& command, const std::string& option, const Word& word)
    {
        const auto found = needs().find(command);
        // Without the option that is tried: twice is refused before the word is looked at.
        const std::string needed = std::regex_replace(found == needs().end() ? std::string() : found->second,
                                                      std::regex(option + " \\S+"), "");
        const std::string line = "attnsweep " + command + " " + needed + " " + option + " " + word.shell;
        const Ended ended = run(in_folder(line));
        SCOPED_TRACE(command + " " + option + " with " + word.name + "\n" + ended.output.substr(0, 2000));
        EXPECT_TRUE(documented.contains(ended.code)) << ended.code;
        EXPECT_FALSE(std::regex_search(ended.output, std::regex(library_words)));
        for (const char character : ended.output) {
            ASSERT_TRUE(static_cast<unsigned char>(character) >= ' ' || character == '\n' || character == '\t')
                << static_cast<int>(character);
        }
        if (ended.code != 0) {
            EXPECT_FALSE(ended.output.empty());
            EXPECT_EQ(listed(), before_) << "something is left behind";
        }
        std::istringstream lines(ended.output);
        for (std::string each; std::getline(lines, each);) {
            EXPECT_LT(each.size(), 1000u) << "nobody reads such a line";
        }
        for (const std::string& name : listed()) {  // what it was asked for: away again
            if (!before_.contains(name)) {
                std::filesystem::remove_all(folder_ / name);
            }
        }
        ++tried_;
    }

    TemporaryFolder folder_, temporary_;
    std::set<std::string> before_;
    int tried_ = 0;
};

TEST_F(HostileWords, EveryTextOptionOfEveryCommand)
{
    for (const std::string& command : commands_in_help()) {
        for (const std::string& option : found_in_help(command, std::regex("^  .*(--[a-z-]+)[ ,].*TEXT"))) {
            for (const Word& word : text_words()) {
                try_word(command, option, word);
            }
        }
    }
    EXPECT_GT(tried_, 200) << "the help is read as it is written";
    EXPECT_TRUE(std::filesystem::is_empty(temporary_.path()));
}

TEST_F(HostileWords, EveryPathOptionOfEveryCommand)
{
    const std::regex path(
        "^  .*(--store|--data|--out|--data-config|--manifest|--result|--soundfont|--tensorboard|--csv|"
        "--json|--sweep)[ ,].*TEXT");
    for (const std::string& command : commands_in_help()) {
        for (const std::string& option : found_in_help(command, path)) {
            for (const Word& word : path_words()) {
                try_word(command, option, word);
            }
        }
    }
    EXPECT_GT(tried_, 100) << "the help is read as it is written";
    EXPECT_EQ(contents(folder_ / "full/notes.txt"), "mine\n");
}

}  // namespace
}  // namespace attnsweep::tests
