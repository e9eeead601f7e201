#include "store/trial_lookup.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/nearest_name.h"
#include "store/annotations.h"
#include "store/connection.h"
#include "store/reading/sweeps.h"

namespace attnsweep::store {

namespace {

struct Candidate {
    std::string sweep, label, trial_id;
    std::int64_t revision_id = 0;
    int revision = 1;
};

/// Lists candidates, the last recorded sweep first; one per trial.
struct Candidates {
    static constexpr std::size_t most_listed = 12;
    std::vector<Candidate> first;  ///< at most most_listed
    std::size_t count = 0;
};

enum class Match { everything, exact, prefix };

/// The revisions of these ids; none: the newest of each sweep.
using RevisionIds = std::vector<std::int64_t>;

/// `in_sight`: not those of hidden sweeps, which are found where nothing else is.
Candidates candidates(Connection& connection, Match match, const std::string& name, const RevisionIds& revisions = {},
                      bool in_sight = false)
{
    std::string ids;
    for (const std::int64_t id : revisions) {
        ids += (ids.empty() ? "" : ", ") + std::to_string(id);
    }
    std::string sql =
        "SELECT sweeps.name, label, trial_id, revision_id, number, max(sequence) AS newest FROM (" +
        (ids.empty()
             ? "SELECT sweep_id, revision_id, number, max(sequence) AS sequence FROM revisions GROUP BY sweep_id"
             : "SELECT sweep_id, revision_id, number, sequence FROM revisions WHERE revision_id IN (" + ids + ")") +
        ") JOIN sweeps USING (sweep_id) JOIN revision_trials USING (revision_id)";
    if (match != Match::everything) {
        std::string separator = " WHERE (";
        for (const std::string text : {"label", "trial_id", "sweeps.name || ':' || label"}) {
            sql += separator + text;
            sql += match == Match::exact ? " = ?1" : " >= ?1 AND " + text + " < ?1 || char(0x10ffff)";
            separator = " OR ";
        }
        sql += ")";
        if (in_sight) {
            sql += " AND NOT " + is_hidden_sweep("sweeps.name");
        }
    }
    sql += " GROUP BY trial_id ORDER BY newest DESC, position";
    Candidates found;
    const auto select = connection.statement(sql);
    if (match != Match::everything) {
        select->bind(1, name);
    }
    for (; select->executeStep(); ++found.count) {
        if (found.first.size() < Candidates::most_listed) {
            found.first.push_back({select->getColumn(0).getString(), select->getColumn(1).getString(),
                                   select->getColumn(2).getString(), select->getColumn(3).getInt64(),
                                   select->getColumn(4).getInt()});
        }
    }
    return found;
}

/// `with_revisions`: as LABEL@N, by which each is found in its revision.
std::string listed(const Candidates& candidates, bool with_revisions = false)
{
    std::string text;
    for (const Candidate& candidate : candidates.first) {
        text += (text.empty() ? "" : ", ") + candidate.sweep + ":" + candidate.label +
                (with_revisions ? "@" + std::to_string(candidate.revision) : "") + " (" +
                candidate.trial_id.substr(0, 8) + ")";
    }
    if (candidates.count > candidates.first.size()) {
        text += " and " + std::to_string(candidates.count - candidates.first.size()) + " more";
    }
    return text;
}

Candidates in_revisions(const Store& store, const std::string& label, const RevisionIds& revisions)
{
    if (revisions.empty()) {
        return {};
    }
    Candidates found = candidates(store.connection(), Match::exact, label, revisions);
    return found.count > 0 ? found : candidates(store.connection(), Match::prefix, label, revisions);
}

/// What "SWEEP@N:LABEL", "SWEEP:LABEL@N" or "LABEL@N" names in revision N; nothing if it is not such a name.
Candidates in_revision(const Store& store, const std::string& name)
{
    const std::optional<NameInRevision> at_end = name_in_revision(name);
    for (std::size_t colon = name.find(':'); colon != std::string::npos; colon = name.find(':', colon + 1)) {
        const std::string before = name.substr(0, colon);
        if (const auto sweep = before.find('@') == std::string::npos ? std::nullopt : sweep_named(store, before)) {
            return in_revisions(store, name.substr(colon + 1), {sweep->revision_id});
        }
        if (at_end && colon < at_end->name.size() && sweep_named(store, before)) {
            return in_revisions(store, at_end->name.substr(colon + 1),
                                {find_revision(store, before, at_end->revision).revision_id});
        }
    }
    RevisionIds numbered;
    for (const SweepEntry& sweep : at_end ? revisions_numbered(store, at_end->revision) : std::vector<SweepEntry>()) {
        numbered.push_back(sweep.revision_id);
    }
    return in_revisions(store, at_end ? at_end->name : name, numbered);
}

RevisionIds all_revisions(Connection& connection)
{
    RevisionIds ids;
    const auto select = connection.statement("SELECT revision_id FROM revisions");
    while (select->executeStep()) {
        ids.push_back(select->getColumn(0).getInt64());
    }
    return ids;
}

/// An id is a trial's in whichever revision it is.
Candidates by_id_in_any_revision(Connection& connection, const std::string& name)
{
    // Eight digits, as lists show them: a shorter beginning could be a mistyped label.
    constexpr std::size_t shortest_id = 8;
    if (name.size() < shortest_id || name.find_first_not_of("0123456789abcdef") != std::string::npos) {
        return {};
    }
    return candidates(connection, Match::prefix, name, all_revisions(connection));
}

[[noreturn]] void throw_unknown(const Store& store, const std::string& name)
{
    Connection& connection = store.connection();
    const Candidates all = candidates(connection, Match::everything, {});
    if (all.count == 0) {
        throw Error(Error::Kind::unknown, "the store " + connection.path() + " has no trials yet: run a sweep first");
    }
    std::string text = "no trial in " + connection.path() + " has a label or id that begins with \"" + name + "\"";
    const Candidates older = candidates(connection, Match::exact, name, all_revisions(connection));
    if (older.count > 0) {
        const Candidate& newest = older.first.front();
        throw Error(Error::Kind::unknown, text + " in its sweep's newest revision; it is in an older one: " +
                                              newest.label + "@" + std::to_string(newest.revision));
    }
    std::vector<std::string> labels;
    for (const SweepEntry& sweep : sweeps(store)) {
        for (const std::string& label : labels_of(store, sweep)) {
            labels.push_back(label);
        }
    }
    const std::string nearest = configs::nearest_name(name, labels);
    throw Error(Error::Kind::unknown, text + (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                          " There are: " + listed(all) + ". A label of an older revision is LABEL@N");
}

Candidate only_candidate(const Store& store, const std::string& name)
{
    Connection& connection = store.connection();
    Candidates found;
    for (const Match match : {Match::exact, Match::prefix}) {
        for (const bool in_sight : {true, false}) {
            if (found.count == 0) {
                found = candidates(connection, match, name, {}, in_sight);
            }
        }
    }
    const bool is_older = found.count == 0;
    if (is_older) {
        found = in_revision(store, name);
    }
    if (found.count == 0) {
        found = by_id_in_any_revision(connection, name);
    }
    if (found.count == 1) {
        return found.first.front();
    }
    if (found.count > 1) {
        throw Error(Error::Kind::unknown, "\"" + name + "\" could be " + std::to_string(found.count) + " trials of " +
                                              connection.path() + ": " + listed(found, is_older) +
                                              ". Give more of the label or id, or SWEEP:LABEL");
    }
    throw_unknown(store, name);
}

TrialState state_of(Connection& connection, const std::string& id)
{
    TrialState state;
    state.id = id;
    const auto select =
        connection.statement("SELECT number, outcome, failure_kind, failure_message, failure_signal, epochs, "
                             "(SELECT done_attempt_id IS NOT NULL FROM trials WHERE trial_id = ?1) FROM attempts WHERE "
                             "trial_id = ?1 ORDER BY number DESC");
    select->bind(1, id);
    bool is_newest = true;
    while (select->executeStep()) {
        const std::string outcome = select->getColumn(1).getString();
        if (is_newest) {
            state.attempts = select->getColumn(0).getInt();
            state.last_epoch = select->getColumn(5).getInt();
            if (select->getColumn(6).getInt() != 0) {
                state.status = Status::done;
            } else if (outcome.empty()) {
                state.status = Status::running;
            } else if (outcome == "failed") {
                state.status = Status::failed;
            }
            is_newest = false;
        }
        if (outcome == "failed" && !state.last_failure) {
            state.last_failure = configs::Failure{configs::failure_kind(select->getColumn(2).getString()),
                                                  select->getColumn(3).getString(), select->getColumn(4).getInt()};
        }
    }
    return state;
}

}  // namespace

std::vector<TrialState> trial_states(Connection& connection, const std::vector<std::string>& trial_ids)
{
    return connection.translate([&] {
        std::vector<TrialState> states;
        states.reserve(trial_ids.size());
        for (const std::string& id : trial_ids) {
            states.push_back(state_of(connection, id));
        }
        return states;
    });
}

std::unordered_set<std::string> done_trial_ids(Connection& connection)
{
    return connection.translate([&] {
        std::unordered_set<std::string> ids;
        ids.reserve(
            static_cast<std::size_t>(connection.database().execAndGet("SELECT count(*) FROM trials").getInt64()));
        const auto select = connection.statement("SELECT trial_id FROM trials WHERE done_attempt_id IS NOT NULL");
        while (select->executeStep()) {
            ids.insert(select->getColumn(0).getString());
        }
        return ids;
    });
}

TrialLocation locate_trial(const Store& store, const std::string& prefix)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const Candidate candidate = only_candidate(store, prefix);
        const auto select = connection.statement(R"(
            SELECT configuration, repeat, spec, data, attempts.number, attempts.folder, attempts.execution, data_path
            FROM revision_trials JOIN revisions USING (revision_id) JOIN trials USING (trial_id)
            LEFT JOIN attempts ON attempt_id = coalesce(done_attempt_id, (SELECT attempt_id FROM attempts AS newest
                WHERE newest.trial_id = trials.trial_id ORDER BY newest.number DESC LIMIT 1))
            WHERE revision_id = ? AND label = ?)");
        select->bind(1, candidate.revision_id);
        select->bind(2, candidate.label);
        select->executeStep();
        TrialLocation location;
        location.sweep = candidate.sweep;
        location.status = state_of(connection, candidate.trial_id).status;
        location.trial.id = candidate.trial_id;
        location.trial.label = candidate.label;
        location.trial.configuration = select->getColumn(0).getString();
        location.trial.repeat = select->getColumn(1).getInt();
        try {
            nlohmann::json::parse(select->getColumn(2).getString()).get_to(location.trial.spec);
            nlohmann::json::parse(select->getColumn(3).getString()).get_to(location.data);
            location.data.path = select->getColumn(7).getString();
            if (!select->isColumnNull(6)) {
                nlohmann::json::parse(select->getColumn(6).getString()).get_to(location.execution);
            }
        } catch (const std::exception& failure) {
            throw Error(Error::Kind::damaged, "trial " + candidate.label + " in the store " + connection.path() +
                                                  " cannot be read: " + failure.what());
        }
        if (!select->isColumnNull(4)) {
            const std::string recorded = select->getColumn(5).getString();
            location.attempt_folder = std::filesystem::absolute(
                recorded.empty() ? store.attempt_folder(candidate.trial_id, select->getColumn(4).getInt())
                                 : store.folder() / recorded);
        }
        return location;
    });
}

}  // namespace attnsweep::store
