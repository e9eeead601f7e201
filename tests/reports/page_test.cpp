// The report as one page, and its tables and figures, over names that mean harm.
#include <clocale>
#include <cstdlib>
#include <locale>
#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "hostile_corpus.h"
#include "reports/connection.h"
#include "reports/import_paper.h"
#include "reports/inline_svg.h"
#include "reports/query.h"
#include "reports/report.h"
#include "synthetic_sweep.h"
#include "tests/environment_variable.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::map<std::string, std::string> bytes_in(const std::filesystem::path& folder)
{
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files[entry.path().filename()] = files::read_file(entry.path());
    return files;
}

std::vector<std::string> all_matches(const std::string& text, const std::regex& pattern)
{
    std::vector<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
        found.push_back((*at)[1]);
    return found;
}

/// What is wrong with the nesting of a page's elements; empty when each is closed in its place. A name that had broken out of
/// its text would show here.
std::string wrong_nesting(const std::string& html)
{
    static const std::set<std::string> void_elements{"meta", "link", "br"};
    std::vector<std::string> open;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
        if (html.compare(at, 2, "<!") == 0)
            continue;
        const std::size_t end = html.find('>', at);
        if (end == std::string::npos)
            return "an element does not end";
        const bool is_closing = html[at + 1] == '/';
        const std::size_t name_at = at + (is_closing ? 2 : 1);
        const std::string name = html.substr(name_at, html.find_first_of(" \n/>", name_at) - name_at);
        if (is_closing) {
            if (open.empty() || open.back() != name)
                return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
            open.pop_back();
        } else if (html[end - 1] != '/' && !void_elements.contains(name)) {
            open.push_back(name);
        }
    }
    return open.empty() ? "" : open.back() + " is not closed";
}

const std::regex within_the_page(" (?:xlink:)?href=[\"']#([^\"']*)[\"']");

void expect_links_lead_somewhere(const std::string& html)
{
    std::multiset<std::string> ids;
    for (const std::string& id : all_matches(html, std::regex(" id=[\"']([^\"']*)[\"']")))
        ids.insert(id);
    for (const std::string& id : ids)
        EXPECT_EQ(ids.count(id), 1U) << id;
    for (const std::string& link : all_matches(html, within_the_page))
        EXPECT_EQ(ids.count(link), 1U) << link;
    for (const std::string& label : all_matches(html, std::regex("aria-labelledby=\"([^\"]*)\"")))
        EXPECT_EQ(ids.count(label), 1U) << label;
}

/// Attributes and elements alone, without what stands between them.
std::string markup_of(const std::string& html)
{
    std::string markup;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1))
        markup += html.substr(at, html.find('>', at) + 1 - at);
    return std::regex_replace(markup, std::regex("\"[^\"]*\"|'[^']*'"), "\"\"");
}

class PageTest : public testing::Test {
protected:
    std::string page(const std::string& name = "report") { return files::read_file(written(name) / "index.html"); }
    std::filesystem::path written(const std::string& name = "report", const ReportOptions& options = {})
    {
        if (!std::filesystem::exists(folder_ / name))
            write_report(store_, options, folder_ / name);
        return folder_ / name;
    }

    tests::TemporaryFolder folder_;
    Store store_ = Store::open_to_write(folder_ / "results.db");
};

TEST_F(PageTest, ItHoldsEverySection)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    for (const char* id :
         {"table-2", "ratios", "claims", "curves", "table-1", "confusion", "mistakes", "recordings", "classes",
          "change", "cost", "making", "failed", "missing", "trials", "configuration-1", "configuration-10"})
        EXPECT_THAT(html, HasSubstr(" id=\"" + std::string(id) + "\"")) << id;
    EXPECT_THAT(html, AllOf(HasSubstr("sample rate 22050 Hz, hop 256"), HasSubstr("by clip at random"),
                            HasSubstr("not to be told from chance here."), HasSubstr("--set training.max_epochs=60"),
                            HasSubstr("seeds: split 1, init 2, order 2"), HasSubstr("libtorch 2.11.0")));
    EXPECT_EQ(wrong_nesting(html), "");
}

