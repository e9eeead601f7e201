#include "reports/results.h"

#include <charconv>
#include <string_view>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "reports/connection.h"
#include "reports/import_paper.h"
#include "reports/nearest.h"

namespace attnsweep::reports {

namespace {

template <typename T> T parsed(Connection& connection, const SQLite::Column& column, const char* what)
{
    try {
        return nlohmann::json::parse(column.getString()).get<T>();
    } catch (const std::exception& failure) {
        throw Error(Error::Kind::damaged,
                    "the store " + connection.path() + " holds " + what + " that cannot be read: " + failure.what());
    }
}

TestNumbers test_numbers(const SQLite::Statement& row, int first)
{
    TestNumbers numbers;
    numbers.epoch = row.getColumn(first).getInt();
    numbers.loss = number_in(row.getColumn(first + 1));
    numbers.metrics.accuracy = row.getColumn(first + 2).getDouble();
    numbers.metrics.precision_macro = row.getColumn(first + 3).getDouble();
    numbers.metrics.recall_macro = row.getColumn(first + 4).getDouble();
    numbers.metrics.f1_micro = row.getColumn(first + 5).getDouble();
    numbers.metrics.f1_macro = row.getColumn(first + 6).getDouble();
    numbers.metrics.f1_class_mean = number_in(row.getColumn(first + 7));
    numbers.top3_accuracy = number_in(row.getColumn(first + 8));
    return numbers;
}

/// Column `text` of a row, as it lies in SQLite: until the next step.
std::string_view view_of(const SQLite::Column& column)
{
    const char* text = column.getText();
    return {text, static_cast<std::size_t>(column.getBytes())};
}

/// `text` as far as `words` and a number that comes after them; nothing when it is not so.
bool takes(std::string_view& text, std::string_view words, std::uint64_t& number)
{
    if (!text.starts_with(words))
        return false;
    text.remove_prefix(words.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc();
}

/// Reads specs in the order of a sweep: the repeats of a configuration differ in their seeds alone, so that all else is parsed
/// once for all of them.
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

/// The same of execution settings, of which most trials have equal ones.
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

constexpr const char* trials_of_revision = R"(
    SELECT trials.trial_id, label, configuration, repeat, spec, attempts.epochs, attempts.duration_s, attempts.split_digest,
           attempts.execution, evaluations.epoch, evaluations.loss, accuracy, precision_macro, recall_macro, f1_micro, f1_macro,
           f1_class_mean, top3_accuracy
    FROM revision_trials JOIN trials USING (trial_id)
    LEFT JOIN attempts ON attempts.attempt_id = trials.done_attempt_id
    LEFT JOIN evaluations ON evaluations.attempt_id = trials.done_attempt_id AND weights = ?2
    WHERE revision_id = ?1)";

std::string trials_of(const TrialSelection& selection)
{
    using By = TrialSelection::By;
    std::string sql = trials_of_revision;
    if (selection.by == By::configuration)
        sql += " AND configuration = ?3";
    else if (selection.by == By::label)
        sql += " AND label = ?3";
    else if (selection.by == By::id_prefix)
        sql += " AND revision_trials.trial_id >= ?3 AND revision_trials.trial_id < ?3 || char(0x10ffff)";
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
    if (!row.getColumn(8).isNull())
        entry.execution = executions.read(connection, row.getColumn(8));
    if (!row.getColumn(11).isNull())
        entry.test = test_numbers(row, 9);
    return entry;
}

}  // namespace

std::string to_string(Weights weights)
{
    return weights == Weights::last ? "last" : "best";
}

Weights weights_from(const std::string& name)
{
    if (name == "last")
        return Weights::last;
    if (name == "best")
        return Weights::best;
    throw Error(Error::Kind::bad_query, "weights \"" + name + "\": expected last or best");
}

std::vector<SweepEntry> sweeps(const Store& store)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<SweepEntry> entries;
        const auto select = connection.statement(
            "SELECT name, description, revision_id, number, created_at, overrides, max(sequence) AS newest "
            "FROM revisions JOIN sweeps USING (sweep_id) GROUP BY sweep_id ORDER BY name = ?, newest DESC");
        // What is imported was not run last.
        select->bind(1, std::string(paper_sweep));
        while (select->executeStep()) {
            entries.push_back({select->getColumn(0).getString(), select->getColumn(1).getString(),
                               select->getColumn(2).getInt64(), select->getColumn(3).getInt(),
                               select->getColumn(4).getString(),
                               parsed<std::vector<std::string>>(connection, select->getColumn(5), "overrides")});
        }
        return entries;
    });
}

SweepEntry find_sweep(const Store& store, const std::string& name)
{
    const std::vector<SweepEntry> all = sweeps(store);
    if (all.empty()) {
        throw Error(Error::Kind::missing, "the store " + store.path().string() +
                                              " holds no sweep yet. Run one first: attnsweep run ... --store FILE");
    }
    std::vector<std::string> names;
    for (const SweepEntry& entry : all) {
        if (name.empty() || entry.name == name)
            return entry;
        names.push_back(entry.name);
    }
    const std::string nearest = nearest_name(name, names);
    throw Error(Error::Kind::unknown, "no sweep \"" + name + "\" in " + store.path().string() +
                                          (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                          " There are: " + joined(names));
}

SweepEntry find_revision(const Store& store, const std::string& name, int number)
{
    SweepEntry entry = find_sweep(store, name);
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<std::string> numbers;
        const auto select = connection.statement(
            "SELECT revision_id, number, description, created_at, overrides FROM revisions JOIN sweeps USING "
            "(sweep_id) WHERE name = ? ORDER BY number");
        select->bind(1, entry.name);
        while (select->executeStep()) {
            numbers.push_back(select->getColumn(1).getString());
            if (select->getColumn(1).getInt() != number)
                continue;
            entry.revision_id = select->getColumn(0).getInt64();
            entry.revision = number;
            entry.description = select->getColumn(2).getString();
            entry.recorded_at = select->getColumn(3).getString();
            entry.overrides = parsed<std::vector<std::string>>(connection, select->getColumn(4), "overrides");
            return entry;
        }
        throw Error(Error::Kind::unknown, "sweep " + entry.name + " in " + store.path().string() + " has no revision " +
                                              std::to_string(number) + ". There are: " + joined(numbers));
    });
}

