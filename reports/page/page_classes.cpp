#include "reports/page/page_classes.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reports/page/page_figure.h"
#include "reports/tables/anchors.h"
#include "reports/tables/class_tables.h"
#include "reports/tables/escaping.h"
#include "reports/tables/table_html.h"

namespace attnsweep::reports {

namespace {

std::string matrix(const PageContent& content, const ConfigurationConfusion& confusion)
{
    const std::vector<std::string>& classes = content.classes;
    const std::vector<configs::ClassMetrics> numbers = configs::class_metrics_of(confusion.counts);
    const std::string& name = content.summary.configurations[confusion.configuration].name;
    const std::string id = fmt::format("matrix-{}", confusion.configuration + 1);
    std::string out = "<div><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"" + id +
                      "\">\n<table class=\"matrix\"><caption id=\"" + id + "\"><a href=\"#" +
                      configuration_anchor(confusion.configuration) + "\">" + html_escaped(name) + "</a>, " +
                      fmt::format("{} repeat{}", confusion.repeats, confusion.repeats == 1 ? "" : "s") +
                      "</caption>\n<thead><tr><td></td>";
    for (const std::string& one : classes) {
        out += "<th scope=\"col\" title=\"" + html_escaped(one) + "\"><span>" + html_escaped(one) + "</span></th>";
    }
    out += "</tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < classes.size(); ++i) {
        out += "<tr><th scope=\"row\" title=\"" + html_escaped(classes[i]) + "\">" + html_escaped(classes[i]) + "</th>";
        for (std::size_t j = 0; j < classes.size(); ++j) {
            const std::int64_t clips = confusion.counts[i][j];
            if (clips == 0) {
                out += "<td></td>";
                continue;
            }
            const double share = static_cast<double>(clips) / static_cast<double>(numbers[i].clips);
            const double shade = std::sqrt(share);
            out += fmt::format("<td class=\"{}{}\" style=\"--v:{:.2f}\" title=\"{} clips\">{:.0f}</td>",
                               i == j ? "r" : "w", i == j && shade > 0.75 ? " d" : "", shade, clips, 100 * share);
        }
        out += "</tr>\n";
    }
    return out + "</tbody></table></div></div>\n";
}

/// A sentence where there is nothing; empty where a section without content is left out.
std::string nothing(const PageContent& content, const std::string& sentence)
{
    return content.summary.beside_paper ? "<p class=\"soft\">" + html_escaped(sentence) + "</p>\n" : std::string();
}

}  // namespace

std::string confusion_body(const PageContent& content)
{
    if (content.confusions.empty()) {
        return nothing(content, "No trial is done yet, or none has a confusion matrix.");
    }
    std::string out =
        "<p>Rows: the true class; columns: the predicted class, in % of the row's test clips, over the repeats done. "
        "Blue is correct, orange is wrong; shades scale with the square root, so that rare mistakes show.</p>\n";
    if (content.confusions.size() <
        static_cast<std::size_t>(std::count_if(content.costs.begin(), content.costs.end(),
                                               [](const ConfigurationCost& cost) { return cost.done > 0; }))) {
        out += fmt::format("<p class=\"soft\">Of the first {} configurations.</p>\n", content.confusions.size());
    }
    // As wide as a cell per class needs, so that none is cut off while the page has room.
    out += fmt::format("<div class=\"matrices\" style=\"--classes:{}\">\n", content.classes.size());
    for (const ConfigurationConfusion& confusion : content.confusions) {
        out += matrix(content, confusion);
    }
    return out + "</div>\n" +
           to_html(classes_table(content.summary, content.classes, content.confusions, true), "classes");
}

std::string mistakes_body(const PageContent& content)
{
    std::string out;
    std::size_t number = 0;
    for (const RatioSeries& series : content.series) {
        const Table table = mistakes_table(content.summary, content.classes, series, content.confusions);
        if (!table.rows.empty()) {
            out += to_html(table, fmt::format("mistakes-{}", ++number));
        }
    }
    return out.empty() ? nothing(content, "No trial is done yet, or none made a mistake.") : out;
}

std::string recordings_body(const PageContent& content)
{
    const std::string unreadable = unreadable_in_words(content.clips);
    if (content.clips.trials == 0) {
        return unreadable.empty() ? nothing(content, "No trial is done yet, or none kept its predictions. ")
                                  : "<p class=\"soft\">No trial is done yet, or none kept its predictions. " +
                                        html_escaped(unreadable) + "</p>\n";
    }
    return (content.clips.hardest.empty()
                ? "<p>No trial predicted any recording wrong.</p>\n"
                : to_html(recordings_table(content.clips, content.classes, content.names, true), "hardest")) +
           to_html(confidence_table(content.summary, content.clips, true), "confidence");
}

std::string changes_body(const PageContent& content)
{
    if (content.changes.empty() && !content.summary.beside_paper) {
        return {};
    }
    std::string out = figure_html(content.change,
                                  "Nothing to draw: no input has both 0 % and 25 % done, or gnuplot is not installed.");
    std::size_t number = 0;
    for (const ClassChange& change : content.changes) {
        out += to_html(change_table(content.classes, change, true), fmt::format("change-{}", ++number));
    }
    return out;
}

}  // namespace attnsweep::reports