TEST_F(PageTest, EachLinkLeadsToAPlaceThatIsThereOnce)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    expect_links_lead_somewhere(html);
    EXPECT_GT(all_matches(html, within_the_page).size(), 100U);
    for (const std::string& file : all_matches(html, std::regex("<a href=\"([^#\"]*)\"")))
        EXPECT_TRUE(std::filesystem::exists(written() / file)) << file;
}

TEST_F(PageTest, ItNeedsNothingFromElsewhereAndRunsNothing)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    EXPECT_THAT(html, HasSubstr("default-src 'none'"));
    EXPECT_THAT(html, AllOf(Not(HasSubstr("<script")), Not(HasSubstr(" src=")), Not(HasSubstr("@import")),
                            Not(HasSubstr("url("))));
    for (const std::string& address : all_matches(html, std::regex("(https?://[^\"' <]*)")))
        EXPECT_THAT(address, HasSubstr("http://www.w3.org/")) << "an XML name space is no address that is fetched";
}

TEST_F(PageTest, NamesThatMeanHarmAreText)
{
    const configs::Sweep sweep = hostile_sweep();
    fill_hostile(store_, sweep);
    const auto files = bytes_in(written());
    if (std::system("gnuplot --version > /dev/null 2>&1") == 0) {
        for (const char* name : {"class_change.svg", "confusion-1.svg", "figure2.svg", "cost.svg"})
            EXPECT_TRUE(files.contains(name)) << name << " could not be drawn with these names";
    }
    const std::string& html = files.at("index.html");
    EXPECT_EQ(wrong_nesting(html), "");
    const std::string markup = markup_of(html);
    for (const char* word : {"<script", "<img", "<b>", "onerror", "onload", "onfocus", "javascript:"})
        EXPECT_THAT(markup, Not(HasSubstr(word))) << word;
    EXPECT_THAT(html,
                AllOf(HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"), HasSubstr("it&#39;s &quot;quoted&quot;"),
                      Not(HasSubstr("\xE2\x80\xAE")), Not(HasSubstr("/home/who"))));
    for (const auto& [name, bytes] : files) {
        if (name.ends_with(".svg")) {
            EXPECT_EQ(wrong_nesting(bytes.substr(bytes.find("<svg"))), "") << name;
            EXPECT_THAT(markup_of(bytes), AllOf(Not(HasSubstr("<script")), Not(HasSubstr("onload")))) << name;
        }
        if (name.ends_with(".json")) {
            EXPECT_FALSE(nlohmann::json::parse(bytes, nullptr, false).is_discarded()) << name;
        }
        if (name.ends_with(".csv")) {
            EXPECT_FALSE(std::regex_search(bytes, std::regex("(^|,|\\n)\"?[=@]"))) << name;
        }
        if (name.ends_with(".tex") && name != "report.tex") {
            EXPECT_THAT(bytes, AllOf(Not(HasSubstr("\\input{")), Not(HasSubstr("\\write18{")))) << name;
        }
    }
    EXPECT_FALSE(std::filesystem::exists("pwned"));
    EXPECT_FALSE(std::filesystem::exists(written() / "pwned"));
}

TEST_F(PageTest, TheLatexCompiles)
{
    if (std::system("pdflatex --version > /dev/null 2>&1") != 0)
        GTEST_SKIP() << "pdflatex is not installed (Debian: texlive-latex-recommended)";
    fill_hostile(store_, hostile_sweep());
    const std::string line =
        "cd '" + written().string() + "' && pdflatex -interaction=nonstopmode -halt-on-error report.tex > log.txt 2>&1";
    EXPECT_EQ(std::system(line.c_str()), 0) << files::read_file(written() / "log.txt");
    EXPECT_TRUE(std::filesystem::exists(written() / "report.pdf"));
    EXPECT_FALSE(std::filesystem::exists(written() / "pwned"));
}

/// Numbers as some countries write them: 1.234,5.
class CommaNumbers : public std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

