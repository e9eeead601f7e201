#include "store/metric_columns.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <span>
#include <string_view>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "configs/metrics.h"

namespace attnsweep::store {

namespace {

std::string_view bytes_of(sqlite3_value* value)
{
    const auto* const bytes = static_cast<const char*>(sqlite3_value_blob(value));
    return bytes == nullptr ? std::string_view()
                            : std::string_view(bytes, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

/// Implements metric_value(name, confusion, predictions) for SQL; NULL if the metric cannot be computed.
void metric_value(sqlite3_context* context, int /*count*/, sqlite3_value** values)
{
    sqlite3_result_null(context);
    try {
        const std::string_view name = bytes_of(values[0]);
        const std::span<const configs::Metric> all = configs::all_metrics();
        const auto metric = std::find_if(all.begin(), all.end(), [&](const auto& one) { return name == one.name; });
        const auto confusion = nlohmann::json::parse(bytes_of(values[1])).get<configs::Confusion>();
        const double value = metric == all.end() ? configs::Metrics::unknown
                                                 : metric->of(configs::class_metrics_of(confusion),
                                                              configs::predicted_clips_from(bytes_of(values[2])));
        if (std::isfinite(value)) {
            sqlite3_result_double(context, value);
        }
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    } catch (const std::exception&) {
        sqlite3_result_null(context);  // no exception may cross SQLite
    }
}

}  // namespace

std::string metric_columns(const std::string& prefix)
{
    std::string columns;
    for (const configs::Metric& metric : configs::all_metrics()) {
        columns += (columns.empty() ? "" : ", ") + prefix + metric.name;
    }
    return columns;
}

std::string metric_parameters()
{
    std::string parameters;
    for (std::size_t i = 0; i < configs::all_metrics().size(); ++i) {
        parameters += i == 0 ? "?" : ", ?";
    }
    return parameters;
}

std::vector<std::string> missing_metrics(SQLite::Database& database)
{
    std::vector<std::string> columns, missing;
    SQLite::Statement select(database, "SELECT name FROM pragma_table_info('evaluations')");
    while (select.executeStep()) {
        columns.push_back(select.getColumn(0).getString());
    }
    for (const configs::Metric& metric : configs::all_metrics()) {
        if (!columns.empty() && std::find(columns.begin(), columns.end(), metric.name) == columns.end()) {
            missing.emplace_back(metric.name);
        }
    }
    return missing;
}

void add_missing_metrics(SQLite::Database& database)
{
    const std::vector<std::string> missing = missing_metrics(database);
    std::string values;
    for (const configs::Metric& metric : configs::all_metrics()) {
        const std::string name = metric.name;
        if (std::find(missing.begin(), missing.end(), name) == missing.end()) {
            continue;
        }
        database.exec("ALTER TABLE evaluations ADD COLUMN " + name + " REAL");
        values += (values.empty() ? "" : ", ") + name;
        values += " = metric_value('" + name + "', confusion, ";
        values += metric.needs_predictions()
                      ? "(SELECT iif(weights = 'best', coalesce(best, last), last) FROM predictions "
                        "WHERE predictions.attempt_id = evaluations.attempt_id))"
                      : "NULL)";
    }
    if (!values.empty()) {
        database.createFunction("metric_value", 3, true, nullptr, metric_value);
        database.exec("UPDATE evaluations SET " + values);
    }
}

std::string with_metrics(const std::string& sql, const std::vector<std::string>& metrics)
{
    constexpr std::string_view opening = "/*+", closing = "*/", name = "METRIC";
    std::string whole;
    std::size_t at = 0;
    for (std::size_t from = sql.find(opening); from != std::string::npos; from = sql.find(opening, at)) {
        const std::size_t to = sql.find(closing, from);
        const std::string text = sql.substr(from + opening.size(), to - from - opening.size());
        whole += sql.substr(at, from - at);
        for (const std::string& metric : metrics) {
            std::string one = text;
            for (std::size_t place = one.find(name); place != std::string::npos;
                 place = one.find(name, place + metric.size())) {
                one.replace(place, name.size(), metric);
            }
            whole += one;
        }
        at = to + closing.size();
    }
    return whole + sql.substr(at);
}

}  // namespace attnsweep::store
