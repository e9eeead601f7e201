#include "reports/tables/query_output.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/printable.h"
#include "files/scratch_file.h"
#include "reports/tables/escaping.h"
#include "reports/tables/table.h"
#include "store/file_error.h"

namespace attnsweep::reports {

namespace {

/// For a person: at most `digits` significant ones. Otherwise the shortest text that reads back the same.
Cell cell_of(const store::Value& value, bool for_a_person)
{
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        return number_cell(std::to_string(*whole));
    }
    if (const auto* number = std::get_if<double>(&value)) {
        return number_cell(for_a_person ? fmt::format("{:.5g}", *number) : fmt::format("{}", *number));
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return text_cell(*text);
    }
    return number_cell("");
}

nlohmann::ordered_json json_of(const store::Value& value)
{
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        return *whole;
    }
    if (const auto* number = std::get_if<double>(&value)) {
        return *number;
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return *text;
    }
    return nullptr;
}

std::string json_line(const std::vector<std::string>& columns, const std::vector<store::Value>& row)
{
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        object[columns[i]] = json_of(row[i]);
    }
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string csv_line(const std::vector<Cell>& cells)
{
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        line += (i == 0 ? "" : ",") + csv_field(cells[i].text, cells[i].is_number);
    }
    return line + "\n";
}

/// `text` in at most `width` columns, an ellipsis at the end of what is cut. Both in code points.
std::string shortened_to(const std::string& text, std::size_t width)
{
    if (configs::display_width(text) <= width) {
        return text;
    }
    std::size_t bytes = 0;
    for (std::size_t points = 0; bytes < text.size(); ++bytes) {
        const bool begins = (static_cast<unsigned char>(text[bytes]) & 0xC0U) != 0x80U;
        if (begins && ++points == width) {
            break;
        }
    }
    return text.substr(0, bytes) + "…";
}

/// Takes columns of text in, the widest first, until the table fits or no text is left to shorten.
void fit(std::vector<std::size_t>& widths, const std::vector<Column>& columns, std::size_t width)
{
    constexpr std::size_t narrowest = 6, between = 2;
    std::size_t all = widths.empty() ? 0 : between * (widths.size() - 1);
    for (const std::size_t column : widths) {
        all += column;
    }
    while (all > width) {
        std::size_t widest = widths.size();
        for (std::size_t i = 0; i < widths.size(); ++i) {
            if (!columns[i].align_right && widths[i] > narrowest &&
                (widest == widths.size() || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == widths.size()) {
            break;
        }
        --widths[widest];
        --all;
    }
}

/// A value as a cell of a table shows it: without tabs and line ends, which part what is put aside.
std::string words_of(const store::Value& value)
{
    const Cell cell = cell_of(value, true);
    return std::holds_alternative<std::string>(value) ? configs::printable(cell.text) : cell.text;
}

/// A table whose widths are known after its last row only: rows are put aside until then.
class TextTable {
public:
    explicit TextTable(const std::vector<std::string>& names)
    {
        for (const std::string& name : names) {
            columns_.push_back({configs::printable(name), true});
            natural_.push_back(configs::display_width(columns_.back().title));
        }
    }

    void add(const std::vector<store::Value>& row)
    {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string words = words_of(row[i]);
            natural_[i] = std::max(natural_[i], configs::display_width(words));
            if (std::holds_alternative<std::string>(row[i])) {
                columns_[i].align_right = false;
            }
            line += words + (i + 1 == row.size() ? '\n' : '\t');
        }
        rows_.append(line);
    }

    /// `width` as in write_query.
    void write(std::ostream& out, int width) const
    {
        std::vector<std::size_t> widths = natural_;
        if (width > 0) {
            fit(widths, columns_, static_cast<std::size_t>(width));
        }
        std::vector<Column> titles = columns_;
        for (std::size_t i = 0; i < titles.size(); ++i) {
            titles[i].title = shortened_to(titles[i].title, widths[i]);
        }
        out << text_header(titles, widths);
        std::vector<Cell> cells(columns_.size());
        rows_.each_line([&](std::string_view line) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const std::size_t end = std::min(line.find('\t'), line.size());
                cells[i].text = line.substr(0, end);
                if (widths[i] < natural_[i]) {
                    cells[i].text = shortened_to(cells[i].text, widths[i]);
                }
                line.remove_prefix(std::min(end + 1, line.size()));
            }
            out << text_row(columns_, widths, cells);
        });
    }

private:
    std::vector<Column> columns_;
    std::vector<std::size_t> natural_;
    files::ScratchFile rows_;
};

std::int64_t write_table(const store::Store& store, const store::Query& query, const std::vector<std::string>& names,
                         std::ostream& out, int width)
{
    std::int64_t rows = 0;
    try {
        TextTable table(names);
        store::run_query(store, query, [&](const std::vector<store::Value>& row) {
            table.add(row);
            ++rows;
        });
        table.write(out, width);
    } catch (const files::Error& failure) {
        throw store::Error(store::kind_of_file_error(failure),
                           std::string("the rows cannot be kept in a temporary file until all widths are known: ") +
                               failure.what() + ", or ask for --format csv, which needs no such file");
    }
    return rows;
}

std::int64_t write_csv(const store::Store& store, const store::Query& query, const std::vector<std::string>& columns,
                       std::ostream& out)
{
    std::int64_t rows = 0;
    const auto write_header = [&] {
        std::vector<Cell> titles;
        titles.reserve(columns.size());
        for (const std::string& column : columns) {
            titles.push_back(text_cell(column));
        }
        out << csv_line(titles);
    };
    store::run_query(store, query, [&](const std::vector<store::Value>& row) {
        // After the query is known to be a good one.
        if (rows++ == 0) {
            write_header();
        }
        std::vector<Cell> cells;
        cells.reserve(row.size());
        for (const store::Value& value : row) {
            cells.push_back(cell_of(value, false));
        }
        out << csv_line(cells);
    });
    if (rows == 0) {
        write_header();
    }
    return rows;
}

std::int64_t write_json(const store::Store& store, const store::Query& query, const std::vector<std::string>& columns,
                        bool as_lines, std::ostream& out)
{
    std::int64_t rows = 0;
    store::run_query(store, query, [&](const std::vector<store::Value>& row) {
        if (!as_lines) {
            out << (rows == 0 ? "[\n  " : ",\n  ");
        }
        out << json_line(columns, row);
        if (as_lines) {
            out << '\n';
        }
        ++rows;
    });
    if (!as_lines) {
        out << (rows == 0 ? "[]\n" : "\n]\n");
    }
    return rows;
}

}  // namespace

QueryFormat query_format_from(const std::string& name)
{
    if (name == "table") {
        return QueryFormat::table;
    }
    if (name == "csv") {
        return QueryFormat::csv;
    }
    if (name == "json") {
        return QueryFormat::json;
    }
    if (name == "jsonl") {
        return QueryFormat::jsonl;
    }
    throw store::Error(store::Error::Kind::bad_query, "format \"" + name + "\": expected table, csv, json or jsonl");
}

std::int64_t write_query(const store::Store& store, const store::Query& query, QueryFormat format, std::ostream& out,
                         int width)
{
    const std::vector<std::string> columns = store::columns_of(store, query);
    switch (format) {
    case QueryFormat::table:
        return write_table(store, query, columns, out, width);
    case QueryFormat::csv:
        return write_csv(store, query, columns, out);
    case QueryFormat::json:
        return write_json(store, query, columns, false, out);
    case QueryFormat::jsonl:
        return write_json(store, query, columns, true, out);
    }
    return 0;
}

}  // namespace attnsweep::reports
