#include "reports/store.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <nlohmann/json.hpp>

#include <SQLiteCpp/Transaction.h>

#include "configs/error.h"
#include "files/checksum.h"
#include "reports/connection.h"

namespace attnsweep::reports {

namespace {

using SQLite::TransactionBehavior;

std::string now_utc()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// Labels and messages may hold bytes that are not UTF-8 (a folder's name): replaced, never thrown at.
std::string dump(const nlohmann::json& json)
{
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string fingerprint_of(const configs::Sweep& sweep)
{
    files::Sha256 hash;
    const auto add = [&](const std::string& piece) { hash.update(piece).update(std::string_view("\0", 1)); };
    add(sweep.text);
    for (const configs::SpectrogramSet& set : sweep.data.spectrograms)
        add(set.digest);
    for (const configs::Trial& trial : sweep.trials) {
        add(trial.id);
        add(trial.label);
        add(trial.configuration);
        add(std::to_string(trial.repeat));
    }
    return hash.hex();
}

std::int64_t sweep_id_of(Connection& connection, const std::string& name)
{
    const auto insert = connection.statement("INSERT INTO sweeps (name) VALUES (?) ON CONFLICT (name) DO NOTHING");
    insert->bind(1, name);
    insert->exec();
    const auto select = connection.statement("SELECT sweep_id FROM sweeps WHERE name = ?");
    select->bind(1, name);
    select->executeStep();
    return select->getColumn(0).getInt64();
}

void insert_trials(Connection& connection, std::int64_t revision, const std::vector<configs::Trial>& trials)
{
    std::int64_t position = 0;
    for (const configs::Trial& trial : trials) {
        const auto insert = connection.statement("INSERT INTO trials (trial_id, spec) VALUES (?, ?) ON CONFLICT DO NOTHING");
        insert->bind(1, trial.id);
        insert->bind(2, dump(trial.spec));
        insert->exec();
        const auto link = connection.statement("INSERT INTO revision_trials (revision_id, position, trial_id, label, configuration, "
                                               "repeat) VALUES (?, ?, ?, ?, ?, ?)");
        link->bind(1, revision);
        link->bind(2, position++);
        link->bind(3, trial.id);
        link->bind(4, trial.label);
        link->bind(5, trial.configuration);
        link->bind(6, trial.repeat);
        link->exec();
    }
}

struct AttemptRow {
    std::int64_t id = 0;
    std::string outcome;  // empty while it runs
};

std::optional<AttemptRow> attempt_row(Connection& connection, const std::string& trial_id, int number)
{
    const auto select = connection.statement("SELECT attempt_id, outcome FROM attempts WHERE trial_id = ? AND number = ?");
    select->bind(1, trial_id);
    select->bind(2, number);
    if (!select->executeStep())
        return std::nullopt;
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

void begin(Connection& connection, const std::string& trial_id, int number, const std::string& host, const std::string& device,
           const std::string& started_at)
{
    const auto insert = connection.statement("INSERT INTO attempts (trial_id, number, host, device, started_at) "
                                             "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    insert->bind(1, trial_id);
    insert->bind(2, number);
    insert->bind(3, host);
    insert->bind(4, device);
    insert->bind(5, started_at);
    insert->exec();
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

void insert_split(Connection& connection, const configs::TrialResult& result)
{
    const auto insert = connection.statement("INSERT INTO splits VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    insert->bind(1, result.split_digest);
    insert->bind(2, dump(result.classes));
    insert->bind(3, result.train_clips);
    insert->bind(4, result.validation_clips);
    insert->bind(5, result.test_clips);
    insert->bind(6, dump(result.train_clips_per_class));
    insert->bind(7, dump(result.test_clips_per_class));
    insert->exec();
}

void insert_evaluation(Connection& connection, std::int64_t attempt, const char* weights, const configs::TestEvaluation& evaluation)
{
    const configs::Metrics metrics = configs::metrics_of(evaluation.confusion);
    const auto insert = connection.statement("INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert->bind(1, attempt);
    insert->bind(2, weights);
    insert->bind(3, evaluation.epoch);
    bind_number(*insert, 4, evaluation.loss);
    insert->bind(5, metrics.accuracy);
    insert->bind(6, metrics.precision_macro);
    insert->bind(7, metrics.recall_macro);
    insert->bind(8, metrics.f1_micro);
    insert->bind(9, metrics.f1_macro);
    insert->bind(10, metrics.f1_class_mean);
    insert->bind(11, dump(evaluation.confusion));
    insert->exec();
}

void update_attempt(Connection& connection, std::int64_t attempt, const configs::TrialResult& result)
{
    const bool failed = result.outcome == configs::Outcome::failed;
    const auto update = connection.statement(
        "UPDATE attempts SET outcome = ?2, failure_kind = ?3, failure_message = ?4, failure_signal = ?5, mixed = ?6, "
        "execution = ?7, duration_s = ?8, peak_memory_bytes = ?9, parameters = ?10, epochs = ?11, best_epoch = ?12, "
        "stopped_early = ?13, split_digest = nullif(?14, ''), folder = ?15, ended_at = ?16, "
        "host = coalesce(nullif(?17, ''), host), device = coalesce(nullif(?18, ''), device) WHERE attempt_id = ?1");
    update->bind(1, attempt);
    update->bind(2, failed ? "failed" : "done");
    if (failed) {
        update->bind(3, result.failure.kind);
        update->bind(4, result.failure.message);
        if (result.failure.signal != 0)
            update->bind(5, result.failure.signal);
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
    update->bind(16, now_utc());
    update->bind(17, result.execution.host);
    update->bind(18, result.execution.device);
    update->exec();
}

void commit_one(Connection& connection, const configs::TrialResult& result)
{
    require_trial(connection, result.trial_id, result.label);
    const bool done = result.outcome == configs::Outcome::done;
    std::optional<AttemptRow> attempt = attempt_row(connection, result.trial_id, result.attempt);
    if (!attempt) {
        begin(connection, result.trial_id, result.attempt, result.execution.host, result.execution.device, result.started_at);
        attempt = attempt_row(connection, result.trial_id, result.attempt);
    } else if (attempt->outcome == "done" || (attempt->outcome == "failed" && !done)) {
        return;  // taken in before; a trial given up as hung may still have finished, so done passes over failed
    }
    // Before the attempt and its evaluations, which refer to it.
    if (!result.split_digest.empty())
        insert_split(connection, result);
    update_attempt(connection, attempt->id, result);
    {
        const auto clear = connection.statement("DELETE FROM epochs WHERE attempt_id = ?");
        clear->bind(1, attempt->id);
        clear->exec();
    }
    replace_epochs(connection, attempt->id, result.epochs);
    if (done) {
        insert_evaluation(connection, attempt->id, "last", result.last);
        insert_evaluation(connection, attempt->id, "best", result.best);
        const auto mark = connection.statement("UPDATE trials SET done_attempt_id = coalesce(done_attempt_id, ?) WHERE trial_id = ?");
        mark->bind(1, attempt->id);
        mark->bind(2, result.trial_id);
        mark->exec();
    }
}

}  // namespace

Store::Store(std::filesystem::path path, std::unique_ptr<Connection> connection)
    : path_(std::move(path)), connection_(std::move(connection))
{
}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::open_to_write(const std::filesystem::path& path)
{
    return {path, std::make_unique<Connection>(path, Connection::Access::write)};
}

Store Store::open_to_read(const std::filesystem::path& path)
{
    return {path, std::make_unique<Connection>(path, Connection::Access::read)};
}

std::filesystem::path Store::folder() const
{
    return path_.string() + ".d";
}

std::filesystem::path Store::pending_folder() const
{
    return folder() / "pending";
}

std::filesystem::path Store::attempt_folder(const std::string& trial_id, int attempt) const
{
    return folder() / "trials" / trial_id / ("attempt-" + std::to_string(attempt));
}

std::int64_t Store::record_sweep(const configs::Sweep& sweep)
{
    return connection_->translate([&] {
        SQLite::Transaction transaction(connection_->database(), TransactionBehavior::IMMEDIATE);
        const std::int64_t sweep_id = sweep_id_of(*connection_, sweep.name);
        const std::string fingerprint = fingerprint_of(sweep);
        std::optional<std::int64_t> revision;
        bool is_newest = false;
        {
            const auto select = connection_->statement("SELECT revision_id, sequence = (SELECT max(sequence) FROM revisions), data "
                                                       "FROM revisions WHERE sweep_id = ? AND fingerprint = ?");
            select->bind(1, sweep_id);
            select->bind(2, fingerprint);
            if (select->executeStep()) {
                revision = select->getColumn(0).getInt64();
                is_newest = select->getColumn(1).getInt() != 0 && select->getColumn(2).getString() == dump(sweep.data);
            }
        }
        if (revision && !is_newest) {
            // Run again after another: it is the newest now, and its data set may have moved.
            const auto update = connection_->statement("UPDATE revisions SET sequence = (SELECT max(sequence) + 1 FROM revisions), "
                                                       "data = ?, path = ? WHERE revision_id = ?");
            update->bind(1, dump(sweep.data));
            update->bind(2, sweep.path);
            update->bind(3, *revision);
            update->exec();
        }
        if (!revision) {
            const auto insert = connection_->statement(
                "INSERT INTO revisions (sweep_id, number, sequence, fingerprint, description, path, canonical_text, overrides, "
                "data, created_at) VALUES (?1, (SELECT count(*) + 1 FROM revisions WHERE sweep_id = ?1), "
                "(SELECT coalesce(max(sequence), 0) + 1 FROM revisions), ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
            insert->bind(1, sweep_id);
            insert->bind(2, fingerprint);
            insert->bind(3, sweep.description);
            insert->bind(4, sweep.path);
            insert->bind(5, sweep.text);
            insert->bind(6, dump(sweep.overrides));
            insert->bind(7, dump(sweep.data));
            insert->bind(8, now_utc());
            insert->exec();
            revision = connection_->database().getLastInsertRowid();
            insert_trials(*connection_, *revision, sweep.trials);
        }
        transaction.commit();
        return *revision;
    });
}

void Store::begin_attempt(const std::string& trial_id, int attempt, const std::string& host, const std::string& device,
                          const std::string& started_at)
{
    connection_->translate([&] {
        SQLite::Transaction transaction(connection_->database(), TransactionBehavior::IMMEDIATE);
        require_trial(*connection_, trial_id, {});
        begin(*connection_, trial_id, attempt, host, device, started_at);
        transaction.commit();
    });
}

void Store::record_epochs(const std::string& trial_id, int attempt, std::span<const configs::EpochRecord> epochs)
{
    if (epochs.empty())
        return;
    connection_->translate([&] {
        SQLite::Transaction transaction(connection_->database(), TransactionBehavior::IMMEDIATE);
        const std::optional<AttemptRow> row = attempt_row(*connection_, trial_id, attempt);
        if (!row)
            throw Error(Error::Kind::unknown, "attempt " + std::to_string(attempt) + " of trial " + trial_id + " has not begun");
        if (row->outcome != "done" && row->outcome != "failed") {
            replace_epochs(*connection_, row->id, epochs);
            const auto update = connection_->statement("UPDATE attempts SET epochs = max(epochs, ?) WHERE attempt_id = ?");
            update->bind(1, epochs.back().epoch);
            update->bind(2, row->id);
            update->exec();
        }
        transaction.commit();
    });
}

void Store::end_attempt(const std::string& trial_id, int attempt, NoResult reason, const std::string& ended_at)
{
    connection_->translate([&] {
        const auto update = connection_->statement("UPDATE attempts SET outcome = ?, ended_at = ? "
                                                   "WHERE trial_id = ? AND number = ? AND outcome IS NULL");
        update->bind(1, reason == NoResult::drained ? "drained" : "interrupted");
        update->bind(2, ended_at);
        update->bind(3, trial_id);
        update->bind(4, attempt);
        update->exec();
    });
}

int Store::interrupt_open_attempts(const std::string& ended_at)
{
    return connection_->translate([&] {
        const auto update = connection_->statement("UPDATE attempts SET outcome = 'interrupted', ended_at = ? WHERE outcome IS NULL");
        update->bind(1, ended_at);
        return update->exec();
    });
}

void Store::commit(const configs::TrialResult& result)
{
    commit(std::span(&result, 1));
}

void Store::commit(std::span<const configs::TrialResult> results)
{
    connection_->translate([&] {
        SQLite::Transaction transaction(connection_->database(), TransactionBehavior::IMMEDIATE);
        for (const configs::TrialResult& result : results) {
            try {
                commit_one(*connection_, result);
            } catch (const configs::Error& failure) {
                throw Error(Error::Kind::failed, "the result of trial " + result.trial_id + " cannot be stored: " + failure.what());
            }
        }
        transaction.commit();
    });
}

}  // namespace attnsweep::reports
