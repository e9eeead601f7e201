#include "reports/tables/ranking_output.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "configs/shell_word.h"
#include "reports/analysis/sweep_summary.h"
#include "reports/analysis/varied_settings.h"
#include "store/reading/history.h"

namespace attnsweep::reports {

namespace {

bool is_loss(const Ranking& ranking)
{
    return ranking.by == RankedBy::validation_loss;
}

/// A loss as it is, an accuracy in %: "0.4213", "93.10".
std::string number(double value, bool is_loss)
{
    return is_loss ? fmt::format("{:.4f}", value) : fmt::format("{:.2f}", 100 * value);
}

std::string against_first(const RankedConfiguration& one, bool is_loss)
{
    const Summary& difference = one.against_first.difference;
    if (difference.n < 2) {
        return "too few repeats";
    }
    const bool is_worse = is_loss ? difference.mean > 0 : difference.mean < 0;
    return fmt::format("{}{}{}", difference.mean < 0 ? "-" : "+", number(std::abs(difference.mean), is_loss),
                       !one.is_separate() ? ", not separable"
                       : is_worse         ? ", worse"
                                          : ", better in the repeats that both have");
}

void add_rows_for_people(Table& table, const Ranking& ranking, std::size_t rows)
{
    table.columns.insert(table.columns.end(), {{"n"},
                                               {is_loss(ranking) ? "validation loss" : "validation acc. %"},
                                               {"95 % interval"},
                                               {"test acc. %"},
                                               {"against the first", false}});
    for (std::size_t i = 0; i < rows; ++i) {
        const RankedConfiguration& one = ranking.ranked[i];
        std::vector<Cell> row{number_cell(fmt::to_string(i + 1)), text_cell(one.name)};
        for (const std::string& value : one.settings) {
            row.push_back(number_cell(configs::printable(value)));
        }
        row.push_back(number_cell(fmt::format("{}/{}", one.by.n, one.counts.repeats)));
        row.push_back(number_cell(mean_and_deviation(one.by, is_loss(ranking))));
        row.push_back(number_cell(one.by.interval
                                      ? fmt::format("{} to {}", number(one.by.interval->low, is_loss(ranking)),
                                                    number(one.by.interval->high, is_loss(ranking)))
                                      : not_known));
        row.push_back(number_cell(mean_and_deviation(one.test_accuracy, false)));
        row.push_back(text_cell(i == 0 ? "" : against_first(one, is_loss(ranking))));
        table.rows.push_back(std::move(row));
    }
}

void add_rows_for_programs(Table& table, const Ranking& ranking, std::size_t rows)
{
    const std::string by = to_string(ranking.by);
    for (const std::string& title :
         {std::string("sweep"), std::string("revision"), std::string("weights"), std::string("repeats"),
          std::string("done"), by + "_mean", by + "_sd", by + "_low", by + "_high", std::string("test_accuracy_mean"),
          std::string("test_accuracy_sd"), std::string("difference_to_first"), std::string("separate_from_first"),
          std::string("best_trial")}) {
        table.columns.push_back({title});
    }
    const auto exactly = [](double value) { return number_cell(fmt::format("{:.10g}", value)); };
    const auto known = [&](const auto& optional, const auto& value_of) {
        return optional ? exactly(value_of(*optional)) : number_cell("");
    };
    const auto same = [](double value) { return value; };
    for (std::size_t i = 0; i < rows; ++i) {
        const RankedConfiguration& one = ranking.ranked[i];
        std::vector<Cell> row{number_cell(fmt::to_string(i + 1)), text_cell(one.name)};
        for (const std::string& value : one.settings) {
            row.push_back(text_cell(value));
        }
        row.push_back(text_cell(ranking.sweep.name));
        row.push_back(number_cell(fmt::to_string(ranking.sweep.revision)));
        row.push_back(text_cell(to_string(ranking.weights)));
        row.push_back(number_cell(fmt::to_string(one.counts.repeats)));
        row.push_back(number_cell(fmt::to_string(one.by.n)));
        row.push_back(exactly(one.by.mean));
        row.push_back(known(one.by.standard_deviation, same));
        row.push_back(known(one.by.interval, [](const Interval& interval) { return interval.low; }));
        row.push_back(known(one.by.interval, [](const Interval& interval) { return interval.high; }));
        row.push_back(exactly(one.test_accuracy.mean));
        row.push_back(known(one.test_accuracy.standard_deviation, same));
        const bool is_compared = i > 0 && one.against_first.difference.n > 0;
        row.push_back(is_compared ? exactly(one.against_first.difference.mean) : number_cell(""));
        row.push_back(is_compared ? number_cell(one.is_separate() ? "1" : "0") : number_cell(""));
        row.push_back(text_cell(one.trial));
        table.rows.push_back(std::move(row));
    }
}

std::vector<std::string> notes_of(const Ranking& ranking, std::size_t rows)
{
    constexpr std::size_t most_named = 8;
    std::vector<std::string> notes;
    if (!ranking.hidden.empty()) {
        notes.push_back(hidden_in_words(ranking.hidden));
    }
    if (ranking.ranked.empty()) {
        notes.push_back(!ranking.without_validation.empty()
                            ? "No validation result is recorded of what is done: " +
                                  configs::first_joined(ranking.without_validation, most_named) + "."
                        : ranking.unranked.empty() ? "No configuration meets the condition."
                                                   : "No trial is done yet.");
        return notes;
    }
    notes.push_back(fmt::format(
        "Ranked by the mean {} over the repeats done (n), with the {} weights: {} is better. The test result beside it "
        "decides nothing, so it stays an honest estimate for the first.",
        is_loss(ranking) ? "validation loss" : "validation accuracy", to_string(ranking.weights),
        is_loss(ranking) ? "lower" : "higher"));
    std::vector<std::string> as_good;
    for (std::size_t i = 1; i < ranking.ranked.size(); ++i) {
        if (!ranking.ranked[i].is_separate()) {
            as_good.push_back(ranking.ranked[i].name);
        }
    }
    if (!as_good.empty()) {
        notes.push_back(fmt::format(
            "These repeats do not separate from the first: {}. The first is one of these {}, not surely the best "
            "(pairs of equal seeds, corrected for {} comparisons).",
            configs::first_joined(as_good, most_named), as_good.size() + 1, ranking.ranked.size() - 1));
    }
    const RankedConfiguration &first = ranking.ranked.front(), &by_test = ranking.ranked[ranking.first_by_test];
    if (ranking.first_by_test != 0) {
        notes.push_back(chosen_by_test_in_words(by_test.name, by_test.test_accuracy.mean, first.test_accuracy.mean,
                                                ranking.ranked.size()));
    }
    if (rows < ranking.ranked.size()) {
        notes.push_back(
            fmt::format("{} more configurations are not shown (--top 0 shows all).", ranking.ranked.size() - rows));
    }
    if (!ranking.without_validation.empty()) {
        notes.push_back(fmt::format("Not ranked, since no validation result is recorded: {}.",
                                    configs::first_joined(ranking.without_validation, most_named)));
    }
    if (!ranking.unranked.empty()) {
        notes.push_back(fmt::format("Not ranked, since no repeat is done: {}.",
                                    configs::first_joined(ranking.unranked, most_named)));
    }
    return notes;
}

}  // namespace

std::string mean_and_deviation(const Summary& summary, bool is_loss)
{
    return summary.n == 0 ? std::string(not_known)
                          : number(summary.mean, is_loss) +
                                (summary.standard_deviation ? "±" + number(*summary.standard_deviation, is_loss) : "");
}

Table ranking_table(const Ranking& ranking, Format format, std::size_t most)
{
    const std::size_t rows = most == 0 ? ranking.ranked.size() : std::min(most, ranking.ranked.size());
    Table table;
    table.title =
        fmt::format("Best configurations of sweep {}, revision {}", ranking.sweep.name, ranking.sweep.revision);
    table.columns = {{"rank"}, {"configuration", false}};
    const bool is_for_people = format != Format::csv && format != Format::json;
    for (const std::string& title : is_for_people ? VariedSettings::titles(ranking.keys) : ranking.keys) {
        table.columns.push_back({title});
    }
    if (is_for_people) {
        add_rows_for_people(table, ranking, rows);
    } else {
        add_rows_for_programs(table, ranking, rows);
    }
    table.notes = notes_of(ranking, rows);
    return table;
}

std::vector<std::string> next_commands(const store::Store& read, const Ranking& ranking, const std::string& store)
{
    if (ranking.ranked.empty()) {
        return {};
    }
    const bool is_newest = store::revisions_of(read, ranking.sweep.name).back() == ranking.sweep.revision;
    const std::string sweep =
        ranking.sweep.name + (is_newest ? "" : "@" + std::to_string(ranking.sweep.revision)) + ":";
    const std::string with_store = store.empty() ? "" : " --store " + configs::shell_path(store);
    const std::string trial = configs::shell_word(sweep + ranking.ranked.front().trial);
    std::vector<std::string> lines{"attnsweep show " + trial + with_store,
                                   "attnsweep predict RECORDING --trial " + trial + with_store};
    if (ranking.ranked.size() > 1) {
        const auto side = [&](std::size_t place) { return configs::shell_word(sweep + ranking.ranked[place].name); };
        lines.push_back("attnsweep compare " + side(1) + " " + side(0) + with_store);
    }
    return lines;
}

std::string refit_command(const store::Store& read, const Ranking& ranking, const std::string& store)
{
    const std::string file = store::revision_settings(read, ranking.sweep).path;
    std::error_code none;
    if (ranking.ranked.empty() || !std::filesystem::exists(file, none) || read.parts().size() != 1 ||
        std::filesystem::is_directory(read.path(), none)) {
        return {};
    }
    std::string line = "attnsweep run " + configs::shell_path(file) + " --data " +
                       configs::shell_path(store::read_data_set(read, ranking.sweep).path);
    for (const std::string& override : ranking.sweep.overrides) {
        line += " --set " + configs::shell_word(override);
    }
    return line + " --refit " + configs::shell_word(ranking.ranked.front().name) +
           (store.empty() ? "" : " --store " + configs::shell_path(store));
}

}  // namespace attnsweep::reports
