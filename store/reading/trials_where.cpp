#include "store/reading/trials_where.h"

#include <variant>

#include "store/connection.h"
#include "store/error.h"
#include "store/reading/query.h"
#include "store/store.h"

namespace attnsweep::store {

namespace {

/// The view that queries read, with a trial's names and settings alone.
std::string settings_view(Connection& connection)
{
    std::string settings;
    // Hidden 2 and 3: generated columns, which are read from the trial's settings.
    const auto select = connection.statement("SELECT name FROM pragma_table_xinfo('trials') WHERE hidden IN (2, 3)");
    while (select->executeStep()) {
        settings += ", trials." + select->getColumn(0).getString();
    }
    return "CREATE VIEW trial_overview AS SELECT name AS sweep, number AS revision, 1 AS current, label, "
           "configuration, "
           "repeat, position, trial_id, spec" +
           settings +
           " FROM revision_trials JOIN revisions USING (revision_id) JOIN sweeps USING (sweep_id) "
           "JOIN trials USING (trial_id)";
}

}  // namespace

std::unordered_set<std::string> trials_where(const configs::Sweep& sweep, const std::string& condition)
{
    const Store store = Store::in_memory(sweep);
    store.connection().translate([&] {
        const std::string view = settings_view(store.connection());
        store.connection().database().exec("DROP VIEW configuration_summary; DROP VIEW trial_overview; " + view);
    });
    Query query;
    query.where = condition;
    query.columns = {"trial_id"};
    query.with_hidden = true;
    std::unordered_set<std::string> ids;
    try {
        run_query(store, query, [&](const std::vector<Value>& row) { ids.insert(std::get<std::string>(row.front())); });
    } catch (const Error& error) {
        throw Error(error.kind(), std::string(error.what()) +
                                      ". A condition on what is to be run can ask for settings, label, "
                                      "configuration, repeat and trial_id, not for results");
    }
    return ids;
}

}  // namespace attnsweep::store
