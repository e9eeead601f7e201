// The report as one page, and its tables and figures, over names that mean harm.
#include <clocale>
#include <cstdlib>
#include <locale>

#include <nlohmann/json.hpp>

#include "reports/figures/inline_svg.h"
#include "reports/page/page_script.h"
#include "store/annotations.h"
#include "store/import_paper.h"
#include "tests/reports/hostile_corpus.h"
#include "tests/reports/page/page_fixture.h"
#include "tests/store/synthetic_sweep.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Attributes and elements alone, without what stands between them.
std::string markup_of(const std::string& html)
{
    std::string markup;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
        markup += html.substr(at, html.find('>', at) + 1 - at);
    }
    return std::regex_replace(markup, std::regex("\"[^\"]*\"|'[^']*'"), "\"\"");
}

TEST_F(PageTest, ItHoldsEverySection)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    for (const char* id :
         {"table-2", "ratios", "claims", "curves", "table-1", "confusion", "mistakes", "recordings", "classes",
          "change", "cost", "making", "failed", "missing", "trials", "configuration-1", "configuration-10"}) {
        EXPECT_THAT(html, HasSubstr(" id=\"" + std::string(id) + "\"")) << id;
    }
    EXPECT_THAT(html, AllOf(HasSubstr("sample rate 22050 Hz, hop 256"), HasSubstr("by clip at random"),
                            HasSubstr("not separable here<"), HasSubstr("--set training.max_epochs=60"),
                            HasSubstr("seeds: split 1, init 2, order 2"), HasSubstr("libtorch 2.11.0")));
    EXPECT_EQ(wrong_nesting(html), "");
}

TEST_F(PageTest, HiddenTrialsAreNamedOnItAndInItsFiles)
{
    const configs::Sweep sweep = synthetic_sweep();
    fill(store_, sweep);
    const configs::Trial& trial = sweep.trials.front();
    store::annotate_once(store_, {store::Annotation::Kind::hidden, {}, {}, trial.id, {}, "1"});
    const std::string words = "1 trial is hidden by";
    EXPECT_THAT(page(), AllOf(HasSubstr(words), HasSubstr(trial.label)));
    EXPECT_THAT(files::read_file(written() / "table2.md"), HasSubstr(words));
}

TEST_F(PageTest, ClaimsStandInATableAndTheirComparisonsAreFoldedAway)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    const std::size_t begin = html.find("<table class=\"claims\">"), end = html.find("</table>", begin);
    ASSERT_NE(begin, std::string::npos);
    const std::string table = html.substr(begin, end - begin);
    EXPECT_THAT(table, AllOf(HasSubstr("<th scope=\"col\">verdict</th>"),
                             HasSubstr("rowspan=\"2\">1. 25 % attention beats all other ratios, for both inputs.</th>"),
                             HasSubstr("5. The macro columns agree with the accuracy.</th>"),
                             HasSubstr("STFT: 25\u00A0% has"), HasSubstr("<br>against ")));
    EXPECT_EQ(all_matches(table, std::regex("<span class=\"verdict([^\"]*)\"")).size(), 6U)
        << "the first is of both inputs";
    EXPECT_THAT(table, Not(HasSubstr("The paper's own table")));
    const std::string after = html.substr(end, html.find("</section>", end) - end);
    EXPECT_THAT(after, testing::StartsWith("</table>\n<details><summary>Every comparison"));
    EXPECT_THAT(after, AllOf(HasSubstr("The paper's own table: "), HasSubstr("<ol class=\"comparisons\">"),
                             HasSubstr("</details>")));
}

TEST_F(PageTest, OfTheNotesUnderTableTwoThreeStandOpen)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    const std::size_t begin = html.find("<ul class=\"notes\">"), fold = html.find("<details><summary>", begin);
    const std::string open = html.substr(begin, fold - begin);
    EXPECT_EQ(all_matches(open, std::regex("<li>([^<]*)</li>")).size(), 3U);
    EXPECT_THAT(open,
                AllOf(HasSubstr("30 of 30 trials done"), HasSubstr("Second line: the paper"), HasSubstr("Split: ")));
    EXPECT_THAT(html.substr(fold, html.find("</details>", fold) - fold),
                AllOf(HasSubstr("more notes on this table"), HasSubstr("Weights: last"), HasSubstr("Geometry: ")));
}

