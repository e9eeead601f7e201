#include "reports/report.h"

#include <fmt/format.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "reports/escaping.h"
#include "reports/figure.h"
#include "reports/file_system.h"
#include "reports/nearest.h"

namespace attnsweep::reports {

namespace {

std::optional<SplitCounts> split_of_first_done(const Store& store, const SweepResults& results)
{
    for (const ConfigurationEntry& configuration : results.configurations) {
        for (const TrialEntry& entry : configuration.repeats) {
            if (entry.state.status == Status::done && !entry.split_digest.empty())
                return read_split(store, entry.split_digest);
        }
    }
    return std::nullopt;
}

std::string overrides_line(const SweepResults& results)
{
    std::vector<std::string> given;
    for (const std::string& override : results.sweep.overrides)
        given.push_back("--set " + override);
    return given.empty() ? "" : "Overrides: " + joined(given, " ") + ".";
}

std::string markdown_report(const SweepResults& results, const std::optional<SplitCounts>& split, bool has_curves,
                            bool has_ratios)
{
    std::string out = "# Report of sweep " + markdown_escaped(results.sweep.name) + "\n\n";
    if (!results.sweep.description.empty())
        out += markdown_escaped(results.sweep.description) + "\n\n";
    out += fmt::format("Revision {}, recorded {}. ", results.sweep.revision, results.sweep.recorded_at);
    out += markdown_escaped(overrides_line(results)) + "\n\n";
    out += render(table_two(results, Format::markdown), Format::markdown) + "\n";
    if (has_ratios)
        out += "![Test accuracy against attention ratio](accuracy_by_ratio.svg)\n\nTest accuracy against attention "
               "ratio: means as lines, "
               "repeats as points, the paper's values dashed.\n\n";
    if (has_curves)
        out += "![Training and validation accuracy by epoch](figure2.svg)\n\nFigure 2. Training and validation "
               "accuracy by epoch: "
               "repeats thin, their mean thick as far as every repeat reaches.\n\n";
    out += render(table_one(results, split, Format::markdown), Format::markdown);
    return out;
}

}  // namespace

std::string render_report(const Store& store, const ReportOptions& options, Format format)
{
    const SweepResults results = read_results(store, options.sweep, options.weights);
    const std::string separator = format == Format::text ? "\n\n" : "\n";
    return render(table_two(results, format), format) + separator +
           render(table_one(results, split_of_first_done(store, results), format), format);
}

WrittenReport write_report(const Store& store, const ReportOptions& options, const std::filesystem::path& folder)
{
    const SweepResults results = read_results(store, options.sweep, options.weights);
    const std::vector<LearningCurves> curves = learning_curves(store, results, options.curves);
    const std::optional<SplitCounts> split = split_of_first_done(store, results);
    WrittenReport written;
    const auto write = [&](const char* name, const std::string& bytes) {
        files::write_durably(folder / name, bytes);
        written.files.push_back(folder / name);
    };
    const auto try_to_draw = [&](const auto& drawn) {
        try {
            const std::vector<std::filesystem::path> files = drawn();
            written.files.insert(written.files.end(), files.begin(), files.end());
            return !files.empty();
        } catch (const Error& failure) {
            if (failure.kind() != Error::Kind::missing_program && failure.kind() != Error::Kind::failed)
                throw;
            if (written.warnings.empty() || written.warnings.back() != failure.what())
                written.warnings.emplace_back(failure.what());
            return false;
        }
    };
    try {
        files::create_folders(folder);
        const bool has_curves = try_to_draw([&] { return draw_learning_curves(curves, folder / "figure2"); });
        const bool has_ratios =
            try_to_draw([&] { return draw_accuracy_by_ratio(results, folder / "accuracy_by_ratio"); });
        if (curves.empty())
            written.warnings.emplace_back("no epoch is recorded yet: Figure 2 is left out");
        write("report.md", markdown_report(results, split, has_curves, has_ratios));
        write("table1.md", render(table_one(results, split, Format::markdown), Format::markdown));
        write("table1.csv", render(table_one(results, split, Format::csv), Format::csv));
        write("table2.md", render(table_two(results, Format::markdown), Format::markdown));
        write("table2.csv", render(table_two(results, Format::csv), Format::csv));
    } catch (const files::Error& failure) {
        throw Error(kind_of_file_error(failure), std::string("the report cannot be written: ") + failure.what());
    }
    return written;
}

}  // namespace attnsweep::reports
