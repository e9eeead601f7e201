#include "reports/tables/table_json.h"

#include <nlohmann/json.hpp>

#include "configs/printable.h"

namespace attnsweep::reports {

namespace {

nlohmann::ordered_json value_of(const Cell& cell)
{
    if (!cell.is_number) {
        return configs::printable(cell.text);
    }
    auto number = nlohmann::ordered_json::parse(cell.text, nullptr, false);
    if (number.is_number()) {
        return number;
    }
    return cell.text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(configs::printable(cell.text));
}

}  // namespace

std::string to_json(const Table& table)
{
    nlohmann::ordered_json json;
    json["title"] = configs::printable(table.title);
    json["columns"] = nlohmann::ordered_json::array();
    for (const Column& column : table.columns) {
        json["columns"].push_back(column.title);
    }
    json["rows"] = nlohmann::ordered_json::array();
    for (const std::vector<Cell>& row : table.rows) {
        nlohmann::ordered_json object = nlohmann::ordered_json::object();
        for (std::size_t i = 0; i < row.size(); ++i) {
            object[table.columns[i].title] = value_of(row[i]);
        }
        json["rows"].push_back(std::move(object));
    }
    json["notes"] = nlohmann::ordered_json::array();
    for (const std::string& note : table.notes) {
        json["notes"].push_back(configs::printable(note));
    }
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace attnsweep::reports
