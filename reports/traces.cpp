#include "reports/traces.h"

#include <nlohmann/json.hpp>

#include "reports/connection.h"

namespace attnsweep::reports {

namespace {

template <typename T> std::optional<T> value_in(const SQLite::Column& column)
{
    if (column.isNull() ||
        column.getDouble() <= 0)  // what was never measured: a published result, one of a failed start
        return std::nullopt;
    if constexpr (std::is_same_v<T, double>)
        return column.getDouble();
    else
        return static_cast<T>(column.getInt64());
}

constexpr const char* attempts_of_revision = R"(
    SELECT revision_trials.trial_id, attempts.started_at, attempts.ended_at, attempts.host, attempts.device, attempts.folder,
           attempts.execution, attempts.duration_s, attempts.peak_memory_bytes, attempts.parameters, attempts.number,
           attempts.epochs, attempts.best_epoch, attempts.stopped_early, attempts.split_digest
    FROM revision_trials JOIN trials USING (trial_id)
    JOIN attempts ON attempts.attempt_id = coalesce(trials.done_attempt_id,
        (SELECT attempt_id FROM attempts AS newest WHERE newest.trial_id = trials.trial_id ORDER BY number DESC LIMIT 1))
    WHERE revision_id = ?)";

}  // namespace

std::map<std::string, TrialTrace> read_traces(const Store& store, std::int64_t revision_id)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::map<std::string, TrialTrace> traces;
        const auto select = connection.statement(attempts_of_revision);
        select->bind(1, revision_id);
        while (select->executeStep()) {
            TrialTrace trace;
            trace.started_at = select->getColumn(1).getString();
            trace.ended_at = select->getColumn(2).getString();
            trace.host = select->getColumn(3).getString();
            trace.device = select->getColumn(4).getString();
            trace.folder = select->getColumn(5).getString();
            if (!select->getColumn(6).isNull()) {
                try {
                    trace.execution =
                        nlohmann::json::parse(select->getColumn(6).getString()).get<configs::ExecutionRecord>();
                } catch (const std::exception& failure) {
                    throw Error(Error::Kind::damaged,
                                "the store " + connection.path() +
                                    " holds a trial's execution settings that cannot be read: " + failure.what() +
                                    ". Make it anew from its files: attnsweep store rebuild");
                }
            }
            trace.duration_s = value_in<double>(select->getColumn(7));
            trace.peak_memory_bytes = value_in<std::int64_t>(select->getColumn(8));
            trace.parameters = value_in<std::int64_t>(select->getColumn(9));
            trace.attempt = select->getColumn(10).getInt();
            trace.epochs = select->getColumn(11).getInt();
            trace.best_epoch = value_in<int>(select->getColumn(12));
            trace.stopped_early = select->getColumn(13).getInt() != 0;
            trace.split_digest = select->getColumn(14).getString();
            traces.emplace(select->getColumn(0).getString(), std::move(trace));
        }
        return traces;
    });
}

}  // namespace attnsweep::reports
