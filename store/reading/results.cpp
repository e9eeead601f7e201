#include "store/reading/results.h"

#include <charconv>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "configs/metrics.h"
#include "store/annotations.h"
#include "store/connection.h"
#include "store/metric_columns.h"
#include "store/reading/history.h"
#include "store/reading/live_attempts.h"
#include "store/reading/parsed_column.h"

namespace attnsweep::store {

namespace {

TestNumbers test_numbers(const SQLite::Statement& row, int first)
{
    TestNumbers numbers;
    numbers.epoch = row.getColumn(first).getInt();
    numbers.loss = number_in(row.getColumn(first + 1));
    int column = first + 2;
    for (const configs::Metric& metric : configs::all_metrics()) {
        numbers.metrics.*metric.value = number_in(row.getColumn(column++));
    }
    numbers.validation_loss = number_in(row.getColumn(column++));
    numbers.validation_accuracy = number_in(row.getColumn(column++));
    return numbers;
}

/// Returns a text column as stored in SQLite; valid until the next step.
std::string_view view_of(const SQLite::Column& column)
{
    const char* text = column.getText();
    return {text, static_cast<std::size_t>(column.getBytes())};
}

/// Removes `words` and the number after them from the start of `text`; returns whether both were there.
bool takes(std::string_view& text, std::string_view words, std::uint64_t& number)
{
    if (!text.starts_with(words)) {
        return false;
    }
    text.remove_prefix(words.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc();
}

/// Parses specs in the order of a sweep: the repeats of a configuration differ only in their seeds, so everything else
/// is parsed once.
class SpecReader {
public:
    const configs::TrialSpec& read(Connection& connection, const SQLite::Column& column)
    {
        const std::string_view text = view_of(column);
        const std::size_t seeds = text.find(R"("seed":{)");
        const std::size_t end = seeds == std::string_view::npos ? seeds : text.find('}', seeds);
        if (end == std::string_view::npos || text.substr(0, seeds) != before_ || text.substr(end) != after_ ||
            !read_seeds(text.substr(seeds, end - seeds))) {
            before_.clear();
            spec_ = parsed<configs::TrialSpec>(connection, column, "a trial's settings");
            if (end != std::string_view::npos) {
                before_ = text.substr(0, seeds);
                after_ = text.substr(end);
            }
        }
        return spec_;
    }

private:
    bool read_seeds(std::string_view text)
    {
        return takes(text, R"("seed":{"init":)", spec_.seed.init) && takes(text, R"(,"order":)", spec_.seed.order) &&
               takes(text, R"(,"split":)", spec_.seed.split) && text.empty();
    }

    configs::TrialSpec spec_;
    std::string before_, after_;  // the seeds, in the text read last
};

/// Caches parsed execution settings, which are equal for most trials.
class ExecutionReader {
public:
    const configs::ExecutionRecord& read(Connection& connection, const SQLite::Column& column)
    {
        if (text_.empty() || view_of(column) != text_) {
            text_.clear();
            record_ = parsed<configs::ExecutionRecord>(connection, column, "a trial's execution settings");
            text_ = view_of(column);
        }
        return record_;
    }

private:
    configs::ExecutionRecord record_;
    std::string text_;
};

constexpr const char* columns_of_trial = R"(
    SELECT trials.trial_id, label, configuration, repeat, spec, attempts.epochs, attempts.duration_s, attempts.split_digest,
           attempts.execution, attempts.peak_memory_bytes, attempts.parameters, done_attempt_id,
           evaluations.epoch, evaluations.loss, )";
constexpr const char* from_revision = R"(
    FROM revision_trials JOIN trials USING (trial_id)
    LEFT JOIN attempts ON attempts.attempt_id = trials.done_attempt_id
    LEFT JOIN evaluations ON evaluations.attempt_id = trials.done_attempt_id AND weights = ?2
    LEFT JOIN epochs ON epochs.attempt_id = evaluations.attempt_id AND epochs.epoch = evaluations.epoch
    WHERE revision_id = ?1)";

std::string trials_of(const TrialSelection& selection)
{
    using By = TrialSelection::By;
    std::string sql = columns_of_trial + metric_columns("evaluations.") +
                      ", epochs.validation_loss, epochs.validation_accuracy" + from_revision;
    // A hidden trial is read where it is named, and only there.
    if (selection.by == By::everything || selection.by == By::configuration) {
        sql += " AND NOT " + is_hidden_trial("trials.trial_id");
    }
    if (selection.by == By::configuration) {
        sql += " AND configuration = ?3";
    } else if (selection.by == By::label) {
        sql += " AND label = ?3";
    } else if (selection.by == By::id_prefix) {
        sql += " AND revision_trials.trial_id >= ?3 AND revision_trials.trial_id < ?3 || char(0x10ffff)";
    }
    return sql + " ORDER BY position";
}

TrialEntry trial_entry(Connection& connection, const SQLite::Statement& row, SpecReader& specs,
                       ExecutionReader& executions)
{
    TrialEntry entry;
    entry.trial.id = row.getColumn(0).getString();
    entry.trial.label = row.getColumn(1).getString();
    entry.trial.configuration = row.getColumn(2).getString();
    entry.trial.repeat = row.getColumn(3).getInt();
    entry.trial.spec = specs.read(connection, row.getColumn(4));
    entry.epochs = row.getColumn(5).getInt();
    entry.duration_s = row.getColumn(6).getDouble();
    entry.split_digest = row.getColumn(7).getString();
    if (!row.getColumn(8).isNull()) {
        entry.execution = executions.read(connection, row.getColumn(8));
    }
    entry.peak_memory_bytes = row.getColumn(9).getInt64();
    entry.parameters = row.getColumn(10).getInt64();
    entry.done_attempt_id = row.getColumn(11).getInt64();
    constexpr int evaluation = 12;
    if (!row.getColumn(evaluation).isNull()) {
        entry.test = test_numbers(row, evaluation);
    }
    return entry;
}

/// Tells whether the repeats of some configuration are not consecutive.
bool has_scattered_repeats(const Store& store, const SweepEntry& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const auto select =
            connection.statement("SELECT configuration FROM revision_trials WHERE revision_id = ? ORDER BY position");
        select->bind(1, sweep.revision_id);
        std::unordered_set<std::string> begun;
        std::string current;
        while (select->executeStep()) {
            const std::string_view name = view_of(select->getColumn(0));
            if (!begun.empty() && name == current) {
                continue;
            }
            current = name;
            if (!begun.insert(current).second) {
                return true;
            }
        }
        return false;
    });
}

}  // namespace

