#include "reports/report.h"

#include <regex>
#include <set>

#include <fmt/format.h>

#include "configs/printable.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "reports/figures/accuracy_by_ratio.h"
#include "reports/figures/axis_figures.h"
#include "reports/figures/class_figures.h"
#include "reports/figures/cost_figure.h"
#include "reports/figures/learning_curves.h"
#include "reports/others_files.h"
#include "reports/page/page.h"
#include "reports/report_text.h"
#include "reports/tables/table_one.h"
#include "reports/tables/table_two.h"
#include "reports/tables/validation_table.h"
#include "store/file_error.h"
#include "store/reading/snapshot.h"

namespace attnsweep::reports {

namespace {

/// Draws, writes, and notes what could not be drawn.
class Writer {
public:
    Writer(std::filesystem::path folder, WrittenReport& written) : folder_(std::move(folder)), written_(written) {}

    void write(const std::string& name, const std::string& bytes)
    {
        files::write_durably(folder_ / name, bytes);
        written_.files.push_back(folder_ / name);
    }

    void write_table(const std::string& name, const NamedTable& table)
    {
        write(name + ".md", render(table.for_people_markdown, Format::markdown, name));
        write(name + ".tex", render(table.for_people, Format::latex, name));
        write(name + ".csv", render(table.for_programs, Format::csv, name));
        write(name + ".json", render(table.for_programs, Format::json, name));
    }

    /// `drawn` writes name.svg and name.png. Nothing where there was nothing to draw, or no gnuplot.
    template <typename Work>
    std::optional<PageFigure> draw(const std::string& name, const std::string& caption, const std::string& description,
                                   const Work& drawn)
    {
        const std::vector<std::filesystem::path> files = tried([&] { return Drawn{drawn(folder_ / name), {}}; });
        if (files.empty()) {
            return std::nullopt;
        }
        return PageFigure{name, caption, description, files::read_file(files.front())};
    }

    /// `drawn` writes name-N.svg and name-N.png.
    template <typename Work> void draw_several(const std::string& name, const Work& drawn)
    {
        (void)tried([&] { return drawn(folder_ / name); });
    }

private:
    /// The files that `work` drew.
    template <typename Work> std::vector<std::filesystem::path> tried(const Work& work)
    {
        if (has_no_gnuplot_) {
            return {};
        }
        try {
            const Drawn drawn = work();
            written_.files.insert(written_.files.end(), drawn.files.begin(), drawn.files.end());
            written_.warnings.insert(written_.warnings.end(), drawn.refused.begin(), drawn.refused.end());
            return drawn.files;
        } catch (const store::Error& failure) {
            if (failure.kind() != store::Error::Kind::missing_program && failure.kind() != store::Error::Kind::failed) {
                throw;
            }
            has_no_gnuplot_ = failure.kind() == store::Error::Kind::missing_program;
            written_.warnings.emplace_back(failure.what());
            return {};
        }
    }

