#include "store/reading/live_overview.h"

#include <exception>
#include <string>

#include <sqlite3.h>

#include "configs/failure_policy.h"
#include "store/connection.h"
#include "store/reading/live_attempts.h"
#include "store/reading/sweep_status.h"

namespace attnsweep::store {

namespace {

/// Implements live_status(status, trial_id, folder, failures, failure) for SQL. `failures`: the kinds of all failed attempts
/// at the trial, with commas; `failure`: the kind of the last.
void live_status(sqlite3_context* context, int /*count*/, sqlite3_value** values)
{
    const auto text = [&](int place) {
        const unsigned char* const bytes = sqlite3_value_text(values[place]);
        return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes));
    };
    try {
        const auto& attempts = *static_cast<const LiveAttempts*>(sqlite3_user_data(context));
        if (text(0) == "failed" && !configs::tried_again(failure_counts(text(3)), configs::failure_kind(text(4)))) {
            sqlite3_result_value(context, values[0]);
            return;
        }
        const std::string folder = text(2);
        const char* const status = text(0) == "running" && attempts.is_running(folder) ? "running"
                                   : attempts.has_checkpoint(text(1), folder)          ? "to resume"
                                                                                       : "pending";
        sqlite3_result_text(context, status, -1, SQLITE_STATIC);
    } catch (const std::exception&) {
        sqlite3_result_value(context, values[0]);  // no exception may cross SQLite
    }
}

/// The view's own text, with statuses of what is not done replaced.
std::string overlay(SQLite::Database& database)
{
    std::string columns;
    SQLite::Statement select(database, "SELECT name FROM pragma_table_info('trial_overview', 'main')");
    while (select.executeStep()) {
        const std::string name = "\"" + select.getColumn(0).getString() + "\"";
        columns += (columns.empty() ? "" : ", ") +
                   (name == "\"status\"" ? "CASE WHEN status IN ('running', 'pending', 'failed') AND attempts > 0 THEN "
                                           "live_status(status, trial_id, folder, (SELECT group_concat(failure_kind) "
                                           "FROM main.attempts AS failed WHERE failed.trial_id = "
                                           "trial_overview.trial_id AND outcome = 'failed'), failure_kind) "
                                           "ELSE status END AS status"
                                         : name);
    }
    return "CREATE TEMP VIEW trial_overview AS SELECT " + columns + " FROM main.trial_overview";
}

}  // namespace

void overlay_live_statuses(const Store& store)
{
    if (store.parts().empty()) {
        return;  // in memory, without attempts
    }
    Connection& connection = store.connection();
    connection.translate([&] {
        SQLite::Database& database = connection.database();
        const auto number = [&](const char* sql) { return database.execAndGet(sql).getInt(); };
        if (number("SELECT count(*) FROM sqlite_temp_schema WHERE name = 'trial_overview'") > 0) {
            return;
        }
        auto attempts = std::make_unique<LiveAttempts>(store);
        const int code = sqlite3_create_function_v2(
            database.getHandle(), "live_status", 5, SQLITE_UTF8, attempts.release(), live_status, nullptr, nullptr,
            [](void* mine) { delete static_cast<LiveAttempts*>(mine); });  // called when it cannot be made, too
        if (code != SQLITE_OK) {
            throw SQLite::Exception(database.getHandle(), code);
        }
        const int reads_only = number("PRAGMA query_only");
        database.exec("PRAGMA query_only = OFF");
        database.exec(overlay(database));
        std::string summary =
            database.execAndGet("SELECT sql FROM main.sqlite_schema WHERE name = 'configuration_summary'").getString();
        summary.replace(0, summary.find("VIEW"), "CREATE TEMP ");
        database.exec(summary);
        database.exec("PRAGMA query_only = " + std::to_string(reads_only));
    });
}

}  // namespace attnsweep::store
