#include "reports/tables/comparison_output.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/nearest_name.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "reports/figures/learning_curves.h"
#include "reports/others_files.h"
#include "reports/tables/comparison_rows.h"
#include "reports/tables/escaping.h"
#include "reports/tables/verdict_table.h"
#include "store/file_error.h"

namespace attnsweep::reports {

namespace {

using Json = nlohmann::ordered_json;

std::string percent(const Summary& summary)
{
    if (summary.n == 0) {
        return not_known;
    }
    return fmt::format("{:.2f}", 100 * summary.mean) +
           (summary.standard_deviation ? fmt::format(" ± {:.2f}", 100 * *summary.standard_deviation) : "");
}

std::string range(const std::optional<Interval>& interval)
{
    return interval ? fmt::format("{:+.2f} to {:+.2f}", 100 * interval->low, 100 * interval->high) : not_known;
}

bool is_shown(const Comparison& comparison, const MetricComparison& metric)
{
    return metric.asked || comparison.configurations.size() == 1;
}

Table metrics_table(const Comparison& comparison, bool explain)
{
    Table table;
    table.title = "Metrics, in points";
    table.columns = {
        {"configuration", false}, {"metric", false}, {"A"}, {"n"}, {"B"}, {"n"}, {"pairs"}, {"B-A"}, {"95 %"}, {"p"}};
    for (const ConfigurationComparison& one : comparison.configurations) {
        for (const MetricComparison& metric : one.metrics) {
            if (!is_shown(comparison, metric)) {
                continue;
            }
            const Conclusion& conclusion = metric.conclusion;
            // Without pairs the means still stand beside each other.
            const bool has_both = metric.a.n > 0 && metric.b.n > 0;
            const std::string difference = conclusion.difference.n > 0
                                               ? fmt::format("{:+.2f}", 100 * conclusion.difference.mean)
                                           : has_both ? fmt::format("({:+.2f})", 100 * (metric.b.mean - metric.a.mean))
                                                      : not_known;
            table.rows.push_back(
                {text_cell(name_of(one)), text_cell(metric.name), number_cell(percent(metric.a)),
                 number_cell(fmt::format("{}/{}", one.done_a.done, one.done_a.repeats)), number_cell(percent(metric.b)),
                 number_cell(fmt::format("{}/{}", one.done_b.done, one.done_b.repeats)),
                 number_cell(std::to_string(conclusion.difference.n)), number_cell(difference),
                 number_cell(range(conclusion.difference.interval)),
                 number_cell(conclusion.p_holm ? fmt::format("{:.3g}", *conclusion.p_holm) : not_known)});
        }
    }
    for (const ConfigurationComparison& one : comparison.configurations) {
        if (explain) {
            table.notes.push_back(name_of(one) + ": " + one.verdict);
        }
    }
    table.notes.push_back(
        fmt::format("n: repeats done of those planned. B-A and its 95 % t-interval are of the pairs, "
                    "repeats with equal seeds; in brackets, of "
                    "the means. p: sign-flip test of the pairs, from {} pairs on, with Holm's correction over "
                    "{} comparison{} asked for (--metrics).",
                    fewest_pairs_for_p, comparison.asked, comparison.asked == 1 ? "" : "s"));
    for (const Side* side : {&comparison.a, &comparison.b}) {
        if (!side->results.hidden.empty()) {
            table.notes.push_back("Of " + side->given + ", " + hidden_in_words(side->results.hidden));
        }
    }
    if (!comparison.only_a.empty()) {
        table.notes.push_back("Only in A: " + configs::joined(comparison.only_a) + ".");
    }
    if (!comparison.only_b.empty()) {
        table.notes.push_back("Only in B: " + configs::joined(comparison.only_b) + ".");
    }
    return table;
}

Table settings_table(const Comparison& comparison)
{
    Table table;
    table.title = "Settings that differ, A | B";
    table.columns = {{"configuration", false}, {"setting", false}};
    for (const ConfigurationComparison& one : comparison.configurations) {
        for (const std::string& line : one.settings) {
            table.rows.push_back({text_cell(name_of(one)), text_cell(line)});
        }
        for (const std::string& caution : one.cautions) {
            table.notes.push_back(name_of(one) + ", " + caution + ".");
        }
    }
    if (table.rows.empty()) {
        table.notes.insert(table.notes.begin(), "None: the same settings, code and kind of device.");
    }
    return table;
}

Table curves_table(const Comparison& comparison)
{
    Table table;
    table.title = "Curves, mean over the repeats";
    table.columns = {{"configuration", false}, {"side", false}, {"repeats"},        {"epochs"},
                     {"best validation %"},    {"at epoch"},    {"last training %"}};
    for (const ConfigurationComparison& one : comparison.configurations) {
        for (const auto& [side, name, curve] :
             {std::tuple("A", one.name_a, one.curve_a), std::tuple("B", one.name_b, one.curve_b)}) {
            if (curve.repeats == 0) {
                continue;
            }
            table.rows.push_back({text_cell(name), text_cell(side), number_cell(std::to_string(curve.repeats)),
                                  number_cell(fmt::format("{:.1f}", curve.epochs)),
                                  number_cell(fmt::format("{:.2f}", 100 * curve.best_validation_accuracy)),
                                  number_cell(fmt::format("{:.1f}", curve.best_epoch)),
                                  number_cell(fmt::format("{:.2f}", 100 * curve.last_train_accuracy))});
        }
    }
    return table;
}

Json json_of(const std::optional<Interval>& interval)
{
    return interval ? Json{interval->low, interval->high} : Json();
}

Json json_of(const std::optional<double>& value)
{
    return value ? Json(*value) : Json();
}

Json json_of(const Summary& summary)
{
    return {{"n", summary.n},
            {"mean", summary.n > 0 ? Json(summary.mean) : Json()},
            {"sd", json_of(summary.standard_deviation)},
            {"interval", json_of(summary.interval)}};
}

Json json_of(const Side& side)
{
    return {{"given", side.given},
            {"is", in_words(side)},
            {"store", side.store->path().string()},
            {"sweep", side.results.sweep.name},
            {"revision", side.results.sweep.revision}};
}

Json json_of(const CurveSummary& curve)
{
    return {{"repeats", curve.repeats},
            {"epochs", curve.epochs},
            {"best_validation_accuracy", curve.best_validation_accuracy},
            {"best_epoch", curve.best_epoch},
            {"last_train_accuracy", curve.last_train_accuracy}};
}

Json json_of(const Comparison& comparison, const ConfigurationComparison& one)
{
    Json metrics = Json::object(), pairs = Json::array();
    for (const MetricComparison& metric : one.metrics) {
        const Conclusion& conclusion = metric.conclusion;
        Json json{{"a", json_of(metric.a)},
                  {"b", json_of(metric.b)},
                  {"higher_is_better", metric.higher_is_better},
                  {"asked", metric.asked},
                  {"difference", json_of(conclusion.difference)}};
        if (metric.asked) {
            json["p"] = json_of(conclusion.p);
            json["p_holm"] = json_of(conclusion.p_holm);
            json["clips_difference"] = json_of(conclusion.clips_mean);
            json["clips_interval"] = json_of(conclusion.clips);
            json["different"] = conclusion.different();
            json["verdict_in_short"] = verdict_in_short(one, metric);
            json["stopped_by"] = to_string(conclusion.stopped_by);
            json["corrected_interval"] = json_of(conclusion.corrected);
            json["repeats_for_difference"] =
                repeats_needed(conclusion.difference, conclusion.difference.mean, comparison.asked);
            json["repeats_for_effect"] = repeats_needed(conclusion.difference, comparison.effect, comparison.asked);
        }
        metrics[metric.name] = json;
    }
    for (const RepeatPair& pair : one.pairs) {
        pairs.push_back({{"a", pair.label_a}, {"b", pair.label_b}, {"id_a", pair.id_a}, {"id_b", pair.id_b}});
    }
    return {{"a", one.name_a},
            {"b", one.name_b},
            {"verdict", one.verdict},
            {"metrics", metrics},
            {"pairs", pairs},
            {"settings", one.settings},
            {"cautions", one.cautions},
            {"clips", one.clips},
            {"recordings", one.recordings},
            {"no_clips", one.no_clips},
            {"curves", {{"a", json_of(one.curve_a)}, {"b", json_of(one.curve_b)}}}};
}

std::string as_json(const Comparison& comparison)
{
    Json configurations = Json::array();
    for (const ConfigurationComparison& one : comparison.configurations) {
        configurations.push_back(json_of(comparison, one));
    }
    const Json json{{"a", json_of(comparison.a)},
                    {"b", json_of(comparison.b)},
                    {"weights", to_string(comparison.a.results.weights)},
                    {"comparisons_asked", comparison.asked},
                    {"effect", comparison.effect},
                    {"only_a", comparison.only_a},
                    {"only_b", comparison.only_b},
                    {"configurations", configurations}};
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// A's curves, then B's, panel by panel.
std::vector<LearningCurves> curves_of(const Comparison& comparison)
{
    std::vector<LearningCurves> all;
    const auto add = [&](const Side& side, std::size_t index, const char* name) {
        const store::ConfigurationEntry& configuration = side.results.configurations[index];
        LearningCurves curves{name + (": " + configuration.name), {}};
        for (const store::TrialEntry& entry : configuration.repeats) {
            std::vector<configs::EpochRecord> epochs = store::read_epochs(*side.store, entry.trial.id);
            if (!epochs.empty()) {
                curves.repeats.push_back(std::move(epochs));
            }
        }
        if (!curves.repeats.empty()) {
            all.push_back(std::move(curves));
        }
    };
    for (const ConfigurationComparison& one : comparison.configurations) {
        add(comparison.a, one.index_a, "A");
        add(comparison.b, one.index_b, "B");
    }
    return all;
}

}  // namespace

std::string render(const Comparison& comparison, Format format, bool explain)
{
    switch (format) {
    case Format::json:
        return as_json(comparison);
    case Format::csv:
        return to_csv(comparison_rows(comparison));
    case Format::text:
    case Format::markdown: {
        const Table curves = curves_table(comparison);
        const std::string gap = format == Format::text ? "\n\n" : "\n";
        return render(verdict_table(comparison), format) + gap + render(metrics_table(comparison, explain), format) +
               gap + render(settings_table(comparison), format) +
               (curves.rows.empty() ? "" : gap + render(curves, format));
    }
    case Format::latex:
        break;
    }
    throw store::Error(store::Error::Kind::bad_query,
                       "a comparison is not written as LaTeX: expected text, markdown, csv or json");
}

std::vector<std::filesystem::path> write_comparison(const Comparison& comparison, const std::filesystem::path& folder,
                                                    std::vector<std::string>& warnings)
{
    constexpr std::size_t most_panels = 12;
    std::vector<std::filesystem::path> written;
    try {
        refuse_files_of_others(folder,
                               {"comparison.json", "comparison.md", "comparison.csv", "curves.svg", "curves.png"},
                               "\"comparisons_asked\"", "--out");
        files::create_folders(folder);
        files::write_durably(folder / "comparison.json", render(comparison, Format::json));
        const std::vector<LearningCurves> curves = curves_of(comparison);
        if (curves.size() > most_panels) {
            warnings.push_back(
                fmt::format("the curves of {} configurations would not fit one figure: compare single ones to have "
                            "them drawn",
                            comparison.configurations.size()));
        } else if (!curves.empty()) {
            try {
                written = draw_learning_curves(curves, folder / "curves");
            } catch (const store::Error& failure) {
                if (failure.kind() != store::Error::Kind::missing_program &&
                    failure.kind() != store::Error::Kind::failed) {
                    throw;
                }
                warnings.emplace_back(failure.what());
            }
        }
        std::string markdown = render(comparison, Format::markdown, true);
        if (!written.empty()) {
            markdown += "\n![Accuracy by epoch under A and B](curves.svg)\n";
        }
        for (const auto& [name, bytes] :
             {std::pair("comparison.md", markdown), std::pair("comparison.csv", render(comparison, Format::csv))}) {
            files::write_durably(folder / name, bytes);
            written.push_back(folder / name);
        }
        written.push_back(folder / "comparison.json");
    } catch (const files::Error& failure) {
        throw store::Error(store::kind_of_file_error(failure),
                           std::string("the comparison cannot be written: ") + failure.what());
    }
    return written;
}

}  // namespace attnsweep::reports
