#include "store/reading/traces.h"

#include <string_view>

#include "store/connection.h"
#include "store/reading/parsed_column.h"

namespace attnsweep::store {

namespace {

template <typename T> std::optional<T> value_in(const SQLite::Column& column)
{
    if (column.isNull() || column.getDouble() <= 0) {  // never measured: a published result, or a failed start
        return std::nullopt;
    }
    if constexpr (std::is_same_v<T, double>) {
        return column.getDouble();
    } else {
        return static_cast<T>(column.getInt64());
    }
}

constexpr std::string_view columns = R"(
    SELECT attempts.trial_id, attempts.started_at, attempts.ended_at, attempts.host, attempts.device, attempts.folder,
           attempts.execution, attempts.duration_s, attempts.peak_memory_bytes, attempts.parameters, attempts.number,
           attempts.epochs, attempts.best_epoch, attempts.stopped_early, attempts.split_digest)";

constexpr std::string_view attempt_that_counts = R"(
    JOIN attempts ON attempts.attempt_id = coalesce(trials.done_attempt_id,
        (SELECT attempt_id FROM attempts AS newest WHERE newest.trial_id = trials.trial_id ORDER BY number DESC LIMIT 1)))";

TrialTrace trace_in(const Connection& connection, const SQLite::Statement& row)
{
    TrialTrace trace;
    trace.started_at = row.getColumn(1).getString();
    trace.ended_at = row.getColumn(2).getString();
    trace.host = row.getColumn(3).getString();
    trace.device = row.getColumn(4).getString();
    trace.folder = row.getColumn(5).getString();
    if (!row.getColumn(6).isNull()) {
        trace.execution =
            parsed<configs::ExecutionRecord>(connection, row.getColumn(6), "a trial's execution settings");
    }
    trace.duration_s = value_in<double>(row.getColumn(7));
    trace.peak_memory_bytes = value_in<std::int64_t>(row.getColumn(8));
    trace.parameters = value_in<std::int64_t>(row.getColumn(9));
    trace.attempt = row.getColumn(10).getInt();
    trace.epochs = row.getColumn(11).getInt();
    trace.best_epoch = value_in<int>(row.getColumn(12));
    trace.stopped_early = row.getColumn(13).getInt() != 0;
    trace.split_digest = row.getColumn(14).getString();
    return trace;
}

}  // namespace

std::map<std::string, TrialTrace> read_traces(const Store& store, std::int64_t revision_id)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::map<std::string, TrialTrace> traces;
        const auto select =
            connection.statement(std::string(columns) + " FROM revision_trials JOIN trials USING (trial_id)" +
                                 std::string(attempt_that_counts) + " WHERE revision_id = ?");
        select->bind(1, revision_id);
        while (select->executeStep()) {
            traces.emplace(select->getColumn(0).getString(), trace_in(connection, *select));
        }
        return traces;
    });
}

std::optional<TrialTrace> read_trace(const Store& store, const std::string& trial_id)
{
    Connection& connection = store.connection();
    return connection.translate([&]() -> std::optional<TrialTrace> {
        const auto select = connection.statement(std::string(columns) + " FROM trials" +
                                                 std::string(attempt_that_counts) + " WHERE trials.trial_id = ?");
        select->bind(1, trial_id);
        return select->executeStep() ? std::optional(trace_in(connection, *select)) : std::nullopt;
    });
}

}  // namespace attnsweep::store
