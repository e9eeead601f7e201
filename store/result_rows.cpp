#include "store/result_rows.h"

#include <ctime>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/json_reason.h"
#include "configs/names.h"
#include "store/import_paper.h"
#include "store/metric_columns.h"

namespace attnsweep::store {

namespace {

/// Binds bytes; an empty string as NULL.
void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes)
{
    if (bytes.empty()) {
        statement.bind(index);
    } else {
        statement.bind(index, bytes.data(), static_cast<int>(bytes.size()));
    }
}

void insert_split(Connection& connection, const configs::TrialResult& result)
{
    const auto insert = connection.statement(
        "INSERT INTO splits VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (split_digest) DO UPDATE SET "
        "test_set = excluded.test_set WHERE test_set IS NULL AND excluded.test_set IS NOT NULL");
    insert->bind(1, result.split_digest);
    insert->bind(2, dump(result.classes));
    insert->bind(3, result.train_clips);
    insert->bind(4, result.validation_clips);
    insert->bind(5, result.test_clips);
    insert->bind(6, dump(result.train_clips_per_class));
    insert->bind(7, dump(result.test_clips_per_class));
    bind_blob(*insert, 8, configs::packed(result.test_set));
    insert->exec();
}

/// Returns the published metrics if the trial is the paper's, whose confusion matrix is not known.
std::optional<configs::Metrics> published(Connection& connection, std::int64_t attempt)
{
    const auto select =
        connection.statement("SELECT spec FROM trials JOIN attempts USING (trial_id) WHERE attempt_id = ?");
    select->bind(1, attempt);
    return select->executeStep() ? published_metrics(select->getColumn(0).getString()) : std::nullopt;
}

void insert_evaluation(Connection& connection, std::int64_t attempt, const char* weights,
                       const configs::TestEvaluation& evaluation,
                       const std::vector<configs::PredictedClip>& predictions)
{
    const std::optional<configs::Metrics> paper =
        evaluation.confusion.empty() ? published(connection, attempt) : std::nullopt;
    const configs::Metrics metrics = paper ? *paper : configs::metrics_of(evaluation.confusion, predictions);
    const auto insert =
        connection.statement("INSERT OR REPLACE INTO evaluations (attempt_id, weights, epoch, loss, confusion, " +
                             metric_columns() + ") VALUES (?, ?, ?, ?, ?, " + metric_parameters() + ")");
    insert->bind(1, attempt);
    insert->bind(2, weights);
    insert->bind(3, evaluation.epoch);
    bind_number(*insert, 4, evaluation.loss);
    insert->bind(5, dump(evaluation.confusion));
    int column = 5;
    for (const configs::Metric& metric : configs::all_metrics()) {
        bind_number(*insert, ++column, metrics.*metric.value);
    }
    insert->exec();
}

void insert_predictions(Connection& connection, std::int64_t attempt, const configs::TrialResult& result)
{
    if (result.last.predictions.empty()) {
        return;
    }
    const auto insert = connection.statement("INSERT OR REPLACE INTO predictions VALUES (?, ?, ?)");
    insert->bind(1, attempt);
    bind_blob(*insert, 2, configs::packed(result.last.predictions));
    bind_blob(*insert, 3, configs::packed(result.best.predictions));
    insert->exec();
}

void update_attempt(Connection& connection, std::int64_t attempt, const configs::TrialResult& result,
                    const std::string& ended_at)
{
    const bool failed = result.outcome == configs::Outcome::failed;
    const auto update = connection.statement(
        "UPDATE attempts SET outcome = ?2, failure_kind = ?3, failure_message = ?4, failure_signal = ?5, mixed = ?6, "
        "execution = ?7, duration_s = nullif(?8, 0), peak_memory_bytes = nullif(?9, 0), parameters = nullif(?10, 0), "
        "epochs = ?11, best_epoch = nullif(?12, 0), "
        "stopped_early = ?13, split_digest = nullif(?14, ''), folder = ?15, ended_at = ?16, "
        "host = coalesce(nullif(?17, ''), host), device = coalesce(nullif(?18, ''), device) WHERE attempt_id = ?1");
    update->bind(1, attempt);
    update->bind(2, failed ? "failed" : "done");
    if (failed) {
        update->bind(3, to_string(result.failure.kind));
        update->bind(4, result.failure.message);
        if (result.failure.signal != 0) {
            update->bind(5, result.failure.signal);
        }
    }
    update->bind(6, result.execution.mixed ? 1 : 0);
    update->bind(7, dump(result.execution));
    bind_number(*update, 8, result.duration_s);
    update->bind(9, result.peak_memory_bytes);
    update->bind(10, result.parameters);
    update->bind(11, result.epochs.empty() ? 0 : result.epochs.back().epoch);
    update->bind(12, result.best_epoch);
    update->bind(13, result.stopped_early ? 1 : 0);
    update->bind(14, result.split_digest);
    update->bind(15, result.attempt_folder);
    update->bind(16, ended_at);
    update->bind(17, result.execution.host);
    update->bind(18, result.execution.device);
    update->exec();
}

}  // namespace

