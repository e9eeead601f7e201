#include "reports/page/page.h"

#include <algorithm>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "reports/analysis/statistics.h"
#include "reports/page/page_claims.h"
#include "reports/page/page_classes.h"
#include "reports/page/page_figure.h"
#include "reports/page/page_provenance.h"
#include "reports/page/page_script.h"
#include "reports/page/page_style.h"
#include "reports/tables/anchors.h"
#include "reports/tables/escaping.h"
#include "reports/tables/table_html.h"
#include "reports/tables/table_notes.h"
#include "reports/tables/table_one.h"
#include "reports/tables/table_two.h"
#include "reports/tables/validation_table.h"

namespace attnsweep::reports {

namespace {

std::string link(const std::string& anchor, const std::string& words)
{
    return "<a href=\"#" + html_escaped(anchor) + "\">" + html_escaped(words) + "</a>";
}

std::string linked_to_trials(const SweepSummary& summary, std::size_t place)
{
    return link(configuration_anchor(place), summary.configurations[place].name);
}

/// Where the sweep stands, and what is best so far.
std::string standing(const PageContent& content)
{
    const Completeness counts = completeness_of(content.summary);
    std::string out = std::string("<div class=\"state") + (counts.complete() ? "" : " unfinished") +
                      "\" role=\"note\">\n<strong>" + html_escaped(in_words(counts)) + ".</strong> ";
    if (!counts.complete()) {
        out += "This report covers the trials done so far; " + link("making", "what failed and what is missing") + ". ";
    }
    // Chosen by validation, since the highest of many test results is high by luck, too.
    out += best_in_words(content.summary, [&](std::size_t place) { return linked_to_trials(content.summary, place); });
    if (!content.summary.hidden.empty()) {
        out += "<br>" + html_escaped(hidden_in_words(content.summary.hidden));
    }
    for (const std::string& suspicious : content.summary.suspicious) {
        out += "<br>" + html_escaped(suspicious);
    }
    for (const std::string& warning : content.warnings) {
        out += "<br>Left out: " + html_escaped(warning) + ".";
    }
    return out + "\n</div>\n";
}

/// A part of the page; left out if its body is empty.
struct Section {
    std::string id, in_navigation, heading, body;
};

/// A section that brings its own elements.
Section whole(const std::string& id, const std::string& in_navigation, std::string html)
{
    return {id, in_navigation, "", std::move(html)};
}

/// A figure's section; without a figure, beside the paper, the reason.
std::string drawn_or_reason(const PageContent& content, const std::optional<PageFigure>& figure, const char* reason)
{
    return figure || content.summary.beside_paper ? figure_html(figure, reason) : std::string();
}

std::string axes_body(const PageContent& content)
{
    if (!shows_axes(content.summary, content.axes)) {
        return {};
    }
    return (content.effects ? figure_html(content.effects, "") : std::string()) +
           (content.heat_maps ? figure_html(content.heat_maps, "") : std::string());
}

std::vector<Section> sections_of(const PageContent& content)
{
    const SweepSummary& summary = content.summary;
    const bool paper = summary.beside_paper;
    std::vector<Section> sections;
    sections.push_back({"table-2", paper ? "Table II" : "Test metrics",
                        paper ? "Table II: test metrics" : "Test metrics",
                        to_html(table_two_for_page(summary), "metrics", true)});
    sections.push_back({"validation", "Validation", "Settings and validation",
                        to_html(validation_table(summary, content.axes, true), "validation-results", true)});
    sections.push_back({"axes", "Axes", "Effect of each axis", axes_body(content)});
    sections.push_back({"ratios", "Accuracy by ratio", "Accuracy against attention ratio",
                        drawn_or_reason(content, content.ratios,
                                        "Nothing to draw yet: no trial is done, or gnuplot is not installed.")});
    sections.push_back(whole("claims", "The paper's claims", claims_section(content)));
    sections.push_back({"curves", "Learning curves", paper ? "Figure 2: learning curves" : "Learning curves",
                        drawn_or_reason(content, content.curves,
                                        "Nothing to draw yet: no epoch is recorded, or gnuplot is not installed.")});
    sections.push_back({"table-1", paper ? "Table I" : "Clips", paper ? "Table I: clips" : "Clips",
                        to_html(table_one(summary, content.split, Format::text), "clips")});
    sections.push_back({"confusion", "Confusion", "Confusion matrices", confusion_body(content)});
    sections.push_back({"mistakes", "Mistakes", "Most frequent mistakes", mistakes_body(content)});
    sections.push_back({"recordings", "Recordings", "Single recordings, and confidence", recordings_body(content)});
    sections.push_back(
        {"change", "Per class, 0 to 25 %", "Per class, from 0 % to 25 % attention", changes_body(content)});
    sections.push_back(
        {"cost", "Cost", "Cost against accuracy",
         drawn_or_reason(content, content.cost, "Nothing to draw yet: no trial is done, or gnuplot is not installed.") +
             to_html(cost_table(summary, content.costs, true), "costs")});
    sections.push_back(whole("making", "Provenance", making_section(content)));
    sections.push_back(whole("trials", "Trials", trials_section(content)));
    std::erase_if(sections, [](const Section& section) { return section.body.empty(); });
    return sections;
}

std::string html_of(const Section& section)
{
    if (section.heading.empty()) {
        return section.body;
    }
    return "<section aria-labelledby=\"" + section.id + "\">\n<h2 id=\"" + section.id + "\">" + section.heading +
           "</h2>\n" + section.body + "</section>\n";
}

std::string head(const PageContent& content, const std::vector<Section>& sections)
{
    const store::SweepEntry& sweep = content.summary.sweep;
    std::string out =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
        "data:; script-src " +
        page_script_source() +
        "\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
        "content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>" +
        html_escaped(sweep.name) + ": attnsweep report</title>\n<style>" + page_style + "</style>\n</head>\n<body>\n" +
        "<a class=\"skip\" href=\"#main\">To the content</a>\n<header>\n<h1>" + html_escaped(sweep.name) + "</h1>\n";
    if (!sweep.description.empty()) {
        out += "<p>" + html_escaped(sweep.description) + "</p>\n";
    }
    out += "<p class=\"soft\">" +
           html_escaped(fmt::format("Revision {}, recorded {}. Test numbers under the {} weights.", sweep.revision,
                                    sweep.recorded_at, to_string(content.summary.weights))) +
           "</p>\n<nav aria-label=\"Sections\">\n<ul>\n";
    for (const Section& part : sections) {
        out += "<li>" + link(part.id, part.in_navigation) + "</li>\n";
    }
    return out + "</ul>\n</nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n" + standing(content);
}

}  // namespace

std::string render_page(const PageContent& content)
{
    const std::vector<Section> sections = sections_of(content);
    std::string out = head(content, sections);
    for (const Section& part : sections) {
        out += html_of(part);
    }
    out += "</main>\n<footer>\n";
    if (!content.files.empty()) {
        out += "<p>Files written beside this page: ";
        for (std::size_t i = 0; i < content.files.size(); ++i) {
            out += (i == 0 ? "" : ", ") + std::string("<a href=\"") + html_escaped(content.files[i]) + "\">" +
                   html_escaped(content.files[i]) + "</a>";
        }
        out += ".</p>\n";
    }
    return out +
           "<p class=\"soft\">Written by <code>attnsweep report</code>. It needs no network; its one script "
           "sorts the first two tables by a click on a heading.</p>\n</footer>\n<script>" +
           page_script + "</script>\n</body>\n</html>\n";
}

}  // namespace attnsweep::reports
