#include "store/reading/epoch_rows.h"

#include "store/annotations.h"
#include "store/connection.h"
#include "store/reading/column_value.h"

namespace attnsweep::store {

namespace {

// Trials as the newest revision that has them names them.
constexpr const char* named_by_newest = R"(
    SELECT sweep, revision, label, configuration, repeat, trial_id, position FROM trial_overview
    WHERE (?1 = '' OR sweep = ?1) AND (?2 OR current) AND (?1 <> '' OR NOT hidden))";
// Trials of one revision, as it names them.
constexpr const char* named_by_one = R"(
    SELECT ?1 AS sweep, number AS revision, label, configuration, repeat, trial_id, position
    FROM revision_trials JOIN revisions USING (revision_id) WHERE revision_id = ?2)";
constexpr const char* epochs_of_them = R"(
    SELECT named.sweep, named.revision, named.label, named.configuration, named.repeat, named.trial_id, attempts.number,
           epochs.epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, epochs.duration_s
    FROM named JOIN trials USING (trial_id)
    JOIN attempts ON attempts.attempt_id = coalesce(trials.done_attempt_id,
        (SELECT attempt_id FROM attempts AS newest WHERE newest.trial_id = trials.trial_id ORDER BY number DESC LIMIT 1))
    JOIN epochs ON epochs.attempt_id = attempts.attempt_id WHERE NOT )";
constexpr const char* their_order = " ORDER BY named.sweep, named.position, named.label, epochs.epoch";

}  // namespace

void read_epoch_rows(const Store& store, const std::string& sweep, Revisions revisions,
                     const std::function<void(const std::vector<Value>&)>& sink)
{
    const SweepEntry entry = sweep.empty() ? SweepEntry() : find_sweep(store, sweep);
    const bool is_one_revision = entry.name != sweep;
    Connection& connection = store.connection();
    connection.translate([&] {
        const auto select =
            connection.statement(std::string("WITH named AS (") + (is_one_revision ? named_by_one : named_by_newest) +
                                 ")" + epochs_of_them + is_hidden_trial("trials.trial_id") + their_order);
        select->bind(1, entry.name);
        select->bind(2, is_one_revision ? entry.revision_id : std::int64_t{revisions == Revisions::all});
        std::vector<Value> row(epoch_columns.size());
        while (select->executeStep()) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                row[i] = value_of(select->getColumn(static_cast<int>(i)));
            }
            sink(row);
        }
    });
}

}  // namespace attnsweep::store