TEST_F(PageTest, TheSameStoreGivesTheSameBytesWhateverTheLocale)
{
    fill(store_, synthetic_sweep());
    const auto first = bytes_in(written("first"));
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new CommaNumbers));
    const std::string c_before = std::setlocale(LC_ALL, nullptr);
    const bool has_german = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;  // only where the system has it
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    const auto second = bytes_in(written("second"));
    unsetenv("LC_ALL");
    std::setlocale(LC_ALL, c_before.c_str());
    std::locale::global(before);
    RecordProperty("german_locale", has_german ? "there" : "not installed");
    ASSERT_EQ(first.size(), second.size());
    for (const auto& [name, bytes] : first)
        EXPECT_TRUE(second.at(name) == bytes) << name << " differs";
}

TEST_F(PageTest, WithoutTheMatricesFilesThePageHasThem)
{
    fill(store_, synthetic_sweep());
    ReportOptions options;
    options.matrix_files = false;
    const auto files = bytes_in(written("report", options));
    EXPECT_FALSE(files.contains("confusion-1.png"));
    EXPECT_THAT(files.at("index.html"), HasSubstr("id=\"matrix-10\""));
    EXPECT_THAT(files.at("index.html"), Not(HasSubstr("confusion-1.png")));
}

TEST_F(PageTest, AnUnfinishedSweepSaysWhatIsMissing)
{
    const configs::Sweep sweep = synthetic_sweep("half");
    store_.record_sweep(sweep);
    for (int i = 0; i < 5; ++i)
        store_.commit(lifelike_result(sweep.trials[static_cast<std::size_t>(i)]));
    store_.commit(failed_result(sweep.trials[5], "nan", "the loss is nan at epoch 3"));
    const std::string html = page();
    EXPECT_THAT(html,
                AllOf(HasSubstr("5 of 30 trials done, 1 failed, 24 missing"),
                      HasSubstr("nan: the loss is nan at epoch 3"), HasSubstr("cqt-r100-s3</a>: not begun"),
                      HasSubstr("not to be told from chance in what is done so far"), HasSubstr("cannot be said")));
    EXPECT_EQ(wrong_nesting(html), "");
}

TEST_F(PageTest, ASweepThatHasNotBegunHasAPage)
{
    store_.record_sweep(synthetic_sweep());
    const std::string html = page();
    EXPECT_THAT(html, AllOf(HasSubstr("0 of 30 trials done"), HasSubstr("No trial is done yet"),
                            HasSubstr("Left out: no epoch is recorded yet")));
    EXPECT_EQ(wrong_nesting(html), "");
}

TEST_F(PageTest, AMatrixOfAnotherSizeIsDamage)
{
    const configs::Sweep sweep = synthetic_sweep();
    store_.record_sweep(sweep);
    configs::TrialResult result = done_result(sweep.trials[0], {9, 9, 9});
    result.last.confusion = {{9, 1}, {1, 9}};
    store_.commit(result);
    try {
        write_report(store_, {}, folder_ / "report");
        FAIL() << "written";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::damaged);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("stft-r0-s1"), HasSubstr("3 x 3"), HasSubstr("store rebuild")));
    }
}

TEST_F(PageTest, AFailedAttemptsDamagedSettingsAreDamage)
{
    const configs::Sweep sweep = synthetic_sweep();
    store_.record_sweep(sweep);
    store_.commit(failed_result(sweep.trials[0], "error", "no"));
    store_.connection().database().exec("UPDATE attempts SET execution = '{\"host\":5}'");
    try {
        write_report(store_, {}, folder_ / "report");
        FAIL() << "written";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::damaged);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("execution settings"), HasSubstr("store rebuild")));
    }
}

TEST_F(PageTest, WhatIsDamagedOfATrialThatIsDoneHasARemedyToo)
{
    const configs::Sweep sweep = synthetic_sweep();
    store_.record_sweep(sweep);
    store_.commit(lifelike_result(sweep.trials[0]));
    store_.connection().database().exec("UPDATE attempts SET execution = '{\"host\":5}'");
    try {
        write_report(store_, {}, folder_ / "report");
        FAIL() << "written";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::damaged);
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("execution settings"), HasSubstr("results.db"), HasSubstr("store rebuild")));
    }
}