TEST_F(PageTest, BesideEachModelStandsThePapersValueAndTheDifferenceToIt)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    EXPECT_EQ(all_matches(html, std::regex("<tr class=\"[^\"]*reference\"><th scope=\"row\">(paper .difference.)</th>"))
                  .size(),
              10U);
    EXPECT_TRUE(std::regex_search(html, std::regex("<td class=\"n\">95[.]09 [(][+-][0-9.]+[)]</td>")));
}

TEST_F(PageTest, OnDataOfOnesOwnItHasNoWordOfThePaper)
{
    configs::Sweep sweep = synthetic_sweep();
    sweep.data.classes = {"yes", "no", "tuba"};
    fill(store_, sweep);
    const std::string html = page();
    EXPECT_EQ(all_matches(html, std::regex("[Pp]aper's|paper \\(|Table I|Figure 2|95\\.09")).size(), 0U);
    EXPECT_THAT(html, AllOf(HasSubstr("Best by validation loss: "), HasSubstr("; its test accuracy is "),
                            HasSubstr("Chosen by test accuracy it would have been")));
    EXPECT_THAT(html, AllOf(Not(HasSubstr("id=\"claims\"")), HasSubstr(">Test metrics<"), HasSubstr(">Clips<")));
    EXPECT_THAT(files::read_file(folder_ / "report/report.md"), Not(testing::ContainsRegex("paper|Table I")));
    ReportOptions options;
    const std::string csv = render_report(store_, options, Format::csv);
    EXPECT_THAT(csv, Not(HasSubstr("paper")));
    options.paper = PaperBeside::yes;
    EXPECT_THAT(render_report(store_, options, Format::text), AllOf(HasSubstr("Table II."), HasSubstr("  paper, +-")));
    store_.record_sweep(synthetic_sweep("of the paper's classes"));
    options.paper = PaperBeside::no;
    EXPECT_THAT(render_report(store_, options, Format::text), Not(HasSubstr("Table I")));
    options.paper = PaperBeside::automatic;
    EXPECT_THAT(render_report(store_, options, Format::text), HasSubstr("Table II."));
    EXPECT_THROW(paper_beside_from("maybe"), store::Error);
}

TEST_F(PageTest, OnDataOfOnesOwnASectionWithoutContentIsLeftOut)
{
    configs::Sweep sweep = synthetic_sweep();
    sweep.data.classes = {"yes", "no", "tuba"};
    std::erase_if(sweep.trials, [](const configs::Trial& trial) { return trial.spec.model.attention_ratio != 0.5; });
    store_.record_sweep(sweep);
    const std::string before = page("before");
    for (const char* id : {"ratios", "claims", "curves", "confusion", "mistakes", "recordings", "change", "axes"}) {
        EXPECT_THAT(before, Not(HasSubstr("#" + std::string(id) + "\""))) << id;
    }
    EXPECT_THAT(before, Not(HasSubstr("Nothing to draw")));
    expect_links_lead_somewhere(before);
    EXPECT_EQ(wrong_nesting(before), "");
    for (const configs::Trial& trial : sweep.trials) {
        configs::TrialResult result = lifelike_result(trial);
        result.classes = sweep.data.classes;
        store_.commit(result);
    }
    const std::string html = page();
    EXPECT_THAT(html, AllOf(HasSubstr("id=\"confusion\""), HasSubstr("id=\"mistakes\""), HasSubstr("id=\"cost\"")));
    EXPECT_THAT(html, AllOf(Not(HasSubstr("attention ratio in %")), Not(HasSubstr("id=\"ratios\"")),
                            Not(HasSubstr("id=\"change\"")), Not(HasSubstr("figure2"))));
}