SweepResults read_results(const Store& store, const std::string& name, Weights weights)
{
    return read_results(store, find_sweep(store, name), weights);
}

configs::DataSetDescription read_data_set(const Store& store, const SweepEntry& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const auto select = connection.statement("SELECT data, data_path FROM revisions WHERE revision_id = ?");
        select->bind(1, sweep.revision_id);
        select->executeStep();
        auto data = parsed<configs::DataSetDescription>(connection, select->getColumn(0), "a data set's description");
        data.path = select->getColumn(1).getString();
        return data;
    });
}

void read_trials(const Store& store, const SweepEntry& sweep, Weights weights, const TrialSelection& selection,
                 const std::function<void(TrialEntry&&)>& taken)
{
    Connection& connection = store.connection();
    connection.translate([&] {
        SpecReader specs;
        ExecutionReader executions;
        const auto select = connection.statement(trials_of(selection));
        select->bind(1, sweep.revision_id);
        select->bind(2, to_string(weights));
        if (selection.by != TrialSelection::By::everything)
            select->bind(3, selection.name);
        while (select->executeStep()) {
            TrialEntry entry = trial_entry(connection, *select, specs, executions);
            if (entry.test) {
                entry.state.id = entry.trial.id;
                entry.state.status = Status::done;
            } else {
                entry.state = store.states({entry.trial.id}).front();
            }
            taken(std::move(entry));
        }
    });
}

SweepResults read_results(const Store& store, SweepEntry sweep, Weights weights, const TrialSelection& selection)
{
    SweepResults results;
    results.sweep = std::move(sweep);
    results.weights = weights;
    results.data = read_data_set(store, results.sweep);
    std::unordered_map<std::string, std::size_t> places;
    read_trials(store, results.sweep, weights, selection, [&](TrialEntry&& entry) {
        if (entry.test)
            entry.state = store.states({entry.trial.id}).front();
        const auto [place, is_new] = places.try_emplace(entry.trial.configuration, results.configurations.size());
        if (is_new)
            results.configurations.push_back({entry.trial.configuration, {}});
        results.configurations[place->second].repeats.push_back(std::move(entry));
    });
    return results;
}

std::vector<std::string> configurations_of(const Store& store, const SweepEntry& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<std::string> names;
        const auto select = connection.statement("SELECT configuration, min(position) AS first FROM revision_trials "
                                                 "WHERE revision_id = ? GROUP BY configuration ORDER BY first");
        select->bind(1, sweep.revision_id);
        while (select->executeStep())
            names.push_back(select->getColumn(0).getString());
        return names;
    });
}

std::optional<SplitCounts> read_split(const Store& store, const std::string& digest)
{
    Connection& connection = store.connection();
    return connection.translate([&]() -> std::optional<SplitCounts> {
        const auto select = connection.statement("SELECT * FROM splits WHERE split_digest = ?");
        select->bind(1, digest);
        if (!select->executeStep())
            return std::nullopt;
        SplitCounts split;
        split.digest = select->getColumn(0).getString();
        split.classes = parsed<std::vector<std::string>>(connection, select->getColumn(1), "class names");
        split.train_clips = select->getColumn(2).getInt64();
        split.validation_clips = select->getColumn(3).getInt64();
        split.test_clips = select->getColumn(4).getInt64();
        split.train_clips_per_class =
            parsed<std::vector<std::int64_t>>(connection, select->getColumn(5), "clip counts");
        split.test_clips_per_class = parsed<std::vector<std::int64_t>>(connection, select->getColumn(6), "clip counts");
        return split;
    });
}

std::vector<configs::EpochRecord> read_epochs(const Store& store, const std::string& trial_id)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<configs::EpochRecord> epochs;
        const auto select = connection.statement(R"(
            SELECT epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, duration_s FROM epochs
            WHERE attempt_id = coalesce((SELECT done_attempt_id FROM trials WHERE trial_id = ?1),
                (SELECT attempt_id FROM attempts WHERE trial_id = ?1 ORDER BY number DESC LIMIT 1))
            ORDER BY epoch)");
        select->bind(1, trial_id);
        while (select->executeStep()) {
            epochs.push_back({select->getColumn(0).getInt(), number_in(select->getColumn(1)),
                              number_in(select->getColumn(2)), number_in(select->getColumn(3)),
                              number_in(select->getColumn(4)), select->getColumn(5).getDouble()});
        }
        return epochs;
    });
}

configs::Confusion read_confusion(const Store& store, const std::string& trial_id, Weights weights)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const auto select =
            connection.statement("SELECT confusion FROM evaluations JOIN trials ON done_attempt_id = attempt_id "
                                 "WHERE trial_id = ? AND weights = ?");
        select->bind(1, trial_id);
        select->bind(2, to_string(weights));
        if (!select->executeStep())
            return configs::Confusion{};
        return parsed<configs::Confusion>(connection, select->getColumn(0), "a confusion matrix");
    });
}

}  // namespace attnsweep::reports