void read_trials(const Store& store, const SweepEntry& sweep, Weights weights, const TrialSelection& selection,
                 const std::function<void(TrialEntry&&)>& taken)
{
    Connection& connection = store.connection();
    connection.translate([&] {
        SpecReader specs;
        ExecutionReader executions;
        std::optional<LiveAttempts> live;  // looks at files: only where an attempt has no end
        const auto is_trained_now = [&](const std::string& id) {
            const std::vector<AttemptEntry> attempts = attempts_of(store, id);
            if (!live) {
                live.emplace(store);
            }
            return !attempts.empty() && live->is_running(attempts.front().folder.string());
        };
        const auto select = connection.statement(trials_of(selection));
        select->bind(1, sweep.revision_id);
        select->bind(2, to_string(weights));
        if (selection.by != TrialSelection::By::everything) {
            select->bind(3, selection.name);
        }
        while (select->executeStep()) {
            TrialEntry entry = trial_entry(connection, *select, specs, executions);
            if (entry.test) {
                entry.state.id = entry.trial.id;
                entry.state.status = Status::done;
            } else {
                entry.state = store.states({entry.trial.id}).front();
                if (entry.state.status == Status::running && !is_trained_now(entry.trial.id)) {
                    entry.state.status = Status::pending;  // its process is gone
                }
            }
            taken(std::move(entry));
        }
    });
}

void read_configurations(const Store& store, const SweepEntry& sweep, Weights weights,
                         const std::function<void(const ConfigurationEntry&)>& taken)
{
    // Expanding a sweep makes a configuration's repeats consecutive; a store in which they are not is read completely.
    if (has_scattered_repeats(store, sweep)) {
        for (const ConfigurationEntry& configuration : read_results(store, sweep, weights).configurations) {
            taken(configuration);
        }
        return;
    }
    ConfigurationEntry current;
    read_trials(store, sweep, weights, {}, [&](TrialEntry&& entry) {
        if (!current.repeats.empty() && entry.trial.configuration != current.name) {
            taken(current);
            current.repeats.clear();
        }
        if (current.repeats.empty()) {
            current.name = entry.trial.configuration;
        }
        current.repeats.push_back(std::move(entry));
    });
    if (!current.repeats.empty()) {
        taken(current);
    }
}

std::vector<int> best_epochs_of(const Store& store, const std::vector<std::string>& trial_ids)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<int> epochs;
        const auto select = connection.statement("SELECT epoch FROM trials JOIN evaluations ON attempt_id = "
                                                 "done_attempt_id AND weights = 'best' WHERE trial_id = ? "
                                                 "AND NOT " +
                                                 is_hidden_trial("trials.trial_id"));
        for (const std::string& id : trial_ids) {
            select->bind(1, id);
            if (select->executeStep()) {
                epochs.push_back(select->getColumn(0).getInt());
            }
            select->reset();
        }
        return epochs;
    });
}

std::vector<std::string> hidden_trials(const Store& store, const SweepEntry& sweep, const std::string& configuration)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<std::string> labels;
        const auto select = connection.statement("SELECT label FROM revision_trials WHERE revision_id = ?1 AND "
                                                 "(?2 = '' OR configuration = ?2) AND " +
                                                 is_hidden_trial("revision_trials.trial_id") + " ORDER BY position");
        select->bind(1, sweep.revision_id);
        select->bind(2, configuration);
        while (select->executeStep()) {
            labels.push_back(select->getColumn(0).getString());
        }
        return labels;
    });
}

SweepResults read_results(const Store& store, SweepEntry sweep, Weights weights, const TrialSelection& selection)
{
    SweepResults results;
    results.sweep = std::move(sweep);
    results.weights = weights;
    results.data = read_data_set(store, results.sweep);
    if (selection.by == TrialSelection::By::everything || selection.by == TrialSelection::By::configuration) {
        results.hidden = hidden_trials(
            store, results.sweep, selection.by == TrialSelection::By::configuration ? selection.name : std::string());
    }
    std::unordered_map<std::string, std::size_t> places;
    read_trials(store, results.sweep, weights, selection, [&](TrialEntry&& entry) {
        if (entry.test) {
            entry.state = store.states({entry.trial.id}).front();
        }
        const auto [place, is_new] = places.try_emplace(entry.trial.configuration, results.configurations.size());
        if (is_new) {
            results.configurations.push_back({entry.trial.configuration, {}});
        }
        results.configurations[place->second].repeats.push_back(std::move(entry));
    });
    return results;
}

SweepResults read_results(const Store& store, const std::string& name, Weights weights)
{
    return read_results(store, find_sweep(store, name), weights);
}

}  // namespace attnsweep::store
