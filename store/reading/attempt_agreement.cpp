#include "store/reading/attempt_agreement.h"

#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "store/connection.h"
#include "store/metric_columns.h"

namespace attnsweep::store {

namespace {

/// Computes `aggregate` over the rows that `rows` selects of one of the attempts and not of the other.
int of_unequal_rows(Connection& connection, const std::string& aggregate, const std::string& rows, std::int64_t a,
                    std::int64_t b)
{
    const std::string of_a = rows + " WHERE attempt_id = ?1", of_b = rows + " WHERE attempt_id = ?2";
    const auto select = connection.statement("SELECT " + aggregate + " FROM (SELECT * FROM (" + of_a + " EXCEPT " +
                                             of_b + ") UNION ALL SELECT * FROM (" + of_b + " EXCEPT " + of_a + "))");
    select->bind(1, a);
    select->bind(2, b);
    select->executeStep();
    return select->getColumn(0).getInt();
}

bool differs(Connection& connection, const std::string& rows, std::int64_t a, std::int64_t b)
{
    return of_unequal_rows(connection, "count(*)", rows, a, b) > 0;
}

/// The first epoch in which the attempts differ; 0: none.
int first_unequal_epoch(Connection& connection, std::int64_t a, std::int64_t b)
{
    return of_unequal_rows(connection, "min(epoch)",
                           "SELECT epoch, train_loss, train_accuracy, validation_loss, validation_accuracy FROM epochs",
                           a, b);
}

/// What of the execution settings differs, by which equal trials need not agree (runner/trial/trial_progress.h): on a GPU the
/// processor computes nothing of the result.
std::string unequal_settings(Connection& connection, std::int64_t counting, std::int64_t other, int number)
{
    const auto record = [&](std::int64_t attempt) {
        const auto select = connection.statement("SELECT coalesce(execution, '{}') FROM attempts WHERE attempt_id = ?");
        select->bind(1, attempt);
        select->executeStep();
        return nlohmann::json::parse(select->getColumn(0).getString(), nullptr, false);
    };
    const nlohmann::json before = record(counting), now = record(other);
    const auto text = [](const nlohmann::json& execution, const char* name) {
        const auto found = execution.is_object() ? execution.find(name) : execution.end();
        // Before it was recorded, attention was chunked (configs::attention_of); a single replica and steps weight by
        // weight are not recorded.
        const std::string_view field = name;
        const char* unrecorded = field == "attention_implementation" ? "chunked"
                                 : field == "replicas"               ? "1"
                                 : field == "optimizer_step"         ? "per_tensor"
                                                                     : "unknown";
        return found == execution.end() || !execution.is_object() ? std::string(unrecorded)
               : found->is_string()                               ? found->get<std::string>()
                                                                  : found->dump();
    };
    const bool on_gpu = text(before, "device").starts_with("cuda") && text(now, "device").starts_with("cuda");
    std::string words;
    for (const auto& [field, name, is_of_processor] :
         {std::tuple{"threads", "threads", true}, std::tuple{"cpu_features", "processor features", true},
          std::tuple{"device", "device", false}, std::tuple{"device_name", "device", false},
          std::tuple{"attnsweep_version", "attnsweep", false}, std::tuple{"libtorch_version", "libtorch", false},
          std::tuple{"attention_implementation", "attention", false}, std::tuple{"compiler", "compiler", false},
          std::tuple{"cudnn_version", "cuDNN", false}, std::tuple{"replicas", "replicas", false},
          std::tuple{"optimizer_step", "optimizer step", false}, std::tuple{"mixed", "mixed", false}}) {
        if (text(before, field) != text(now, field) && !(on_gpu && is_of_processor)) {
            words += fmt::format("{}{} {} instead of {}", words.empty() ? "; it had " : ", ", name, text(now, field),
                                 text(before, field));
        }
    }
    return words.empty() ? fmt::format("; its execution settings are those of attempt {}", number) : words;
}

}  // namespace

std::string agreement_in_words(const Store& store, const std::string& trial_id, int attempt)
{
    Connection& connection = store.connection();
    return connection.translate([&]() -> std::string {
        std::int64_t counting = 0, other = 0;
        int number = 0;
        {
            const auto select = connection.statement(
                "SELECT counts.attempt_id, counts.number, other.attempt_id FROM trials JOIN attempts AS counts ON "
                "counts.attempt_id = done_attempt_id JOIN attempts AS other ON other.trial_id = trials.trial_id WHERE "
                "trials.trial_id = ? AND other.number = ? AND other.outcome = 'done' AND other.attempt_id <> "
                "counts.attempt_id");
            select->bind(1, trial_id);
            select->bind(2, attempt);
            if (!select->executeStep()) {
                return {};
            }
            counting = select->getColumn(0).getInt64();
            number = select->getColumn(1).getInt();
            other = select->getColumn(2).getInt64();
        }
        const int epoch = first_unequal_epoch(connection, counting, other);
        std::string where;
        if (epoch > 0) {
            where = fmt::format("from epoch {} on", epoch);
        } else if (differs(connection,
                           "SELECT weights, epoch, loss, confusion, " + metric_columns() + " FROM evaluations",
                           counting, other)) {
            where = "in its test results";
        } else if (differs(connection, "SELECT last, best FROM predictions", counting, other)) {
            where = "in its predictions";
        } else {
            return fmt::format("is the same as attempt {} to the bit", number);
        }
        return fmt::format("differs from attempt {} {}{}", number, where,
                           unequal_settings(connection, counting, other, number));
    });
}

}  // namespace attnsweep::store
