#include "store/reading/attempt_agreement.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/connection.h"
#include "store/metric_columns.h"

namespace attnsweep::store {

namespace {

/// Returns whether the rows that `what` selects of either attempt are not in the other.
bool differs(Connection& connection, const std::string& what, std::int64_t a, std::int64_t b)
{
    const std::string of_a = what + " WHERE attempt_id = ?1", of_b = what + " WHERE attempt_id = ?2";
    const auto select = connection.statement("SELECT EXISTS (" + of_a + " EXCEPT " + of_b + ") OR EXISTS (" + of_b +
                                             " EXCEPT " + of_a + ")");
    select->bind(1, a);
    select->bind(2, b);
    select->executeStep();
    return select->getColumn(0).getInt() != 0;
}

/// The first epoch in which the attempts differ; 0: none.
int first_unequal_epoch(Connection& connection, std::int64_t a, std::int64_t b)
{
    const std::string what =
        "SELECT epoch, train_loss, train_accuracy, validation_loss, validation_accuracy FROM epochs";
    const std::string of_a = what + " WHERE attempt_id = ?1", of_b = what + " WHERE attempt_id = ?2";
    const auto select = connection.statement("SELECT min(epoch) FROM (SELECT * FROM (" + of_a + " EXCEPT " + of_b +
                                             ") UNION ALL SELECT * FROM (" + of_b + " EXCEPT " + of_a + "))");
    select->bind(1, a);
    select->bind(2, b);
    select->executeStep();
    return select->getColumn(0).getInt();
}

/// What of the execution settings differs: such attempts need not agree.
std::string unequal_settings(Connection& connection, std::int64_t counting, std::int64_t other, int number)
{
    std::string words;
    for (const auto& [column, name] :
         std::vector<std::pair<std::string, std::string>>{{"threads", "threads"},
                                                          {"device_name", "device"},
                                                          {"cpu_features", "processor features"},
                                                          {"libtorch_version", "libtorch"},
                                                          {"attnsweep_version", "attnsweep"},
                                                          {"compiler", "compiler"},
                                                          {"mixed", "mixed"}}) {
        const auto select =
            connection.statement("SELECT a." + column + ", b." + column +
                                 " FROM attempts AS a, attempts AS b WHERE a.attempt_id = ? AND b.attempt_id = ?");
        select->bind(1, counting);
        select->bind(2, other);
        select->executeStep();
        const std::string before = select->getColumn(0).getString(), now = select->getColumn(1).getString();
        if (before != now) {
            words += fmt::format("{}{} {} instead of {}", words.empty() ? "; it had " : ", ", name,
                                 now.empty() ? "unknown" : now, before.empty() ? "unknown" : before);
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
