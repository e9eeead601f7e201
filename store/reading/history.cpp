#include "store/reading/history.h"

#include "store/connection.h"

namespace attnsweep::store {

std::vector<AttemptEntry> attempts_of(const Store& store, const std::string& trial_id)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<AttemptEntry> attempts;
        const auto select =
            connection.statement("SELECT number, host, device, started_at, ended_at, outcome, failure_kind, "
                                 "failure_message, failure_signal, "
                                 "epochs, folder FROM attempts WHERE trial_id = ? ORDER BY number DESC");
        select->bind(1, trial_id);
        while (select->executeStep()) {
            const auto text = [&](int column) { return select->getColumn(column).getString(); };
            AttemptEntry attempt;
            attempt.number = select->getColumn(0).getInt();
            attempt.host = text(1);
            attempt.device = text(2);
            attempt.started_at = text(3);
            attempt.ended_at = text(4);
            attempt.outcome = text(5);
            attempt.failure = {configs::failure_kind(text(6)), text(7), select->getColumn(8).getInt()};
            attempt.epochs = select->getColumn(9).getInt();
            const std::string recorded = text(10);
            attempt.folder = std::filesystem::absolute(recorded.empty() ? store.attempt_folder(trial_id, attempt.number)
                                                                        : store.folder() / recorded)
                                 .lexically_normal();
            attempts.push_back(std::move(attempt));
        }
        return attempts;
    });
}

std::optional<RevisionEntry> newest_revision(const Store& store, const std::string& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&]() -> std::optional<RevisionEntry> {
        RevisionEntry entry;
        entry.sweep = sweep;
        std::int64_t revision = 0;
        {
            const auto select = connection.statement(
                "SELECT revision_id, number, created_at, path, canonical_text FROM revisions JOIN sweeps USING "
                "(sweep_id) WHERE name = ? ORDER BY sequence DESC LIMIT 1");
            select->bind(1, sweep);
            if (!select->executeStep()) {
                return std::nullopt;
            }
            revision = select->getColumn(0).getInt64();
            entry.number = select->getColumn(1).getInt();
            entry.recorded_at = select->getColumn(2).getString();
            entry.path = select->getColumn(3).getString();
            entry.settings = select->getColumn(4).getString();
        }
        const auto select = connection.statement("SELECT trial_id, label, done_attempt_id IS NOT NULL FROM "
                                                 "revision_trials JOIN trials USING (trial_id) "
                                                 "WHERE revision_id = ? ORDER BY position");
        select->bind(1, revision);
        while (select->executeStep()) {
            entry.trials.push_back({select->getColumn(0).getString(), select->getColumn(1).getString(),
                                    select->getColumn(2).getInt() != 0});
        }
        return entry;
    });
}

RevisionEntry revision_settings(const Store& store, const SweepEntry& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const auto select = connection.statement("SELECT path, canonical_text FROM revisions WHERE revision_id = ?");
        select->bind(1, sweep.revision_id);
        select->executeStep();
        return RevisionEntry{sweep.name,
                             sweep.revision,
                             sweep.recorded_at,
                             select->getColumn(0).getString(),
                             select->getColumn(1).getString(),
                             {}};
    });
}

std::string trial_settings(const Store& store, const std::string& trial_id)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const auto select = connection.statement("SELECT spec FROM trials WHERE trial_id = ?");
        select->bind(1, trial_id);
        return select->executeStep() ? select->getColumn(0).getString() : std::string();
    });
}

}  // namespace attnsweep::store
