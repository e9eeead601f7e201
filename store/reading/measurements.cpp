#include "store/reading/measurements.h"

#include "store/connection.h"
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
