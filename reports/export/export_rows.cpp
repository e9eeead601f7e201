#include <array>
#include <cerrno>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "files/error.h"
#include "reports/export/export.h"
#include "reports/tables/escaping.h"
#include "store/connection.h"
#include "store/file_error.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

namespace {

constexpr std::array<const char*, 12> epoch_columns{"sweep",
                                                    "label",
                                                    "configuration",
                                                    "repeat",
                                                    "trial_id",
                                                    "attempt",
                                                    "epoch",
                                                    "train_loss",
                                                    "train_accuracy",
                                                    "validation_loss",
                                                    "validation_accuracy",
                                                    "duration_s"};

constexpr const char* epochs_of_trials = R"(
    SELECT trial_overview.sweep, label, configuration, repeat, trial_overview.trial_id, attempts.number, epochs.epoch, train_loss,
           train_accuracy, validation_loss, validation_accuracy, epochs.duration_s
    FROM trial_overview JOIN trials USING (trial_id)
    JOIN attempts ON attempts.attempt_id = coalesce(trials.done_attempt_id,
        (SELECT attempt_id FROM attempts AS newest WHERE newest.trial_id = trials.trial_id ORDER BY number DESC LIMIT 1))
    JOIN epochs ON epochs.attempt_id = attempts.attempt_id
    WHERE ?1 = '' OR trial_overview.sweep = ?1
    ORDER BY trial_overview.sweep, trial_overview.position, label, epochs.epoch)";

std::string csv_epoch(const SQLite::Statement& row)
{
    std::string line;
    for (int i = 0; i < static_cast<int>(epoch_columns.size()); ++i) {
        const SQLite::Column column = row.getColumn(i);
        line += (i == 0 ? "" : ",") + (column.isText()      ? csv_field(column.getString(), false)
                                       : column.isInteger() ? std::to_string(column.getInt64())
                                       : column.isFloat()   ? fmt::format("{}", column.getDouble())
                                                            : std::string());
    }
    return line + "\n";
}

std::string json_epoch(const SQLite::Statement& row)
{
    nlohmann::ordered_json object;
    for (int i = 0; i < static_cast<int>(epoch_columns.size()); ++i) {
        const SQLite::Column column = row.getColumn(i);
        nlohmann::ordered_json& value = object[epoch_columns.at(static_cast<std::size_t>(i))];
        if (column.isText()) {
            value = column.getString();
        } else if (column.isInteger()) {
            value = column.getInt64();
        } else if (column.isFloat()) {
            value = column.getDouble();
        }
    }
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::int64_t write_epochs(const store::Store& store, const std::string& sweep, bool is_csv, std::ostream& out)
{
    store::Connection& connection = store.connection();
    std::int64_t rows = 0;
    connection.translate([&] {
        const auto select = connection.statement(epochs_of_trials);
        select->bind(1, sweep);
        for (std::size_t i = 0; is_csv && i < epoch_columns.size(); ++i) {
            out << (i == 0 ? "" : ",") << epoch_columns.at(i) << (i + 1 == epoch_columns.size() ? "\n" : "");
        }
        while (select->executeStep()) {
            if (is_csv) {
                out << csv_epoch(*select);
            } else {
                out << (rows == 0 ? "[\n  " : ",\n  ") << json_epoch(*select);
            }
            ++rows;
        }
        if (!is_csv) {
            out << (rows == 0 ? "[]\n" : "\n]\n");
        }
    });
    return rows;
}

}  // namespace

Exported export_rows(const store::Store& store, const std::string& sweep, QueryFormat format,
                     const std::filesystem::path& folder)
{
    (void)store::find_sweep(store, sweep);  // an unknown name is told with the known ones
    const bool is_csv = format == QueryFormat::csv;
    Exported exported;
    const auto write = [&](const char* name, const auto& rows_to) {
        const std::filesystem::path path = folder / (std::string(name) + (is_csv ? ".csv" : ".json"));
        files::write_durably(path, std::function<void(const std::filesystem::path&)>([&](const auto& temporary) {
                                 std::ofstream out(temporary, std::ios::binary);
                                 out.imbue(std::locale::classic());
                                 int reason = 0;
                                 try {
                                     out.exceptions(std::ios::badbit);
                                     rows_to(out);
                                 } catch (const std::ios_base::failure&) {
                                     reason = errno;
                                 }
                                 out.exceptions(std::ios::goodbit);
                                 errno = 0;
                                 out.close();
                                 if (!out) {
                                     throw files::Error(path, "write", reason != 0 ? reason : errno);
                                 }
                             }));
        exported.files.push_back(path);
    };
    try {
        files::create_folders(folder);
        store::Query all;
        if (!sweep.empty()) {
            all.sweeps = {sweep};
        }
        all.columns = store::known_columns(store);
        write("trials", [&](std::ostream& out) { exported.trials = write_query(store, all, format, out); });
        write("epochs", [&](std::ostream& out) { exported.epochs = write_epochs(store, sweep, is_csv, out); });
    } catch (const files::Error& failure) {
        throw store::Error(store::kind_of_file_error(failure),
                           std::string("the export cannot be written: ") + failure.what());
    }
    return exported;
}

}  // namespace attnsweep::reports