    std::filesystem::path folder_;
    WrittenReport& written_;
    bool has_no_gnuplot_ = false;
};

std::string words_if_thinned(const DoneTrials& done)
{
    return thins_repeats(done) ? " There are too many repeats to draw; of each value some are shown, evenly from the "
                                 "least to the most accurate."
                               : "";
}

/// `chooses_curves`: the user has named none.
void draw_figures(Writer& writer, PageContent& content, const std::vector<LearningCurves>& curves, bool chooses_curves,
                  bool matrix_files)
{
    const bool paper = content.summary.beside_paper;
    if (paper || varies_ratio(content.series)) {
        content.ratios = writer.draw(
            "accuracy_by_ratio",
            std::string("Test accuracy against attention ratio: means as lines, single repeats as points beside them") +
                (paper ? ", the paper's values dashed." : ".") + words_if_thinned(content.done),
            ratios_in_words(content.series, content.done),
            [&](const auto& path) { return draw_accuracy_by_ratio(content.series, content.done, paper, path); });
    }
    if (shows_axes(content.summary, content.axes)) {
        content.effects = writer.draw(
            "axes",
            std::string("Accuracy at each value of each axis, over all configurations that have it: test accuracy of "
                        "single repeats as points, their mean as a line; the mean validation accuracy dashed.") +
                words_if_thinned(content.done) +
                (content.axes.size() > most_axes ? fmt::format(" The first {} axes.", most_axes) : ""),
            axes_in_words(content.axes, content.done),
            [&](const auto& path) { return draw_axis_effects(content.summary, content.axes, content.done, path); });
        content.heat_maps = writer.draw(
            "axis_pairs", "Mean validation accuracy (%) at pairs of values of two axes; empty: no such trial is done.",
            "Heat maps of pairs of axes; the numbers are in the table of settings and validation results.",
            [&](const auto& path) { return draw_axis_pairs(content.axes, content.pairs, path); });
    }
    content.curves = writer.draw(
        paper ? "figure2" : "learning_curves",
        std::string(paper || !chooses_curves ? "" : "The configurations best by validation loss, the best first. ") +
            "Accuracy by epoch, in training and validation: single repeats thin (at most 20); their mean thick and a "
            "band "
            "from the lowest to the "
            "highest, up to the last epoch that every repeat has. Others: attnsweep report --out DIR --curves "
            "NAME,NAME.",
        curves_in_words(curves), [&](const auto& path) { return draw_learning_curves(curves, path); });
    content.change =
        writer.draw("class_change", "Each class's change of recall from 0 % to 25 % attention, over the repeats done.",
                    "Bars of each class's change of recall; the numbers are in the tables that follow.",
                    [&](const auto& path) { return draw_class_changes(content.changes, content.classes, path); });
    content.cost = writer.draw(
        "cost",
        std::string("Test accuracy against the cost of a trial, means over the repeats done") +
            (paper || varies_ratio(content.series) ? "; the attention ratio in % is next to each point." : "."),
        "Accuracy against training time, peak memory and parameters; the numbers are in the table that follows.",
        [&](const auto& path) { return draw_cost(content.costs, path); });
    if (!matrix_files) {
        return;
    }
    std::vector<std::string> titles;
    for (const ConfigurationConfusion& confusion : content.confusions) {
        titles.push_back(configs::shortened(content.summary.configurations[confusion.configuration].name, 40));
    }
    writer.draw_several("confusion", [&](const auto& path) {
        return draw_confusions(content.confusions, titles, content.classes, path);
    });
}

/// What each page has had in its title since the first version.
constexpr std::string_view page_mark = ": attnsweep report</title>";

/// Holds the folder until the page is written at the end: an interrupted report can be written over.
std::string page_of_unfinished_report()
{
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Unfinished" + std::string(page_mark) +
           "\n<p>This report is being written, or its writing was interrupted: then rerun the command.</p>\n</html>\n";
}

std::vector<std::string> names_of_files(const PageContent& content,
                                        const std::vector<std::pair<std::string, NamedTable>>& tables)
{
    std::vector<std::string> names{"index.html", "report.md", "report.tex"};
    for (const auto& [name, table] : tables) {
        for (const char* extension : {".md", ".tex", ".csv", ".json"}) {
            names.push_back(name + extension);
        }
    }
    std::vector<std::string> figures{"accuracy_by_ratio", "figure2", "learning_curves", "class_change", "cost", "axes",
                                     "axis_pairs"};
    for (std::size_t i = 1; i <= content.confusions.size(); ++i) {
        figures.push_back("confusion-" + std::to_string(i));
    }
    for (const std::string& figure : figures) {
        names.push_back(figure + ".svg");
        names.push_back(figure + ".png");
    }
    return names;
}

/// Removes the numbered tables and the figures of an earlier report into this folder that this one has not written: of more
/// configurations, or drawn when gnuplot was there.
void remove_leftovers(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& written)
{
    static const std::regex ours(
        "(confusion-[0-9]+|accuracy_by_ratio|figure2|learning_curves|class_change|cost|axes|axis_pairs)\\.(svg|png)|"
        "(mistakes|change)-[0-9]+\\.(md|tex|csv|json)");
    const std::set<std::filesystem::path> kept(written.begin(), written.end());
    std::error_code code;
    std::vector<std::filesystem::path> leftovers;
    for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        if (std::regex_match(entry->path().filename().string(), ours) &&
            !kept.contains(folder / entry->path().filename())) {
            leftovers.push_back(entry->path());
        }
    }
    for (const std::filesystem::path& leftover : leftovers) {
        std::filesystem::remove(leftover, code);
    }
}

}  // namespace

std::string render_report(const store::Store& store, const ReportOptions& options, Format format)
{
    const store::Snapshot snapshot(store);
    const SweepSummary summary = read_summary(store, options.sweep, options.weights, options.paper);
    const Table second = table_two(summary, format);
    const Table first = table_one(
        summary, summary.split_digest.empty() ? std::nullopt : store::read_split(store, summary.split_digest), format);
    if (format == Format::json) {
        return "[\n" + render(second, format, "table2") + ",\n" + render(first, format, "table1") + "]\n";
    }
    const std::string separator = format == Format::text ? "\n\n" : "\n";
    std::string out = render(second, format, "table2") + separator;
    if (format != Format::csv) {  // whose second table has all of it
        const std::size_t width = format == Format::text ? report_width : 0;
        out += render(validation_table(summary, axes_of(summary), true, width), format, "validation") + separator;
    }
    return out + render(first, format, "table1");
}

WrittenReport write_report(const store::Store& store, const ReportOptions& options, const std::filesystem::path& folder)
{
    const store::Snapshot snapshot(store);
    PageContent content = read_page_content(store, options);
    const std::vector<LearningCurves> curves = learning_curves(store, content.summary, options.curves);
    WrittenReport written;
    try {
        const std::vector<std::pair<std::string, NamedTable>> tables = named_tables(content);
        refuse_files_of_others(folder, names_of_files(content, tables), page_mark, "--out");
        files::create_folders(folder);
        const bool is_over_another = std::filesystem::exists(folder / "index.html");
        if (!is_over_another) {
            files::write_atomically(folder / "index.html", page_of_unfinished_report());
        }
        Writer writer(folder, written);
        draw_figures(writer, content, curves, options.curves.empty(), options.matrix_files);
        if (curves.empty()) {
            written.warnings.emplace_back("no epoch is recorded yet: the learning curves are left out");
        }
        std::vector<std::string> names;
        for (const auto& [name, table] : tables) {
            writer.write_table(name, table);
            names.push_back(name);
        }
        writer.write("report.md", report_markdown(content));
        writer.write("report.tex", report_latex(content, names));
        for (const std::filesystem::path& file : written.files) {
            content.files.push_back(file.filename());
        }
        content.warnings = written.warnings;
        writer.write("index.html", render_page(content));
        if (is_over_another) {
            remove_leftovers(folder, written.files);
        }
    } catch (const files::Error& failure) {
        throw store::Error(store::kind_of_file_error(failure),
                           std::string("the report cannot be written: ") + failure.what());
    }
    return written;
}

}  // namespace attnsweep::reports