TEST_F(PageTest, WithoutATemporaryFolderItSaysHowToNameOne)
{
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0)
        GTEST_SKIP() << "gnuplot is not installed";
    fill(store_, synthetic_sweep());
    const tests::EnvironmentVariable variable("TMPDIR", "/nonexistent");
    try {
        write_report(store_, {}, folder_ / "report");
        FAIL() << "written";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::unwritable);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("/nonexistent/attnsweep-figure-"), HasSubstr("No such file"),
                                        HasSubstr("name another folder with TMPDIR")));
    }
}

TEST_F(PageTest, OneMatrixThatCannotBeDrawnIsNamedAndTheOthersAreThere)
{
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0)
        GTEST_SKIP() << "gnuplot is not installed";
    fill(store_, synthetic_sweep());
    // A gnuplot that refuses a title; nothing but the third matrix has it.
    std::filesystem::create_directory(folder_ / "bin");
    const std::filesystem::path program = folder_ / "bin" / "gnuplot";
    const std::string path = std::getenv("PATH");
    files::write_durably(program,
                         "#!/bin/sh\nif grep -q '^set title.*stft-r50' script; then echo refused >&2; exit 1; fi\n"
                         "PATH='" +
                             path + "' exec gnuplot \"$@\"\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    const tests::EnvironmentVariable variable("PATH", (folder_ / "bin").string() + ":" + path);
    const WrittenReport written = write_report(store_, {}, folder_ / "report");
    EXPECT_THAT(written.warnings, testing::ElementsAre(AllOf(HasSubstr("confusion-3"), HasSubstr("refused"))));
    const auto files = bytes_in(folder_ / "report");
    for (int number = 1; number <= 10; ++number) {
        for (const char* extension : {".svg", ".png"}) {
            const std::string name = "confusion-" + std::to_string(number) + extension;
            EXPECT_EQ(files.contains(name), number != 3) << name;
            EXPECT_EQ(std::count(written.files.begin(), written.files.end(), folder_ / "report" / name),
                      number == 3 ? 0 : 1)
                << name;
        }
    }
    EXPECT_TRUE(files.contains("cost.svg"));
    EXPECT_THAT(files.at("index.html"), HasSubstr("confusion-3"));
}

TEST_F(PageTest, ThePapersOwnTableHasAPage)
{
    import_paper(store_);
    const std::string html = page();
    EXPECT_THAT(html, AllOf(HasSubstr("10 of 10 trials done"), HasSubstr("STFT: 25\u00A0% has 95.09"),
                            HasSubstr(" · from the paper · "), HasSubstr("one side is the paper&#39;s mean"),
                            HasSubstr("none has a confusion matrix")));
    EXPECT_EQ(wrong_nesting(html), "");
}

TEST_F(PageTest, AFolderThatCannotBeMadeIsNamed)
{
    store_.record_sweep(synthetic_sweep());
    files::write_durably(folder_ / "a file", "x");
    try {
        write_report(store_, {}, folder_ / "a file" / "report");
        FAIL() << "written";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::unwritable);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("the report cannot be written"), HasSubstr("a file")));
    }
}

