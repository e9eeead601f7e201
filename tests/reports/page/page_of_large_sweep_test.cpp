// The page of a sweep of more trials than it can list.
#include <algorithm>
#include <cstdlib>

#include "store/reading/query.h"
#include "tests/paths.h"
#include "tests/reports/page/page_fixture.h"
#include "tests/store/synthetic_sweep.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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
    store::Query query;
    query.where = "current and configuration = 'cqt-r25' and accuracy is not null";
    query.sort = {"-accuracy"};
    query.columns = {"label"};
    std::vector<std::string> labels;
    store::run_query(store_, query,
                     [&](const std::vector<store::Value>& row) { labels.push_back(std::get<std::string>(row[0])); });
    ASSERT_EQ(labels.size(), 6U);
    EXPECT_THAT(html, AllOf(HasSubstr(">" + labels.front() + "</th><td>done, most accurate<"),
                            HasSubstr(">" + labels.back() + "</th><td>done, least accurate<"),
                            Not(HasSubstr(">" + labels[2] + "</th><td>done"))));

    options.most_listed = 70;
    const std::string whole = files::read_file(written("whole", options) / "index.html");
    EXPECT_EQ(all_matches(whole, std::regex("<tr class=\"trial\" id=\"([^\"]*)\"")).size(), 70U);
    EXPECT_THAT(whole, HasSubstr("Every number above comes from these trials."));
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
        for (; done < end; ++done) {
            store_.commit(lifelike_result(sweep.trials[done]));
        }
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
        for (const auto& [escaped, letter] :
             {std::pair("&quot;", "\""), {"&#39;", "'"}, {"&gt;", ">"}, {"&amp;", "&"}}) {
            commands = std::regex_replace(commands, std::regex(escaped), letter);
        }
        files::write_durably(folder_ / "elsewhere" / "commands", "set -e\n" + commands);
        const std::string run = "cd " + (folder_ / "elsewhere").string() +
                                " && unset ATTNSWEEP_STORE && PATH=" + std::string(attnsweep::tests::paths::programs) +
                                ":$PATH sh commands > answer";
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
                                 environment + " " + std::string(attnsweep::tests::paths::programs) +
                                 "/attnsweep report --out report " + words + " > said 2>&1";
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

}  // namespace
}  // namespace attnsweep::reports
