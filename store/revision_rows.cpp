#include "store/revision_rows.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "configs/trial_identity.h"
#include "files/checksum.h"
#include "store/result_rows.h"

namespace attnsweep::store {

namespace {

void insert_trials(Connection& connection, std::int64_t revision, const std::vector<configs::Trial>& trials)
{
    std::int64_t position = 0;
    std::optional<configs::RepeatTexts> texts;
    for (const configs::Trial& trial : trials) {
        if (!texts || !texts->are_of(trial.spec)) {
            texts.emplace(trial.spec);
        }
        const auto insert =
            connection.statement("INSERT INTO trials (trial_id, spec) VALUES (?, ?) ON CONFLICT DO NOTHING");
        insert->bind(1, trial.id);
        insert->bind(2, texts->text(trial.spec.seed));
        insert->exec();
        const auto link =
            connection.statement("INSERT INTO revision_trials (revision_id, position, trial_id, label, configuration, "
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

}  // namespace

std::string fingerprint_of(const configs::Sweep& sweep)
{
    files::Sha256 hash;
    std::string pieces;
    const auto add = [&](const std::string& piece) { pieces.append(piece).append(1, '\0'); };
    add(sweep.text);
    for (const configs::SpectrogramSet& set : sweep.data.spectrograms) {
        add(set.digest);
    }
    for (const configs::Trial& trial : sweep.trials) {
        add(trial.id);
        add(trial.label);
        add(trial.configuration);
        add(std::to_string(trial.repeat));
        if (pieces.size() > 4096) {  // hashing these few bytes one by one would be slow
            hash.update(pieces);
            pieces.clear();
        }
    }
    hash.update(pieces);
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

std::int64_t insert_revision(Connection& connection, const configs::Sweep& sweep, std::int64_t sweep_id,
                             const std::string& fingerprint, const std::string& sweep_file,
                             const std::string& data_path)
{
    const auto insert = connection.statement(
        "INSERT INTO revisions (sweep_id, number, sequence, fingerprint, description, path, canonical_text, overrides, "
        "data, created_at, data_path) VALUES (?1, (SELECT count(*) + 1 FROM revisions WHERE sweep_id = ?1), "
        "(SELECT coalesce(max(sequence), 0) + 1 FROM revisions), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    insert->bind(1, sweep_id);
    insert->bind(2, fingerprint);
    insert->bind(3, sweep.description);
    insert->bind(4, sweep_file);
    insert->bind(5, sweep.text);
    insert->bind(6, dump(sweep.overrides));
    insert->bind(7, dump(sweep.data));
    insert->bind(8, now_utc());
    insert->bind(9, data_path);
    insert->exec();
    const std::int64_t revision = connection.database().getLastInsertRowid();
    insert_trials(connection, revision, sweep.trials);
    return revision;
}

RevisionFile revision_row(Connection& connection, std::int64_t id, bool with_trials)
{
    RevisionFile revision;
    const auto select = connection.statement(
        "SELECT revision_id, sweep_id, number, name, fingerprint, description, canonical_text, overrides, data, "
        "created_at, "
        "sequence, path, data_path FROM revisions JOIN sweeps USING (sweep_id) WHERE revision_id = ?");
    select->bind(1, id);
    select->executeStep();
    const auto text = [&](int column) { return select->getColumn(column).getString(); };
    revision = {select->getColumn(0).getInt64(),
                select->getColumn(1).getInt64(),
                select->getColumn(2).getInt64(),
                text(3),
                text(4),
                text(5),
                text(6),
                text(7),
                text(8),
                text(9),
                {},
                {},
                select->getColumn(10).getInt64(),
                text(11),
                text(12)};
    if (!with_trials) {
        return revision;
    }
    const auto trials = connection.statement("SELECT trial_id, label, configuration, repeat, spec FROM revision_trials "
                                             "JOIN trials USING (trial_id) WHERE revision_id = ? ORDER BY position");
    trials->bind(1, id);
    while (trials->executeStep()) {
        configs::Trial trial;
        trial.id = trials->getColumn(0).getString();
        trial.label = trials->getColumn(1).getString();
        trial.configuration = trials->getColumn(2).getString();
        trial.repeat = trials->getColumn(3).getInt();
        revision.trials.push_back(std::move(trial));
        revision.specs.push_back(trials->getColumn(4).getString());
    }
    return revision;
}

}  // namespace attnsweep::store
