// The page in a real browser. A run keeps its screenshots where ATTNSWEEP_SCREENSHOTS names a folder.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <regex>

#include <sys/wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "reports/report.h"
#include "tests/reports/hostile_corpus.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string browser()
{
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
        if (std::system(("command -v " + std::string(name) + " > /dev/null 2>&1").c_str()) == 0) {
            return name;
        }
    }
    return {};
}

class BrowserTest : public testing::Test {
protected:
    void SetUp() override
    {
        if (browser().empty()) {
            GTEST_SKIP() << "no Chromium is installed (Debian: chromium)";
        }
    }

    /// Returns standard output; what the browser logs goes to `log`. Where Chromium's own processes lose each other, which
    /// happens once in hundreds of starts on a loaded machine, it waits for ever: it is started again, with a new profile.
    std::string run(const std::string& options, const std::filesystem::path& page, std::string* log = nullptr)
    {
        constexpr int starts = 3, ended_by_timeout = 124;
        std::string output;
        for (int start = 1; start <= starts; ++start) {
            const std::string line =
                "timeout -k 5 100 " + browser() +
                " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --no-first-run "
                "--enable-logging=stderr --user-data-dir='" +
                (folder_ / ("profile-" + std::to_string(start))).string() + "' " + options + " 'file://" +
                page.string() + "' 2> '" + (folder_ / "log").string() + "'";
            output.clear();
            std::FILE* pipe = ::popen(line.c_str(), "r");
            std::array<char, 65536> buffer{};
            for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
                output.append(buffer.data(), n);
            }
            const int status = ::pclose(pipe);
            if (start < starts && WIFEXITED(status) && WEXITSTATUS(status) == ended_by_timeout) {
                continue;
            }
            EXPECT_EQ(status, 0) << files::read_file(folder_ / "log");
            break;
        }
        if (log != nullptr) {
            *log = files::read_file(folder_ / "log");
        }
        return output;
    }

    std::string screenshot(const std::filesystem::path& page, const std::string& name, const std::string& options)
    {
        const char* kept = std::getenv("ATTNSWEEP_SCREENSHOTS");
        const std::filesystem::path path = (kept != nullptr ? std::filesystem::path(kept) : folder_.path()) / name;
        run(options + " --screenshot='" + path.string() + "'", page);
        return files::read_file(path);
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
};

TEST_F(BrowserTest, ItOpensWithoutAWordInTheConsole)
{
    fill_hostile(store_, hostile_sweep());
    write_report(store_, {}, folder_ / "report");
    std::string log;
    const std::string dom = run("--dump-dom", folder_ / "report" / "index.html", &log);
    // Whatever a name had opened, the browser would have made an element of it.
    EXPECT_EQ(dom.find("<script"), dom.rfind("<script")) << "its own alone";
    EXPECT_THAT(dom, HasSubstr("<button type=\"button\">accuracy")) << "which the page's policy lets run";
    EXPECT_THAT(dom, Not(HasSubstr("<img")));
    EXPECT_THAT(dom, HasSubstr("<h2 id=\"trials\">"));
    EXPECT_THAT(dom, HasSubstr("</main>"));
    EXPECT_THAT(log, Not(HasSubstr("CONSOLE"))) << log;
}

TEST_F(BrowserTest, TheConsoleIsListenedTo)
{
    files::write_durably(folder_ / "bad.html", "<script>console.error('heard')</script>");
    std::string log;
    run("--dump-dom", folder_ / "bad.html", &log);
    EXPECT_THAT(log, HasSubstr("heard"));
}

