// Every sweep of docs/sweeps.md and of README.md is read, and what the text says of it is compared.
#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>

#include "configs/keys.h"
#include "configs/sweep_file.h"
#include "tests/configs/sweep_folder.h"
#include "tests/paths.h"

namespace attnsweep::tests {
namespace {

/// A fenced block: ```INFO, with the line on which it begins.
struct FencedBlock {
    std::string info, text;
    int line = 0;
};

std::vector<std::string> lines_of(const std::string& document)
{
    std::ifstream file(std::filesystem::path(attnsweep::tests::paths::source) / document);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::vector<FencedBlock> blocks_of(const std::string& document)
{
    std::vector<FencedBlock> blocks;
    bool is_open = false;
    int number = 0;
    for (const std::string& line : lines_of(document)) {
        ++number;
        if (line.starts_with("```")) {
            is_open = !is_open;
            if (is_open) {
                blocks.push_back({line.substr(3), "", number});
            }
        } else if (is_open) {
            blocks.back().text += line + "\n";
        }
    }
    return blocks;
}

/// Rows of the document's tables whose first cell matches: the groups of the pattern.
std::vector<std::smatch> rows_of(const std::vector<std::string>& lines, const std::string& pattern)
{
    const std::regex expression(pattern);
    std::vector<std::smatch> rows;
    for (const std::string& line : lines) {
        if (std::smatch row; std::regex_match(line, row, expression)) {
            rows.push_back(row);
        }
    }
    return rows;
}

/// Writes the document's sweeps into a folder, and reads each with its number of trials.
class DocumentedSweeps {
public:
    explicit DocumentedSweeps(const std::string& document)
    {
        configs::Sweep last;
        for (const FencedBlock& block : blocks_of(document)) {
            const std::string place = document + ":" + std::to_string(block.line);
            if (block.info == "toml") {
                last = read(block, place);
                ++sweeps_;
            } else if (block.info == "text labels") {
                compare_labels(block, last, place);
                ++lists_;
            }
        }
    }

    const SweepFolder& folder() const { return folder_; }
    int sweeps() const { return sweeps_; }
    int lists() const { return lists_; }

private:
    configs::Sweep read(const FencedBlock& block, const std::string& place) const
    {
        std::smatch said;
        const std::string first = block.text.substr(0, block.text.find('\n'));
        if (!std::regex_match(first, said, std::regex("# (\\S+\\.toml): (\\d+) trials?\\b.*"))) {
            ADD_FAILURE() << place << ": expected a first line like # axes.toml: 6 trials";
            return {};
        }
        configs::Sweep sweep = configs::read_sweep(folder_.write(said[1], block.text), {}, paper_data_set());
        EXPECT_EQ(std::to_string(sweep.trials.size()), said[2]) << place;
        return sweep;
    }

    static void compare_labels(const FencedBlock& block, const configs::Sweep& sweep, const std::string& place)
    {
        const std::vector<std::string> labels = labels_of(sweep);
        std::istringstream lines(block.text);
        std::size_t at = 0;
        std::string line;
        while (std::getline(lines, line) && line != "...") {
            EXPECT_EQ(line, at < labels.size() ? labels[at] : "nothing more") << place;
            ++at;
        }
        EXPECT_EQ(at < labels.size(), line == "...") << place << ": all labels, or ... at the end";
    }

    SweepFolder folder_;
    int sweeps_ = 0, lists_ = 0;
};

TEST(DocumentedSweeps, AreReadAndHaveAsManyTrialsAsTheTextSays)
{
    const DocumentedSweeps sweeps("docs/sweeps.md");
    EXPECT_GE(sweeps.sweeps(), 10) << "they were not found";
    EXPECT_EQ(sweeps.lists(), 3);
}

TEST(DocumentedSweeps, OfTheReadme)
{
    EXPECT_EQ(DocumentedSweeps("README.md").sweeps(), 1);
}

TEST(DocumentedSweeps, ChangedBySetHaveAsManyTrialsAsTheTableSays)
{
    const DocumentedSweeps sweeps("docs/sweeps.md");
    const std::vector<std::string> lines = lines_of("docs/sweeps.md");
    const auto rows = rows_of(lines, "\\| `--set '?([^`']*)'?` \\|.*\\| (\\d+) \\|");
    EXPECT_EQ(rows.size(), 8u);
    for (const std::smatch& row : rows) {
        const configs::Sweep sweep =
            configs::read_sweep(sweeps.folder().path() / "axes.toml", {row[1].str()}, paper_data_set());
        EXPECT_EQ(std::to_string(sweep.trials.size()), row[2]) << row[1];
    }
}

TEST(DocumentedSweeps, ValuesInShortStandForThoseOfTheTable)
{
    const std::vector<std::string> lines = lines_of("docs/sweeps.md");
    const auto rows = rows_of(lines, "\\| `(\\{[^`]*\\})` \\| `([^`]*)` \\| (.*) \\|");
    EXPECT_EQ(rows.size(), 8u);
    const SweepFolder folder;
    for (const std::smatch& row : rows) {
        const configs::SweepFile file = configs::read_sweep_file(
            folder.write("sweep.toml", "[axes]\n" + row[2].str() + " = " + row[1].str() + "\n"));
        std::string values;
        for (const configs::Value& value : file.dimensions.at(0).columns.at(0).values) {
            values += (values.empty() ? "" : ", ") + configs::text_of(value);
        }
        EXPECT_EQ(values, row[3]) << row[1];
    }
}

TEST(DocumentedSweeps, EditsRunWhatTheTableSays)
{
    const SweepFolder folder;
    const auto ids = [&](const std::string& text) {
        std::vector<std::string> all;
        for (const configs::Trial& trial : folder.read(text).trials) {
            all.push_back(trial.id);
        }
        return all;
    };
    const auto missing = [&](const std::string& after, const std::string& before) {
        const std::vector<std::string> done = ids(before);
        const std::vector<std::string> wanted = ids(after);
        return std::count_if(wanted.begin(), wanted.end(),
                             [&](const std::string& id) { return std::count(done.begin(), done.end(), id) == 0; });
    };
    const std::string axis = "[axes]\n\"training.learning_rate\" = ";
    const std::string before = axis + "[0.001, 0.01]\n";
    EXPECT_EQ(missing(axis + "[0.001, 0.01, 0.1]\n", before), 1);
    EXPECT_EQ(missing(before + "[sweep]\nrepeats = 3\n", before), 4);
    EXPECT_EQ(missing(axis + "{ random = [0, 1], count = 9 }\n", axis + "{ random = [0, 1], count = 6 }\n"), 3);
    EXPECT_EQ(missing(axis + "[0.01]\n", before), 0);
    EXPECT_EQ(missing(before + "[model]\nkernel_size = 3\n", before), 2);
    EXPECT_EQ(
        missing("# a comment\n[training]\nbatch_size = 16\n" + axis + "{ log = [1e-3, 1e-2], count = 2 }\n", before),
        0);
    EXPECT_EQ(
        missing(before + "[execution]\nthreads = 2\n[checkpoint]\nevery = \"1 min\"\n[sweep]\ndescription = \"d\"\n",
                before),
        0);
    EXPECT_EQ(missing(before + "\"training.batch_size\" = [16]\n", before), 0);
}

}  // namespace
}  // namespace attnsweep::tests