TEST_F(PageTest, ALargeSweepsPageListsTheExtremesAndWhatIsNotDone)
{
    const configs::Sweep sweep = synthetic_sweep("large", 6);  // 60 trials
    fill(store_, sweep);
    const configs::Sweep wider = synthetic_sweep("large", 7);  // 10 more
    store_.record_sweep(wider);
    finish(store_, failed_result(wider.trials[6], "nan", "the loss is not a number"));
    ReportOptions options;
    options.most_listed = 60;
    const std::string html = files::read_file(written("report", options) / "index.html");
    EXPECT_THAT(html,
                HasSubstr("<p>30 of the 70 trials are listed: of each configuration the most and the least accurate, "
                          "and all that failed or are missing. Every"));
    EXPECT_EQ(all_matches(html, std::regex("<tr class=\"trial\" id=\"([^\"]*)\"")).size(), 30U);
    EXPECT_THAT(html, HasSubstr("stft-r0: 6 of 7 trials done, 1 failed</th>"));
    EXPECT_THAT(html, HasSubstr("60 of 70 trials done, 1 failed, 9 missing"));
    EXPECT_EQ(wrong_nesting(html), "");
    expect_links_lead_somewhere(html);

    // Of a configuration the two that a question to the store has first and last.
    Query query;
    query.where = "current and configuration = 'cqt-r25' and accuracy is not null";
    query.sort = {"-accuracy"};
    query.columns = {"label"};
    std::vector<std::string> labels;
    run_query(store_, query, [&](const std::vector<Value>& row) { labels.push_back(std::get<std::string>(row[0])); });
    ASSERT_EQ(labels.size(), 6U);
    EXPECT_THAT(html, AllOf(HasSubstr(">" + labels.front() + "</th><td>done, most accurate<"),
                            HasSubstr(">" + labels.back() + "</th><td>done, least accurate<"),
                            Not(HasSubstr(">" + labels[2] + "</th><td>done"))));

    options.most_listed = 70;
    const std::string whole = files::read_file(written("whole", options) / "index.html");
    EXPECT_EQ(all_matches(whole, std::regex("<tr class=\"trial\" id=\"([^\"]*)\"")).size(), 70U);
    EXPECT_THAT(whole, HasSubstr("Every number above is made of these."));
}

TEST_F(PageTest, ALargeSweepsPageSaysOfWhichConfigurationsItListsWhat)
{
    const configs::Sweep sweep = synthetic_sweep("large", 3);  // 10 configurations
    auto listed = [&, number = 0](std::size_t most) mutable {
        ReportOptions options;
        options.most_listed = most;
        const std::string name = "report " + std::to_string(++number);
        const std::string html = files::read_file(written(name, options) / "index.html");
        EXPECT_EQ(wrong_nesting(html), "");
        expect_links_lead_somewhere(html);
        const auto rows = all_matches(html, std::regex("<tr class=\"trial\" id=\"([^\"]*)\"")).size();
        EXPECT_THAT(html, HasSubstr("<p>" + std::to_string(rows) + " of the 30 trials are listed: "));
        return all_matches(html, std::regex("trials are listed: ([^.]*)[.]")).at(0);
    };
    store_.record_sweep(sweep);
    EXPECT_EQ(listed(20), "all that failed or are missing") << "none is the most accurate";
    auto finish_until = [&, done = std::size_t{0}](std::size_t end) mutable {
        for (; done < end; ++done)
            store_.commit(lifelike_result(sweep.trials[done]));
    };
    finish_until(12);
    EXPECT_EQ(listed(26),
              "of each of the 4 configurations with a trial done the most and the least accurate, and all that "
              "failed or are missing");
    EXPECT_EQ(listed(25),
              "of each of the 4 configurations with a trial done the most accurate, and all that failed or are "
              "missing");
    finish_until(30);
    EXPECT_EQ(listed(20), "of each configuration the most and the least accurate");
    EXPECT_EQ(listed(19), "of each configuration the most accurate");
    EXPECT_EQ(listed(10), "of each configuration the most accurate");
    EXPECT_EQ(listed(6), "of the first 6 of the 10 configurations with a trial done the most accurate");
}

