#include "store/reading/epoch_times.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include <nlohmann/json.hpp>

#include "configs/names.h"
#include "store/connection.h"

namespace attnsweep::store {

namespace {

// For an attempt that has not ended, the device may be the requested "auto": it counts as CPU or GPU according to the
// ended attempts of the same host, and is left out if there are none. On several devices it is "2 x cuda:0" until it has ended
// (runner/rank/worker.cpp), which is no kind of device: left out, too, since it is no time of one; and so is a mixed one of which a part
// may have been trained on several, by what is recorded of the trial's other attempts, ended or not.
constexpr const char* newest_attempts = R"(
    WITH newest AS (
        SELECT attempt_id, trial_id, host, device, execution, split_digest, outcome, epochs FROM attempts
        ORDER BY attempt_id DESC LIMIT ?1
    ), hosts AS (
        SELECT host, max(device) AS device FROM newest WHERE execution IS NOT NULL GROUP BY host
    ), times AS (
        SELECT attempt_id, count(*) AS seen, sum(duration_s) AS total_s FROM epochs JOIN newest USING (attempt_id)
        WHERE duration_s > 0 GROUP BY attempt_id
    )
    SELECT json_remove(spec, '$.seed') AS settings, spec,
           CASE WHEN newest.device = 'auto' THEN hosts.device ELSE newest.device END,
           coalesce(json_extract(execution, '$.threads'), 0), coalesce(train_clips, 0), seen, total_s,
           CASE WHEN outcome = 'done' THEN newest.epochs ELSE 0 END,
           coalesce(json_extract(execution, '$.attention_implementation'), ''),
           coalesce(json_extract(execution, '$.replicas'), 1)
    FROM newest JOIN times USING (attempt_id) JOIN trials USING (trial_id) LEFT JOIN hosts USING (host)
    LEFT JOIN splits USING (split_digest)
    WHERE NOT (coalesce(json_extract(execution, '$.mixed'), 0) AND
               (coalesce(json_extract(execution, '$.replicas'), 1) > 1 OR
                EXISTS (SELECT 1 FROM attempts AS other
                        WHERE other.trial_id = newest.trial_id AND
                              (other.device LIKE '% x %' OR json_extract(other.execution, '$.replicas') > 1))))
    ORDER BY attempt_id DESC)";

// A result that waited to be imported says nothing about how long a trial takes: what lies between the training's own clock and
// the store is a minute at most.
constexpr const char* times_around_epochs = R"(
    WITH newest AS (
        SELECT attempt_id, (julianday(ended_at) - julianday(started_at)) * 86400 AS taken_s, duration_s AS trained_s
        FROM attempts
        WHERE outcome = 'done' AND number = 1 AND (device = ?1 OR device LIKE ?1 || ':%')
        ORDER BY attempt_id DESC LIMIT ?2
    )
    SELECT max(taken_s - total(epochs.duration_s), 0) AS around_s FROM newest JOIN epochs USING (attempt_id)
    WHERE taken_s - trained_s BETWEEN -2 AND 60 GROUP BY attempt_id ORDER BY around_s)";

}  // namespace

std::vector<EpochTimes> epoch_times(const Store& store, int most)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<EpochTimes> all;
        std::map<std::tuple<std::string, configs::DeviceKind, int, std::string, int>, std::size_t> places;
        const auto select = connection.statement(newest_attempts);
        select->bind(1, most);
        while (select->executeStep()) {
            const std::string device = select->getColumn(2).getString();
            const auto kind = configs::from_name<configs::DeviceKind>(device.substr(0, device.find(':')));
            if (!kind) {
                continue;  // not known yet
            }
            const int threads = select->getColumn(3).getInt();
            const std::string attention = select->getColumn(8).getString();
            const int replicas = select->getColumn(9).getInt();
            const auto [place, is_new] =
                places.try_emplace({select->getColumn(0).getString(), *kind, threads, attention, replicas}, all.size());
            if (is_new) {
                EpochTimes times;
                try {
                    nlohmann::json::parse(select->getColumn(1).getString()).get_to(times.spec);
                } catch (const std::exception& failure) {
                    throw Error(Error::Kind::damaged,
                                "the store " + connection.path() +
                                    " holds a trial's settings that cannot be read: " + failure.what());
                }
                times.device_kind = *kind;
                times.threads = threads;
                times.attention_implementation = attention;
                times.replicas = replicas;
                all.push_back(std::move(times));
            }
            EpochTimes& times = all[place->second];
            const int seen = select->getColumn(5).getInt();
            const double total_s = select->getColumn(6).getDouble(), attempt_s = total_s / seen;
            times.fastest_s = times.epochs_seen == 0 ? attempt_s : std::min(times.fastest_s, attempt_s);
            times.slowest_s = std::max(times.slowest_s, attempt_s);
            times.mean_s = (times.mean_s * times.epochs_seen + total_s) / (times.epochs_seen + seen);
            times.epochs_seen += seen;
            times.train_clips = std::max(times.train_clips, select->getColumn(4).getDouble());
            if (const int epochs = select->getColumn(7).getInt(); epochs > 0) {
                times.epochs_at_end.push_back(epochs);
            }
        }
        return all;
    });
}

std::optional<double> time_around_epochs(const Store& store, configs::DeviceKind device_kind, int most)
{
    Connection& connection = store.connection();
    return connection.translate([&]() -> std::optional<double> {
        const auto select = connection.statement(times_around_epochs);
        select->bind(1, configs::to_string(device_kind));
        select->bind(2, most);
        std::vector<double> ascending;
        while (select->executeStep()) {
            ascending.push_back(select->getColumn(0).getDouble());
        }
        if (ascending.empty()) {
            return std::nullopt;
        }
        const auto quarter = static_cast<std::ptrdiff_t>(ascending.size() / 4);
        const auto first = ascending.begin() + quarter, last = ascending.end() - quarter;
        return std::accumulate(first, last, 0.0) / static_cast<double>(last - first);
    });
}

}  // namespace attnsweep::store
