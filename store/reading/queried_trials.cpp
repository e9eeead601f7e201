#include "store/reading/queried_trials.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "configs/name_list.h"
#include "store/annotations.h"

namespace attnsweep::store {

namespace {

std::string sql_quoted(const std::string& text)
{
    std::string quoted = "'";
    for (const char letter : text) {
        quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
    }
    return quoted + "'";
}

/// The trials of one revision as it names them; trial_overview has the names of the newest revision that has a trial.
std::string trials_of_revision(const SweepEntry& sweep, const std::vector<std::string>& known)
{
    static const std::array<std::string_view, 4> named{"label", "configuration", "repeat", "position"};
    std::string columns;
    for (const std::string& column : known) {
        std::string value = "overview.\"" + column + "\"";
        if (column == "revision") {
            value = std::to_string(sweep.revision);
        } else if (column == "tags" || column == "note") {
            value = "(SELECT " + column +
                    " FROM revision_annotations AS own WHERE own.revision_id = " + std::to_string(sweep.revision_id) +
                    ")";
        } else if (std::find(named.begin(), named.end(), column) != named.end()) {
            value = "of_revision.\"" + column + "\"";
        }
        columns += (columns.empty() ? "" : ", ") + value;
        columns += " AS \"" + column + "\"";
    }
    return "SELECT " + columns +
           " FROM trial_overview AS overview JOIN revision_trials AS of_revision ON of_revision.trial_id = "
           "overview.trial_id AND of_revision.revision_id = " +
           std::to_string(sweep.revision_id) + " WHERE overview.sweep = " + sql_quoted(sweep.name);
}

}  // namespace

std::string queried_trials(const Store& store, const std::vector<std::string>& sweeps, Revisions revisions,
                           const std::vector<std::string>& columns, bool with_hidden)
{
    // Of a sweep that is named, trials that are hidden themselves; else also those of a hidden sweep.
    const std::string in_sight = with_hidden ? "" : " AND NOT " + is_hidden_trial("overview.trial_id");
    const auto is_known = [&](const std::string& name) { return sweep_named(store, name).has_value(); };
    const std::string current = revisions == Revisions::newest ? " AND current" : "";
    std::string parts;
    std::map<std::string, std::string> listed_before;  // by sweep: selects the trials of its names so far
    for (const std::string& name : configs::names_in(sweeps, is_known)) {
        const SweepEntry sweep = find_sweep(store, name);
        const bool is_one_revision = !name.empty() && name != sweep.name;
        parts += (parts.empty() ? "" : " UNION ALL ") +
                 (is_one_revision
                      ? trials_of_revision(sweep, columns)
                      : "SELECT * FROM trial_overview AS overview WHERE sweep = " + sql_quoted(sweep.name) + current);
        parts += in_sight;
        std::string& before = listed_before[sweep.name];
        parts += before.empty() ? "" : " AND overview.trial_id NOT IN (" + before + ")";
        before += before.empty() ? "" : " UNION ";
        before += !is_one_revision && revisions == Revisions::all
                      ? "SELECT trial_id FROM revision_trials JOIN revisions USING (revision_id) JOIN sweeps USING "
                        "(sweep_id) WHERE name = " +
                            sql_quoted(sweep.name)
                      : "SELECT trial_id FROM revision_trials WHERE revision_id = " + std::to_string(sweep.revision_id);
    }
    if (parts.empty()) {
        parts = "SELECT * FROM trial_overview WHERE 1" + current + (with_hidden ? "" : " AND NOT hidden");
    }
    return "(" + parts + ")";
}

}  // namespace attnsweep::store