TEST_F(BrowserTest, AClickOnAHeadingSortsTheTable)
{
    fill(store_, synthetic_sweep());
    write_report(store_, {}, folder_ / "report");
    std::string html = files::read_file(folder_ / "report" / "index.html");
    const std::size_t policy = html.find("; script-src '"), policy_end = html.find("\">", policy);
    html.replace(policy, policy_end - policy, "; script-src 'unsafe-inline'");
    const std::string click = "document.querySelectorAll('#metrics thead button')[2].click();";
    html.insert(html.find("</body>"), "<script>" + click + click + "</script>\n");
    files::write_durably(folder_ / "report" / "sorted.html", html);
    const std::string dom = run("--dump-dom", folder_ / "report" / "sorted.html");
    const std::size_t begin = dom.find("<table id=\"metrics\""), end = dom.find("</table>", begin);
    const std::string table = dom.substr(begin, end - begin);
    EXPECT_THAT(table, HasSubstr("aria-sort=\"descending\""));
    std::vector<std::string> kinds;
    std::vector<double> accuracies;
    const std::regex row("<tr(?: class=\"([^\"]*)\")?><th scope=\"row\">.*?</th><td[^>]*>.*?</td><td[^>]*>(?:<a "
                         "[^>]*>)?([0-9.]*)");
    for (std::sregex_iterator at(table.begin(), table.end(), row), none; at != none; ++at) {
        kinds.push_back((*at)[1]);
        if (kinds.back().empty()) {
            accuracies.push_back(std::stod((*at)[2]));
        }
    }
    ASSERT_EQ(accuracies.size(), 10U);
    EXPECT_TRUE(std::is_sorted(accuracies.rbegin(), accuracies.rend()));
    ASSERT_EQ(kinds.size(), 21U) << "each model with the paper's values below it, and the baseline";
    for (std::size_t i = 0; i + 1 < kinds.size(); ++i) {
        EXPECT_EQ(kinds[i], i % 2 == 0 ? "" : "reference");
    }
    EXPECT_EQ(kinds.back(), "baseline");
}

TEST_F(BrowserTest, LightAndDarkDiffer)
{
    fill(store_, synthetic_sweep());
    write_report(store_, {}, folder_ / "report");
    const std::filesystem::path page = folder_ / "report" / "index.html";
    const std::string light =
        screenshot(page, "light.png", "--window-size=1200,2400 --blink-settings=preferredColorScheme=1");
    const std::string dark =
        screenshot(page, "dark.png", "--window-size=1200,2400 --blink-settings=preferredColorScheme=0");
    EXPECT_GT(light.size(), 50000U);
    EXPECT_GT(dark.size(), 50000U);
    EXPECT_FALSE(light == dark);
}

TEST_F(BrowserTest, ItPrints)
{
    fill(store_, synthetic_sweep());
    write_report(store_, {}, folder_ / "report");
    run("--no-pdf-header-footer --print-to-pdf='" + (folder_ / "page.pdf").string() + "'",
        folder_ / "report" / "index.html");
    EXPECT_GT(std::filesystem::file_size(folder_ / "page.pdf"), 20000U);
}

TEST_F(BrowserTest, WhatIsFoldedAwayIsPrinted)
{
    fill(store_, synthetic_sweep());
    write_report(store_, {}, folder_ / "report");
    std::string html = files::read_file(folder_ / "report" / "index.html");
    const std::string rule = "details::details-content{";
    const std::size_t at = html.find(rule);
    ASSERT_NE(at, std::string::npos);
    html.replace(at, rule.size(), "nothing{");
    files::write_durably(folder_ / "report" / "folded.html", html);
    const auto printed_pages = [&](const std::string& name) {
        const std::filesystem::path pdf = folder_ / (name + ".pdf");
        run("--no-pdf-header-footer --print-to-pdf='" + pdf.string() + "'", folder_ / "report" / name);
        const std::string bytes = files::read_file(pdf);
        const std::regex page("/Type */Page[^s]");
        return std::distance(std::sregex_iterator(bytes.begin(), bytes.end(), page), std::sregex_iterator());
    };
    EXPECT_GT(printed_pages("index.html"), printed_pages("folded.html"));
}

}  // namespace
}  // namespace attnsweep::reports
