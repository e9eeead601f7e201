#include "reports/page/page.h"

#include <algorithm>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "reports/analysis/statistics.h"
#include "reports/page/page_claims.h"
#include "reports/page/page_classes.h"
#include "reports/page/page_figure.h"
#include "reports/page/page_provenance.h"
#include "reports/page/page_style.h"
#include "reports/tables/anchors.h"
#include "reports/tables/escaping.h"
#include "reports/tables/table_html.h"
#include "reports/tables/table_notes.h"
#include "reports/tables/table_one.h"
#include "reports/tables/table_two.h"

namespace attnsweep::reports {

namespace {

std::string link(const std::string& anchor, const std::string& words)
{
    return "<a href=\"#" + html_escaped(anchor) + "\">" + html_escaped(words) + "</a>";
}

/// What is best so far: chosen by validation, since the highest of many test results is high by luck, too.
std::string best_words(const SweepSummary& summary)
{
    const std::vector<ConfigurationSummary>& configurations = summary.configurations;
    const auto named = [&](std::size_t place) { return link(configuration_anchor(place), configurations[place].name); };
    const auto accuracy = [&](std::size_t place) { return configurations[place].metrics[&configs::Metrics::accuracy]; };
    std::optional<std::size_t> by_test;
    for (std::size_t i = 0; i < configurations.size(); ++i) {
        if (accuracy(i).n > 0 && (!by_test || accuracy(i).mean > accuracy(*by_test).mean)) {
            by_test = i;
        }
    }
    if (!by_test) {
        return {};
    }
    const std::optional<std::size_t> best = best_by_validation(summary);
    if (!best) {
        return fmt::format("Most accurate: {}, {:.2f} %.", named(*by_test), 100 * accuracy(*by_test).mean);
    }
    std::string words = fmt::format("Best by validation loss: {}, {:.4f}; its test accuracy is {:.2f} %.", named(*best),
                                    configurations[*best].validation_loss.mean, 100 * accuracy(*best).mean);
    if (accuracy(*by_test).mean > accuracy(*best).mean) {
        words += fmt::format(" Chosen by test accuracy it would be {} ({:.2f} %), a number too good for having been "
                             "chosen by.",
                             named(*by_test), 100 * accuracy(*by_test).mean);
    }
    return words;
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
    out += best_words(content.summary);
    for (const std::string& warning : content.warnings) {
        out += "<br>Left out: " + html_escaped(warning) + ".";
    }
    return out + "\n</div>\n";
}

std::string section(const std::string& id, const std::string& heading, const std::string& body)
{
    return "<section aria-labelledby=\"" + id + "\">\n<h2 id=\"" + id + "\">" + heading + "</h2>\n" + body +
           "</section>\n";
}

std::string head(const PageContent& content)
{
    const store::SweepEntry& sweep = content.summary.sweep;
    std::string out =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
        "data:\">\n"
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
    const bool paper = content.summary.beside_paper;
    for (const auto& [id, words] :
         std::vector<std::pair<std::string, std::string>>{{"table-2", paper ? "Table II" : "Test metrics"},
                                                          {"ratios", "Accuracy by ratio"},
                                                          {"claims", paper ? "The paper's claims" : ""},
                                                          {"curves", "Learning curves"},
                                                          {"table-1", paper ? "Table I" : "Clips"},
                                                          {"confusion", "Confusion"},
                                                          {"mistakes", "Mistakes"},
                                                          {"recordings", "Recordings"},
                                                          {"change", "Per class, 0 to 25 %"},
                                                          {"cost", "Cost"},
                                                          {"making", "Provenance"},
                                                          {"trials", "Trials"}}) {
        out += words.empty() ? "" : "<li>" + link(id, words) + "</li>\n";
    }
    return out + "</ul>\n</nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n" + standing(content);
}

}  // namespace

std::string render_page(const PageContent& content)
{
    std::string out = head(content);
    out += section("table-2", content.summary.beside_paper ? "Table II: test metrics" : "Test metrics",
                   to_html(table_two_for_page(content.summary), "metrics"));
    out += section("ratios", "Accuracy against attention ratio",
                   figure_html(content.ratios, "Nothing to draw yet: no trial is done, or gnuplot is not installed."));
    out += claims_section(content);
    out +=
        section("curves", content.summary.beside_paper ? "Figure 2: learning curves" : "Learning curves",
                figure_html(content.curves, "Nothing to draw yet: no epoch is recorded, or gnuplot is not installed."));
    out += section("table-1", content.summary.beside_paper ? "Table I: clips" : "Clips",
                   to_html(table_one(content.summary, content.split, Format::text), "clips"));
    out += classes_sections(content);
    out += section("cost", "Cost against accuracy",
                   figure_html(content.cost, "Nothing to draw yet: no trial is done, or gnuplot is not installed.") +
                       to_html(cost_table(content.summary, content.costs, true), "costs"));
    out += making_section(content);
    out += trials_section(content);
    out += "</main>\n<footer>\n";
    if (!content.files.empty()) {
        out += "<p>Files written beside this page: ";
        for (std::size_t i = 0; i < content.files.size(); ++i) {
            out += (i == 0 ? "" : ", ") + std::string("<a href=\"") + html_escaped(content.files[i]) + "\">" +
                   html_escaped(content.files[i]) + "</a>";
        }
        out += ".</p>\n";
    }
    return out + "<p class=\"soft\">Written by <code>attnsweep report</code>. It needs no network and runs no "
                 "script.</p>\n</footer>\n</body>\n</html>\n";
}

}  // namespace attnsweep::reports
