#include "reports/export/export_rows.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "files/error.h"
#include "reports/others_files.h"
#include "reports/tables/escaping.h"
#include "store/file_error.h"
#include "store/reading/epoch_rows.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

namespace {

std::string text_of(const store::Value& value)
{
    if (const auto* text = std::get_if<std::string>(&value)) {
        return csv_field(*text, false);
    }
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*whole);
    }
    const auto* number = std::get_if<double>(&value);
    return number == nullptr ? std::string() : fmt::format("{}", *number);
}

std::string csv_epoch(const std::vector<store::Value>& row)
{
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        line += (i == 0 ? "" : ",") + text_of(row[i]);
    }
    return line + "\n";
}

std::string json_epoch(const std::vector<store::Value>& row)
{
    nlohmann::ordered_json object;
    for (std::size_t i = 0; i < row.size(); ++i) {
        nlohmann::ordered_json& field = object[store::epoch_columns.at(i)];
        if (const auto* text = std::get_if<std::string>(&row[i])) {
            field = *text;
        } else if (const auto* whole = std::get_if<std::int64_t>(&row[i])) {
            field = *whole;
        } else if (const auto* number = std::get_if<double>(&row[i])) {
            field = *number;
        }
    }
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::int64_t write_epochs(const store::Store& store, const std::string& sweep, store::Revisions revisions, bool is_csv,
                          std::ostream& out)
{
    std::int64_t rows = 0;
    for (std::size_t i = 0; is_csv && i < store::epoch_columns.size(); ++i) {
        out << (i == 0 ? "" : ",") << store::epoch_columns.at(i) << (i + 1 == store::epoch_columns.size() ? "\n" : "");
    }
    store::read_epoch_rows(store, sweep, revisions, [&](const std::vector<store::Value>& row) {
        if (is_csv) {
            out << csv_epoch(row);
        } else {
            out << (rows == 0 ? "[\n  " : ",\n  ") << json_epoch(row);
        }
        ++rows;
    });
    if (!is_csv) {
        out << (rows == 0 ? "[]\n" : "\n]\n");
    }
    return rows;
}

/// Both begin with the sweep, whatever the version that wrote them; without a row, JSON is an empty list.
void refuse_if_of_others(const std::filesystem::path& path, bool is_csv)
{
    const std::vector<std::string_view> marks =
        is_csv ? std::vector<std::string_view>{"sweep,"} : std::vector<std::string_view>{"[\n  {\"sweep\":", "[]\n"};
    for (const std::string_view mark : marks) {
        if (!is_of_others(path, mark)) {
            return;
        }
    }
    throw store::Error(store::Error::Kind::unwritable,
                       path.string() +
                           " is there already and is not an export of attnsweep, so nothing is written over it: name "
                           "another folder with " +
                           (is_csv ? "--csv" : "--json") + ", or move the file away");
}

}  // namespace

Exported export_rows(const store::Store& store, const std::string& sweep, QueryFormat format,
                     const std::filesystem::path& folder, store::Revisions revisions)
{
    (void)store::find_sweep(store, sweep);  // an unknown name is told with the known ones
    const bool is_csv = format == QueryFormat::csv;
    Exported exported;
    const auto path_of = [&](const char* name) { return folder / (std::string(name) + (is_csv ? ".csv" : ".json")); };
    for (const char* name : {"trials", "epochs"}) {
        refuse_if_of_others(path_of(name), is_csv);
    }
    const auto write = [&](const char* name, const auto& rows_to) {
        const std::filesystem::path path = path_of(name);
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
        all.revisions = revisions;
        all.columns = store::known_columns(store);
        write("trials", [&](std::ostream& out) { exported.trials = write_query(store, all, format, out); });
        write("epochs",
              [&](std::ostream& out) { exported.epochs = write_epochs(store, sweep, revisions, is_csv, out); });
    } catch (const files::Error& failure) {
        throw store::Error(store::kind_of_file_error(failure),
                           std::string("the export cannot be written: ") + failure.what());
    }
    return exported;
}

}  // namespace attnsweep::reports
