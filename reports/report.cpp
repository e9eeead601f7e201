#include "reports/report.h"

#include <fmt/format.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "reports/class_tables.h"
#include "reports/connection.h"
#include "reports/escaping.h"
#include "reports/figure.h"
#include "reports/file_system.h"
#include "reports/history.h"
#include "reports/nearest.h"
#include "reports/page.h"
#include "reports/report_text.h"

namespace attnsweep::reports {

namespace {

PageContent read_content(const Store& store, const ReportOptions& options)
{
    PageContent content;
    content.results = read_results(store, options.sweep, options.weights);
    if (const std::optional<RevisionEntry> revision = newest_revision(store, content.results.sweep.name, false)) {
        content.settings = revision->settings;
        content.sweep_file = std::filesystem::path(revision->path).filename();
    }
    content.summary = summary_of(content.results);
    if (!content.summary.split_digest.empty())
        content.split = read_split(store, content.summary.split_digest);
    content.classes = content.split ? content.split->classes : content.results.data.classes;
    content.traces = read_traces(store, content.results.sweep.revision_id);
    content.series = ratio_series(content.results);
    content.claims = test_claims(store, content.results, content.series, content.split);
    content.confusions = read_confusions(store, content.results, content.classes.size(), page_matrices);
    content.changes = class_changes(content.series, content.confusions);
    content.clips = read_clip_results(store, content.results);
    if (options.recording_names && !content.clips.hardest.empty())
        content.names = options.recording_names(content.results.data);
    content.costs = costs_of(content.results, content.traces);
    return content;
}

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
    template <typename Drawn>
    std::optional<PageFigure> draw(const std::string& name, const std::string& caption, const std::string& description,
                                   const Drawn& drawn)
    {
        if (has_no_gnuplot_)
            return std::nullopt;
        try {
            const std::vector<std::filesystem::path> files = drawn(folder_ / name);
            written_.files.insert(written_.files.end(), files.begin(), files.end());
            if (files.empty())
                return std::nullopt;
            return PageFigure{name, caption, description, files::read_file(files.front())};
        } catch (const Error& failure) {
            if (failure.kind() != Error::Kind::missing_program && failure.kind() != Error::Kind::failed)
                throw;
            has_no_gnuplot_ = failure.kind() == Error::Kind::missing_program;
            written_.warnings.emplace_back(failure.what());
            return std::nullopt;
        }
    }

private:
    std::filesystem::path folder_;
    WrittenReport& written_;
    bool has_no_gnuplot_ = false;
};

void draw_figures(Writer& writer, PageContent& content, const std::vector<LearningCurves>& curves, bool matrix_files)
{
    content.ratios = writer.draw("accuracy_by_ratio",
                                 "Test accuracy against attention ratio: means as lines, single repeats as points "
                                 "beside them, the paper's values dashed.",
                                 ratios_in_words(content.results, content.series),
                                 [&](const auto& path) { return draw_accuracy_by_ratio(content.results, path); });
    content.curves = writer.draw(
        "figure2",
        "Accuracy by epoch, in training and validation: single repeats thin (at most 20); their mean thick and a band "
        "from the lowest to the "
        "highest, as far as every repeat reaches. Others: attnsweep report --out DIR --curves NAME,NAME.",
        curves_in_words(curves), [&](const auto& path) { return draw_learning_curves(curves, path); });
    content.change =
        writer.draw("class_change", "Each class's change of recall from 0 % to 25 % attention, over the repeats done.",
                    "Bars of each class's change of recall; the numbers stand in the tables that follow.",
                    [&](const auto& path) { return draw_class_changes(content.changes, content.classes, path); });
    content.cost = writer.draw(
        "cost",
        "Test accuracy against what a trial took, means over the repeats done; the attention ratio in % stands beside "
        "each point.",
        "Accuracy against training time, peak memory and parameters; the numbers stand in the table that follows.",
        [&](const auto& path) { return draw_cost(content.costs, path); });
    if (!matrix_files)
        return;
    std::vector<std::string> titles;
    for (const ConfigurationConfusion& confusion : content.confusions)
        titles.push_back(shortened(content.results.configurations[confusion.configuration].name, 40));
    (void)writer.draw("confusion", "", "", [&](const auto& path) {
        return draw_confusions(content.confusions, titles, content.classes, path);
    });
}

}  // namespace

std::string render_report(const Store& store, const ReportOptions& options, Format format)
{
    const Snapshot snapshot(store.connection());
    const SweepSummary summary = read_summary(store, options.sweep, options.weights);
    const Table second = table_two(summary, format);
    const Table first = table_one(
        summary, summary.split_digest.empty() ? std::nullopt : read_split(store, summary.split_digest), format);
    if (format == Format::json)
        return "[\n" + render(second, format, "table2") + ",\n" + render(first, format, "table1") + "]\n";
    const std::string separator = format == Format::text ? "\n\n" : "\n";
    return render(second, format, "table2") + separator + render(first, format, "table1");
}

WrittenReport write_report(const Store& store, const ReportOptions& options, const std::filesystem::path& folder)
{
    const Snapshot snapshot(store.connection());
    PageContent content = read_content(store, options);
    const std::vector<LearningCurves> curves = learning_curves(store, content.results, options.curves);
    WrittenReport written;
    try {
        files::create_folders(folder);
        Writer writer(folder, written);
        draw_figures(writer, content, curves, options.matrix_files);
        if (curves.empty())
            written.warnings.emplace_back("no epoch is recorded yet: Figure 2 is left out");
        std::vector<std::string> names;
        for (const auto& [name, table] : named_tables(content)) {
            writer.write_table(name, table);
            names.push_back(name);
        }
        writer.write("report.md", report_markdown(content));
        writer.write("report.tex", report_latex(content, names));
        for (const std::filesystem::path& file : written.files)
            content.files.push_back(file.filename());
        content.warnings = written.warnings;
        writer.write("index.html", render_page(content));
    } catch (const files::Error& failure) {
        throw Error(kind_of_file_error(failure), std::string("the report cannot be written: ") + failure.what());
    }
    return written;
}

}  // namespace attnsweep::reports
