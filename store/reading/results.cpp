#include "store/reading/results.h"

#include "configs/nearest_name.h"
#include "store/connection.h"
#include "store/import_paper.h"
#include "store/reading/parsed_column.h"

namespace attnsweep::store {

std::string to_string(Weights weights)
{
    return weights == Weights::last ? "last" : "best";
}

Weights weights_from(const std::string& name)
{
    if (name == "last") {
        return Weights::last;
    }
    if (name == "best") {
        return Weights::best;
    }
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
        if (name.empty() || entry.name == name) {
            return entry;
        }
        names.push_back(entry.name);
    }
    const std::string nearest = configs::nearest_name(name, names);
    throw Error(Error::Kind::unknown, "no sweep \"" + name + "\" in " + store.path().string() +
                                          (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                          " There are: " + configs::joined(names));
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
            if (select->getColumn(1).getInt() != number) {
                continue;
            }
            entry.revision_id = select->getColumn(0).getInt64();
            entry.revision = number;
            entry.description = select->getColumn(2).getString();
            entry.recorded_at = select->getColumn(3).getString();
            entry.overrides = parsed<std::vector<std::string>>(connection, select->getColumn(4), "overrides");
            return entry;
        }
        throw Error(Error::Kind::unknown, "sweep " + entry.name + " in " + store.path().string() + " has no revision " +
                                              std::to_string(number) + ". There are: " + configs::joined(numbers));
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

std::vector<std::string> configurations_of(const Store& store, const SweepEntry& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<std::string> names;
        const auto select = connection.statement("SELECT configuration, min(position) AS first FROM revision_trials "
                                                 "WHERE revision_id = ? GROUP BY configuration ORDER BY first");
        select->bind(1, sweep.revision_id);
        while (select->executeStep()) {
            names.push_back(select->getColumn(0).getString());
        }
        return names;
    });
}

std::optional<SplitCounts> read_split(const Store& store, const std::string& digest)
{
    Connection& connection = store.connection();
    return connection.translate([&]() -> std::optional<SplitCounts> {
        const auto select = connection.statement("SELECT * FROM splits WHERE split_digest = ?");
        select->bind(1, digest);
        if (!select->executeStep()) {
            return std::nullopt;
        }
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
        const auto select = connection.statement("SELECT done_attempt_id FROM trials WHERE trial_id = ?");
        select->bind(1, trial_id);
        return select->executeStep() ? read_confusion(store, select->getColumn(0).getInt64(), weights)
                                     : configs::Confusion{};
    });
}

configs::Confusion read_confusion(const Store& store, std::int64_t attempt_id, Weights weights)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const auto select =
            connection.statement("SELECT confusion FROM evaluations WHERE attempt_id = ? AND weights = ?");
        select->bind(1, attempt_id);
        select->bind(2, to_string(weights));
        if (!select->executeStep()) {
            return configs::Confusion{};
        }
        return parsed<configs::Confusion>(connection, select->getColumn(0), "a confusion matrix");
    });
}

}  // namespace attnsweep::store
