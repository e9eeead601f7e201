#include "reports/report_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "reports/analysis/statistics.h"
#include "reports/tables/class_tables.h"
#include "reports/tables/escaping.h"
#include "reports/tables/table_one.h"
#include "reports/tables/table_two.h"
#include "reports/tables/validation_table.h"

namespace attnsweep::reports {

namespace {

std::string markdown_figure(const std::optional<PageFigure>& figure)
{
    return figure ? "![" + markdown_escaped(figure->caption) + "](" + figure->name + ".svg)\n\n" +
                        markdown_escaped(figure->caption) + "\n\n"
                  : "";
}

std::string latex_figure(const std::optional<PageFigure>& figure)
{
    return figure ? "\\begin{figure}\n\\centering\n\\includegraphics[width=\\linewidth]{" + figure->name +
                        ".png}\n\\caption{" + latex_escaped(figure->caption) + "}\n\\end{figure}\n"
                  : "";
}

}  // namespace

std::vector<std::pair<std::string, NamedTable>> named_tables(const PageContent& content)
{
    const SweepSummary& summary = content.summary;
    std::vector<std::pair<std::string, NamedTable>> tables{
        {"table1",
         {table_one(content.summary, content.split, Format::latex),
          table_one(content.summary, content.split, Format::markdown),
          table_one(content.summary, content.split, Format::csv)}},
        {"table2",
         {table_two(content.summary, Format::latex), table_two(content.summary, Format::markdown),
          table_two(content.summary, Format::csv)}}};
    const Table validation = validation_table(summary, content.axes, true);
    tables.push_back({"validation", {validation, validation, validation_table(summary, content.axes, false)}});
    const Table cost = cost_table(summary, content.costs, true);
    tables.push_back({"cost", {cost, cost, cost_table(summary, content.costs, false)}});
    std::size_t number = 0;
    for (const RatioSeries& series : content.series) {
        const Table table = mistakes_table(summary, content.classes, series, content.confusions);
        if (!table.rows.empty()) {
            tables.push_back({fmt::format("mistakes-{}", ++number), {table, table, table}});
        }
    }
    if (!content.confusions.empty()) {
        const Table classes = classes_table(summary, content.classes, content.confusions, true);
        tables.push_back(
            {"classes", {classes, classes, classes_table(summary, content.classes, content.confusions, false)}});
    }
    const auto add_clips = [&](const char* name, const Table& people, const Table& programs) {
        if (!people.rows.empty()) {
            tables.push_back({name, {people, people, programs}});
        }
    };
    add_clips("recordings", recordings_table(content.clips, content.classes, content.names, true),
              recordings_table(content.clips, content.classes, content.names, false));
    add_clips("confidence", confidence_table(summary, content.clips, true),
              confidence_table(summary, content.clips, false));
    number = 0;
    for (const ClassChange& change : content.changes) {
        const Table table = change_table(content.classes, change, true);
        tables.push_back(
            {fmt::format("change-{}", ++number), {table, table, change_table(content.classes, change, false)}});
    }
    return tables;
}

std::string report_markdown(const PageContent& content)
{
    const SweepSummary& summary = content.summary;
    std::string out = "# Report of sweep " + markdown_escaped(summary.sweep.name) + "\n\n";
    if (!summary.sweep.description.empty()) {
        out += markdown_escaped(summary.sweep.description) + "\n\n";
    }
    out += fmt::format("Revision {}, recorded {}. ", summary.sweep.revision, summary.sweep.recorded_at);
    std::vector<std::string> given;
    for (const std::string& override : summary.sweep.overrides) {
        given.push_back("--set " + override);
    }
    if (!given.empty()) {
        out += "Overrides: " + markdown_escaped(configs::joined(given, " ")) + ".";
    }
    out += "\n\n" + render(table_two(content.summary, Format::markdown), Format::markdown, "table2") + "\n";
    out += render(validation_table(summary, content.axes, true), Format::markdown, "validation") + "\n";
    out += markdown_figure(content.effects) + markdown_figure(content.heat_maps);
    out += markdown_figure(content.ratios) + (content.summary.beside_paper ? "### The paper's claims\n\n" : "");
    for (const Claim& claim : content.claims) {
        out += "- **" + markdown_escaped(claim.words) + "** The paper's own table: " + markdown_escaped(claim.paper) +
               "\n";
        for (const Finding& finding : claim.findings) {
            out += "  - " + markdown_escaped(in_words(finding)) + ": " + markdown_escaped(finding.words) + "\n";
            for (const std::string& part : finding.parts) {
                out += "    - " + markdown_escaped(part) + "\n";
            }
        }
    }
    out += "\n" + markdown_figure(content.curves);
    out += render(table_one(content.summary, content.split, Format::markdown), Format::markdown, "table1") + "\n";
    for (const auto& [name, table] : named_tables(content)) {
        if (name.starts_with("cost")) {
            out += markdown_figure(content.cost);
        }
        if (name == "change-1") {
            out += markdown_figure(content.change);
        }
        if (!name.starts_with("table") && name != "validation") {
            out += render(table.for_people_markdown, Format::markdown, name) + "\n";
        }
    }
    return out;
}

std::string report_latex(const PageContent& content, const std::vector<std::string>& tables)
{
    const store::SweepEntry& sweep = content.summary.sweep;
    std::string out = "% pdflatex report.tex\n\\documentclass{article}\n\\usepackage[T1]{fontenc}\n"
                      "\\usepackage[a4paper,landscape,margin=2cm]{geometry}\n\\usepackage{booktabs}\n"
                      "\\usepackage{graphicx}\n\\title{" +
                      latex_escaped("Report of sweep " + sweep.name) + "}\n\\author{}\n\\date{" +
                      latex_escaped("Revision " + std::to_string(sweep.revision) + ", recorded " + sweep.recorded_at) +
                      "}\n\\begin{document}\n\\maketitle\n" + latex_escaped(sweep.description) + "\n";
    for (const std::string& table : tables) {
        out += "\\input{" + table + ".tex}\n";
    }
    for (const auto* figure :
         {&content.effects, &content.heat_maps, &content.ratios, &content.curves, &content.change, &content.cost}) {
        out += latex_figure(*figure);
    }
    return out + "\\end{document}\n";
}

std::string ratios_in_words(const std::vector<RatioSeries>& series, const DoneTrials& done)
{
    std::vector<std::string> lines;
    for (const RatioSeries& line : series) {
        std::vector<std::string> parts;
        for (const auto& [ratio, unused] : line.configurations) {
            const std::vector<double> values = accuracies_at(line, ratio, done);
            if (!values.empty()) {
                parts.push_back(fmt::format("{:g} %: {:.2f} %", 100 * ratio,
                                            100 * summarise(std::span<const double>(values)).mean));
            }
        }
        if (!parts.empty()) {
            lines.push_back(line.title + ", ratio and mean accuracy: " + configs::joined(parts));
        }
    }
    return "Test accuracy against attention ratio. " + configs::joined(lines, ". ");
}

std::string curves_in_words(const std::vector<LearningCurves>& curves)
{
    std::vector<std::string> lines;
    for (const LearningCurves& panel : curves) {
        // A handful is read out in a breath; the trials below have all.
        for (std::size_t i = 0; i < std::min<std::size_t>(panel.repeats.size(), 5); ++i) {
            const configs::EpochRecord& last = panel.repeats[i].back();
            lines.push_back(fmt::format("{}{}: after epoch {} training {:.1f} %, validation {:.1f} %", panel.name,
                                        panel.repeats.size() == 1 ? "" : fmt::format(", repeat {}", i + 1), last.epoch,
                                        100 * last.train_accuracy, 100 * last.validation_accuracy));
        }
    }
    return "Accuracy by epoch. " + configs::joined(lines, "; ");
}

}  // namespace attnsweep::reports