std::string now_utc()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string dump(const nlohmann::json& json)
{
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<AttemptRow> attempt_row(Connection& connection, const std::string& trial_id, int number)
{
    const auto select =
        connection.statement("SELECT attempt_id, outcome FROM attempts WHERE trial_id = ? AND number = ?");
    select->bind(1, trial_id);
    select->bind(2, number);
    if (!select->executeStep()) {
        return std::nullopt;
    }
    return AttemptRow{select->getColumn(0).getInt64(), select->getColumn(1).getString()};
}

void require_trial(Connection& connection, const std::string& trial_id, const std::string& label)
{
    const auto select = connection.statement("SELECT 1 FROM trials WHERE trial_id = ?");
    select->bind(1, trial_id);
    if (!select->executeStep()) {
        throw Error(Error::Kind::unknown, "trial " + trial_id + (label.empty() ? "" : " (" + label + ")") +
                                              " belongs to no sweep recorded in " + connection.path() +
                                              ". Run its sweep on this store first");
    }
}

void insert_attempt(Connection& connection, const std::string& trial_id, int number, const std::string& host,
                    const std::string& device, const std::string& started_at)
{
    const auto insert = connection.statement("INSERT INTO attempts (trial_id, number, host, device, started_at) "
                                             "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    insert->bind(1, trial_id);
    insert->bind(2, number);
    insert->bind(3, host);
    insert->bind(4, device);
    insert->bind(5, started_at);
    if (insert->exec() > 0 && connection.journal() != nullptr) {
        connection.journal()->begun(connection.database().getLastInsertRowid(), {trial_id, number}, host, device,
                                    started_at);
    }
}

void replace_epochs(Connection& connection, std::int64_t attempt, std::span<const configs::EpochRecord> epochs)
{
    for (const configs::EpochRecord& record : epochs) {
        const auto insert = connection.statement("INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?)");
        insert->bind(1, attempt);
        insert->bind(2, record.epoch);
        bind_number(*insert, 3, record.train_loss);
        bind_number(*insert, 4, record.train_accuracy);
        bind_number(*insert, 5, record.validation_loss);
        bind_number(*insert, 6, record.validation_accuracy);
        bind_number(*insert, 7, record.duration_s);
        insert->exec();
    }
}

configs::TrialResult parse_result(const std::string& bytes)
{
    try {
        configs::TrialResult result = nlohmann::json::parse(bytes).get<configs::TrialResult>();
        if (result.outcome == configs::Outcome::done) {
            (void)configs::metrics_of(result.last.confusion);
            (void)configs::metrics_of(result.best.confusion);
        }
        return result;
    } catch (const nlohmann::json::exception& failure) {
        throw configs::Error(configs::json_reason(failure.what()));
    }
}

void insert_result(Connection& connection, const configs::TrialResult& result, const std::string& ended_at)
{
    require_trial(connection, result.trial_id, result.label);
    const bool done = result.outcome == configs::Outcome::done;
    std::optional<AttemptRow> attempt = attempt_row(connection, result.trial_id, result.attempt);
    if (!attempt) {
        insert_attempt(connection, result.trial_id, result.attempt, result.execution.host, result.execution.device,
                       result.started_at);
        attempt = attempt_row(connection, result.trial_id, result.attempt);
    } else if (attempt->outcome == "done" || (attempt->outcome == "failed" && !done)) {
        return;  // imported before; a trial given up as hung may have finished, so done overrides failed
    }
    // First the split, since the attempt and its evaluations refer to it.
    if (!result.split_digest.empty()) {
        insert_split(connection, result);
    }
    update_attempt(connection, attempt->id, result, ended_at);
    if (connection.journal() != nullptr) {
        connection.journal()->committed({result.trial_id, result.attempt}, ended_at);
    }
    {
        const auto clear = connection.statement("DELETE FROM epochs WHERE attempt_id = ?");
        clear->bind(1, attempt->id);
        clear->exec();
    }
    replace_epochs(connection, attempt->id, result.epochs);
    if (done) {
        insert_evaluation(connection, attempt->id, "last", result.last, result.last.predictions);
        insert_evaluation(connection, attempt->id, "best", result.best,
                          result.best.predictions.empty() ? result.last.predictions : result.best.predictions);
        insert_predictions(connection, attempt->id, result);
        const auto mark =
            connection.statement("UPDATE trials SET done_attempt_id = coalesce(done_attempt_id, ?) WHERE trial_id = ?");
        mark->bind(1, attempt->id);
        mark->bind(2, result.trial_id);
        mark->exec();
    }
}

}  // namespace attnsweep::store
