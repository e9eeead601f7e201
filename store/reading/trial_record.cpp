#include "store/reading/trial_record.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "store/connection.h"
#include "store/metric_columns.h"
#include "store/reading/attempt_agreement.h"
#include "store/reading/column_value.h"

namespace attnsweep::store {

namespace {

constexpr const char* its_sweeps = R"(
    SELECT name AS sweep, revisions.number AS revision, label, configuration, repeat, path AS sweep_file, overrides,
           created_at AS recorded_at
    FROM revision_trials JOIN revisions USING (revision_id) JOIN sweeps USING (sweep_id)
    WHERE trial_id = ? ORDER BY sequence DESC)";

constexpr const char* its_attempts = R"(
    SELECT attempts.number AS attempt, outcome, attempt_id = done_attempt_id AS counts, host, device, mixed, started_at, ended_at,
           duration_s, epochs, best_epoch, stopped_early, parameters, peak_memory_bytes, failure_kind, failure_signal,
           failure_message, split_digest
    FROM attempts JOIN trials USING (trial_id) WHERE trial_id = ? ORDER BY attempts.number)";

std::string its_metrics()
{
    return "SELECT weights, evaluations.epoch, loss, " + metric_columns() +
           ", validation_loss, validation_accuracy FROM evaluations JOIN trials ON evaluations.attempt_id = "
           "done_attempt_id LEFT JOIN epochs ON epochs.attempt_id = evaluations.attempt_id AND epochs.epoch = "
           "evaluations.epoch WHERE trial_id = ? ORDER BY weights DESC";
}

std::vector<NamedRow> rows_of(Connection& connection, const std::string& sql, const std::string& trial_id)
{
    std::vector<NamedRow> rows;
    const auto select = connection.statement(sql);
    select->bind(1, trial_id);
    while (select->executeStep()) {
        NamedRow& row = rows.emplace_back();
        for (int i = 0; i < select->getColumnCount(); ++i) {
            row.emplace_back(select->getColumn(i).getName(), value_of(select->getColumn(i)));
        }
    }
    return rows;
}

}  // namespace

TrialRecord read_trial_record(const Store& store, const std::string& trial_id)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        TrialRecord record{rows_of(connection, its_sweeps, trial_id), rows_of(connection, its_attempts, trial_id),
                           rows_of(connection, its_metrics(), trial_id)};
        for (NamedRow& attempt : record.attempts) {
            const auto number = static_cast<int>(std::get<std::int64_t>(attempt.front().second));
            if (std::string words = agreement_in_words(store, trial_id, number); !words.empty()) {
                attempt.emplace_back("agreement", std::move(words));
            }
        }
        return record;
    });
}

}  // namespace attnsweep::store
