#include "store/reading/epoch_rows.h"

#include "store/connection.h"
#include "store/reading/column_value.h"

namespace attnsweep::store {

namespace {

constexpr const char* epochs_of_trials = R"(
    SELECT trial_overview.sweep, trial_overview.revision, label, configuration, repeat, trial_overview.trial_id, attempts.number, epochs.epoch, train_loss,
           train_accuracy, epochs.validation_loss, epochs.validation_accuracy, epochs.duration_s
    FROM trial_overview JOIN trials USING (trial_id)
    JOIN attempts ON attempts.attempt_id = coalesce(trials.done_attempt_id,
        (SELECT attempt_id FROM attempts AS newest WHERE newest.trial_id = trials.trial_id ORDER BY number DESC LIMIT 1))
    JOIN epochs ON epochs.attempt_id = attempts.attempt_id
    WHERE (?1 = '' OR trial_overview.sweep = ?1)
        AND (?3 OR ?2 != 0 OR current)
        AND (?2 = 0 OR trial_overview.trial_id IN (SELECT trial_id FROM revision_trials WHERE revision_id = ?2))
    ORDER BY trial_overview.sweep, trial_overview.position, label, epochs.epoch)";

}  // namespace

void read_epoch_rows(const Store& store, const std::string& sweep, Revisions revisions,
                     const std::function<void(const std::vector<Value>&)>& sink)
{
    const SweepEntry entry = sweep.empty() ? SweepEntry() : find_sweep(store, sweep);
    const std::string name = sweep.empty() ? std::string() : entry.name;
    const std::int64_t revision_id = name == sweep ? 0 : entry.revision_id;
    Connection& connection = store.connection();
    connection.translate([&] {
        const auto select = connection.statement(epochs_of_trials);
        select->bind(1, name);
        select->bind(2, revision_id);
        select->bind(3, revisions == Revisions::all ? 1 : 0);
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
