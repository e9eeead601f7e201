#pragma once

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "reports/report.h"
#include "store/error.h"
#include "store/store.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {

inline std::map<std::string, std::string> bytes_in(const std::filesystem::path& folder)
{
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        files[entry.path().filename()] = files::read_file(entry.path());
    }
    return files;
}

inline std::vector<std::string> all_matches(const std::string& text, const std::regex& pattern)
{
    std::vector<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
        found.push_back((*at)[1]);
    }
    return found;
}

/// What is wrong with the nesting of a page's elements; empty when each is closed in its place. A name that had broken out of
/// its text would show here.
inline std::string wrong_nesting(const std::string& html)
{
    static const std::set<std::string> void_elements{"meta", "link", "br"};
    std::vector<std::string> open;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
        if (html.compare(at, 2, "<!") == 0) {
            continue;
        }
        const std::size_t end = html.find('>', at);
        if (end == std::string::npos) {
            return "an element does not end";
        }
        const bool is_closing = html[at + 1] == '/';
        const std::size_t name_at = at + (is_closing ? 2 : 1);
        const std::string name = html.substr(name_at, html.find_first_of(" \n/>", name_at) - name_at);
        if (is_closing) {
            if (open.empty() || open.back() != name) {
                return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
            }
            open.pop_back();
        } else if (html[end - 1] != '/' && !void_elements.contains(name)) {
            open.push_back(name);
        }
    }
    return open.empty() ? "" : open.back() + " is not closed";
}

inline const std::regex within_the_page(" (?:xlink:)?href=[\"']#([^\"']*)[\"']");

inline void expect_links_lead_somewhere(const std::string& html)
{
    std::multiset<std::string> ids;
    for (const std::string& id : all_matches(html, std::regex(" id=[\"']([^\"']*)[\"']"))) {
        ids.insert(id);
    }
    for (const std::string& id : ids) {
        EXPECT_EQ(ids.count(id), 1U) << id;
    }
    for (const std::string& link : all_matches(html, within_the_page)) {
        EXPECT_EQ(ids.count(link), 1U) << link;
    }
    for (const std::string& label : all_matches(html, std::regex("aria-labelledby=\"([^\"]*)\""))) {
        EXPECT_EQ(ids.count(label), 1U) << label;
    }
}

class PageTest : public testing::Test {
protected:
    std::string page(const std::string& name = "report") { return files::read_file(written(name) / "index.html"); }
    std::filesystem::path written(const std::string& name = "report", const ReportOptions& options = {})
    {
        if (!std::filesystem::exists(folder_ / name)) {
            write_report(store_, options, folder_ / name);
        }
        return folder_ / name;
    }

    /// The report of `store_` at `place` in `folder_` is refused by an error of this kind whose message is so.
    void expect_refused(store::Error::Kind kind, const testing::Matcher<std::string>& message,
                        const std::filesystem::path& place = "report")
    {
        try {
            write_report(store_, {}, folder_.path() / place);
            FAIL() << "written";
        } catch (const store::Error& error) {
            EXPECT_EQ(error.kind(), kind);
            EXPECT_THAT(std::string(error.what()), message);
        }
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
};

}  // namespace attnsweep::reports