TEST_F(PageTest, WhatALargeSweepsPageSaysToTypeGivesTheOthers)
{
    const std::string odd_folder = "it's a \"$(touch broken)\" folder";
    std::filesystem::create_directory_symlink(folder_.path(), folder_ / odd_folder);
    std::filesystem::create_directory(folder_ / "elsewhere");
    for (const std::string name : {"plain", "it's \"$(touch broken)\" `touch broken` \\ 5%, all"}) {
        fill(store_, synthetic_sweep(name, 3));
        ReportOptions options;
        options.sweep = name;
        options.store = "../" + odd_folder + "/results.db";
        options.most_listed = 20;
        const std::string html =
            files::read_file(written("report of " + std::to_string(name.size()), options) / "index.html");
        std::string commands = all_matches(html, std::regex("To see the others[^]*?<pre[^>]*>([^<]*)</pre>")).at(0);
        for (const auto& [escaped, letter] : {std::pair("&quot;", "\""), {"&#39;", "'"}, {"&gt;", ">"}, {"&amp;", "&"}})
            commands = std::regex_replace(commands, std::regex(escaped), letter);
        files::write_durably(folder_ / "elsewhere" / "commands", "set -e\n" + commands);
        const std::string run = "cd " + (folder_ / "elsewhere").string() +
                                " && unset ATTNSWEEP_STORE && PATH=" ATTNSWEEP_BIN_DIR ":$PATH sh commands > answer";
        ASSERT_EQ(std::system(run.c_str()), 0) << commands;
        const auto lines = [&](const char* file) {
            const std::string text = files::read_file(folder_ / "elsewhere" / file);
            return std::count(text.begin(), text.end(), '\n');
        };
        EXPECT_EQ(lines("answer"), 3 + 2) << "a configuration's repeats, below the names of the columns and a rule";
        EXPECT_EQ(lines("trials.csv"), 30 + 1);
        EXPECT_FALSE(std::filesystem::exists(folder_ / "elsewhere" / "broken"));
    }
}

TEST_F(PageTest, TheStoreIsNamedWhereAQueryWouldNotTakeItAnyhow)
{
    store_.record_sweep(synthetic_sweep("large", 201));  // 2,010 trials
    std::filesystem::create_directory(folder_ / "elsewhere");
    const auto commands = [&](const std::string& environment, const std::string& words) {
        const std::string line = "cd " + (folder_ / "elsewhere").string() + " && unset ATTNSWEEP_STORE && " +
                                 environment + " " ATTNSWEEP_BIN_DIR "/attnsweep report --out report " + words +
                                 " > said 2>&1";
        EXPECT_EQ(std::system(line.c_str()), 0) << files::read_file(folder_ / "elsewhere" / "said");
        return all_matches(files::read_file(folder_ / "elsewhere" / "report" / "index.html"),
                           std::regex("(attnsweep query [^\n]*)"));
    };
    EXPECT_THAT(commands("", "--store ../results.db"),
                testing::Each(HasSubstr("attnsweep query --store &quot;../results.db&quot; --where")));
    EXPECT_THAT(commands("ATTNSWEEP_STORE=../results.db", ""), testing::Each(HasSubstr("attnsweep query --where")));
    EXPECT_EQ(commands("ATTNSWEEP_STORE=../results.db", "").size(), 2U);
}

TEST_F(PageTest, OfManyUnfinishedTrialsTheFirstAreNamed)
{
    store_.record_sweep(synthetic_sweep("large", 201));  // 2,010 trials
    const std::string html = page();
    EXPECT_THAT(
        html,
        AllOf(
            HasSubstr("<p>200 of the 2010 trials are listed: of those that failed or are missing the first 200 each."),
            HasSubstr("And 1810 more")));
    EXPECT_EQ(wrong_nesting(html), "");
    expect_links_lead_somewhere(html);
}

TEST(InlineSvg, TakesThePagesColoursAndIdsOfItsOwn)
{
    const std::string svg = inline_svg("<?xml version=\"1.0\"?>\n<svg \n width=\"4\">\n<title>x</title><defs>"
                                       "<path id='gpPt0' stroke='rgb(  0, 114, 178)'/></defs><use xlink:href='#gpPt0' "
                                       "color=\"black\"/><text>rgb(0,0,0) &lt;b></text></svg>",
                                       "one", "says \"it\"");
    EXPECT_EQ(svg, "<svg class=\"plot\" role=\"img\" aria-label=\"says &quot;it&quot;\" width=\"4\"><defs>"
                   "<path id='one-gpPt0' stroke='var(--s0)'/></defs><use xlink:href='#one-gpPt0' "
                   "color=\"var(--ink)\"/><text>rgb(0,0,0) &lt;b></text></svg>\n");
    EXPECT_EQ(inline_svg("no picture", "one", ""), "");
}

}  // namespace
}  // namespace attnsweep::reports