TEST_F(PageTest, EveryAxisIsDrawnAndPairsOfAxesToo)
{
    const configs::Sweep sweep = sweep_of_three_axes();
    fill_as_done(store_, sweep);
    const std::string html = page();
    EXPECT_THAT(html, HasSubstr("<table id=\"validation-results\" class=\"sortable\">"));
    if (std::system("gnuplot --version > /dev/null 2>&1") == 0) {
        EXPECT_THAT(html, HasSubstr("learning_rate, mean test accuracy at 0.0001: "));
        EXPECT_THAT(html, AllOf(HasSubstr("id=\"axes\""), HasSubstr("id=\"figure-axes\""),
                                HasSubstr("id=\"figure-axis_pairs\""), HasSubstr("id=\"figure-learning_curves\"")));
        EXPECT_THAT(files::read_file(folder_ / "report/report.md"), HasSubstr("(axes.svg)"));
    }
    EXPECT_EQ(wrong_nesting(html), "");
}

TEST_F(PageTest, EachLinkLeadsToAPlaceThatIsThereOnce)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    expect_links_lead_somewhere(html);
    EXPECT_GT(all_matches(html, within_the_page).size(), 100U);
    for (const std::string& file : all_matches(html, std::regex("<a href=\"([^#\"]*)\""))) {
        EXPECT_TRUE(std::filesystem::exists(written() / file)) << file;
    }
}

TEST_F(PageTest, ItNeedsNothingFromElsewhereAndRunsItsOwnScriptAlone)
{
    fill(store_, synthetic_sweep());
    const std::string html = page();
    EXPECT_THAT(html, HasSubstr("default-src 'none'"));
    EXPECT_THAT(html, AllOf(Not(HasSubstr(" src=")), Not(HasSubstr("@import")), Not(HasSubstr("url("))));
    EXPECT_EQ(all_matches(html, std::regex("(<script)")).size(), 1U) << "its own";
    EXPECT_THAT(html, HasSubstr("; script-src " + page_script_source() + "\">")) << "and no other would run";
    for (const std::string& address : all_matches(html, std::regex("(https?://[^\"' <]*)"))) {
        EXPECT_THAT(address, HasSubstr("http://www.w3.org/")) << "an XML name space is no address that is fetched";
    }
}

TEST_F(PageTest, NamesThatMeanHarmAreText)
{
    const configs::Sweep sweep = hostile_sweep();
    fill_hostile(store_, sweep);
    const auto files = bytes_in(written());
    if (std::system("gnuplot --version > /dev/null 2>&1") == 0) {
        for (const char* name : {"class_change.svg", "confusion-1.svg", "learning_curves.svg", "cost.svg"}) {
            EXPECT_TRUE(files.contains(name)) << name << " could not be drawn with these names";
        }
    }
    const std::string& html = files.at("index.html");
    EXPECT_EQ(wrong_nesting(html), "");
    const std::string markup = markup_of(html.substr(0, html.rfind("<script>")));  // without its own
    for (const char* word : {"<script", "<img", "<b>", "onerror", "onload", "onfocus", "javascript:"}) {
        EXPECT_THAT(markup, Not(HasSubstr(word))) << word;
    }
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
    if (std::system("pdflatex --version > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "pdflatex is not installed (Debian: texlive-latex-recommended)";
    }
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
    for (const auto& [name, bytes] : first) {
        EXPECT_TRUE(second.at(name) == bytes) << name << " differs";
    }
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
    for (int i = 0; i < 5; ++i) {
        store_.commit(lifelike_result(sweep.trials[static_cast<std::size_t>(i)]));
    }
    store_.commit(failed_result(sweep.trials[5], "nan", "the loss is nan at epoch 3"));
    const std::string html = page();
    EXPECT_THAT(html, AllOf(HasSubstr("5 of 30 trials done, 1 failed, 24 missing"),
                            HasSubstr("nan: the loss is nan at epoch 3"), HasSubstr("cqt-r100-s3</a>: not begun"),
                            HasSubstr("not separable in the trials done so far"), HasSubstr("cannot be decided")));
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

TEST_F(PageTest, ThePapersOwnTableHasAPage)
{
    store::import_paper(store_);
    const std::string html = page();
    EXPECT_THAT(html, AllOf(HasSubstr("10 of 10 trials done"), HasSubstr("STFT: 25\u00A0% has 95.09"),
                            HasSubstr(" · from the paper · "), HasSubstr("one side is the paper&#39;s mean"),
                            HasSubstr("none has a confusion matrix")));
    EXPECT_EQ(wrong_nesting(html), "");
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
