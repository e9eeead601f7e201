#include "data/manifest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "configs/printable.h"
#include "data/error.h"
#include "data/label.h"
#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::data {
namespace {

constexpr std::array known_columns = {"path", "label", "group", "split", "start_s", "end_s"};
constexpr auto header_form = "path,label[,group][,split][,start_s,end_s]";

struct Record {
    int line = 0;  // where it begins
    std::vector<std::string> fields;
};

[[noreturn]] void fail(const std::filesystem::path& path, int line, const std::string& what)
{
    throw Error(fmt::format("{}:{}: {}", path.string(), line, what), path);
}

std::string trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

// Spreadsheets save CSV files in the encoding of their country, in UTF-16, or with the line ends of old Macs.
void require_text_of_csv(const std::filesystem::path& path, const std::string& text)
{
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || text.find('\0') != std::string::npos) {
        fail(path, 1,
             "is not UTF-8 but UTF-16, or no text; save it as \"CSV UTF-8\", or convert it: iconv -f UTF-16 -t UTF-8");
    }
    if (text.find('\n') == std::string::npos && text.find('\r') < text.size() - 1) {
        fail(
            path, 1,
            "its lines end with a carriage return (CR) alone; save it as \"CSV UTF-8\", or convert it: tr '\\r' '\\n'");
    }
    const std::size_t place = first_invalid_byte(text);
    if (place == std::string::npos) {
        return;
    }
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(place), '\n') + 1;
    const std::size_t begin = text.rfind('\n', place) + 1;
    fail(path, static_cast<int>(line),
         fmt::format("`{}`: byte 0x{:02X} is not UTF-8; save the file as \"CSV UTF-8\", or convert it, if it was saved "
                     "on Windows: iconv -f CP1252 -t UTF-8",
                     configs::shortened(escaped_name(text.substr(begin, text.find('\n', place) - begin)), 80),
                     static_cast<unsigned char>(text[place])));
}

// RFC 4180: a quoted field may hold commas, line breaks and doubled quotes.
class CsvReader {
public:
    CsvReader(const std::filesystem::path& path, std::string_view text) : path_(path), text_(text)
    {
        if (text_.starts_with("\xEF\xBB\xBF")) {  // the byte order mark spreadsheets put first
            text_.remove_prefix(3);
        }
    }

    std::vector<Record> records()
    {
        std::vector<Record> records;
        while (place_ < text_.size()) {
            Record record = next();
            if (record.fields.size() > 1 || !record.fields.front().empty()) {  // not for an empty line
                records.push_back(std::move(record));
            }
        }
        return records;
    }

private:
    Record next()
    {
        Record record;
        record.line = line_;
        for (;;) {
            record.fields.push_back(field());
            if (place_ >= text_.size()) {
                return record;
            }
            if (text_[place_++] == ',') {
                continue;
            }
            ++line_;  // the end of a line
            return record;
        }
    }

    // Stops at the comma or line feed that ends the field, or at the end of the text.
    std::string field()
    {
        while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\t')) {
            ++place_;
        }
        if (place_ < text_.size() && text_[place_] == '"') {
            return quoted_field();
        }
        const auto end = std::min(text_.find_first_of(",\n", place_), text_.size());
        std::string_view value = text_.substr(place_, end - place_);
        place_ = end;
        if (value.ends_with('\r')) {
            value.remove_suffix(1);
        }
        if (value.find('"') != std::string_view::npos) {
            fail(path_, line_,
                 fmt::format("`{}`: a quote within a field; put the whole field in quotes and double its own",
                             configs::shortened(value, 60)));
        }
        return trimmed(value);
    }

    std::string quoted_field()
    {
        const int begin = line_;
        std::string value;
        for (++place_; place_ < text_.size(); ++place_) {
            if (text_[place_] == '\n') {
                ++line_;
            }
            if (text_[place_] != '"') {
                value += text_[place_];
            } else if (place_ + 1 < text_.size() && text_[place_ + 1] == '"') {
                value += '"';
                ++place_;
            } else {
                ++place_;
                while (place_ < text_.size() &&
                       (text_[place_] == ' ' || text_[place_] == '\t' || text_[place_] == '\r')) {
                    ++place_;
                }
                if (place_ < text_.size() && text_[place_] != ',' && text_[place_] != '\n') {
                    fail(path_, line_,
                         fmt::format("text after the closing quote of `{}`; expected a comma",
                                     configs::shortened(value, 60)));
                }
                return value;
            }
        }
        fail(path_, begin, "a quoted field that never ends; close it with \"");
    }

    const std::filesystem::path& path_;
    std::string_view text_;
    std::size_t place_ = 0;
    int line_ = 1;
};

std::map<std::string, std::size_t> read_header(const std::filesystem::path& path, const Record& header)
{
    std::map<std::string, std::size_t> columns;
    for (std::size_t index = 0; index < header.fields.size(); ++index) {
        const std::string& name = header.fields[index];
        if (std::find(known_columns.begin(), known_columns.end(), name) == known_columns.end()) {
            const bool other_separator = name.find_first_of(";\t") != std::string::npos;
            fail(path, header.line,
                 fmt::format("unknown column `{}`; the first line must be {}{}", configs::shortened(name, 60),
                             header_form, other_separator ? "; separate the fields with commas" : ""));
        }
        if (!columns.emplace(name, index).second) {
            fail(path, header.line, fmt::format("column `{}` twice", name));
        }
    }
    for (const char* name : {"path", "label"}) {
        if (!columns.contains(name)) {
            fail(path, header.line, fmt::format("no column `{}`; the first line must be {}", name, header_form));
        }
    }
    return columns;
}

std::optional<double> read_time(const std::filesystem::path& path, int line, const std::string& column,
                                const std::string& text)
{
    if (text.empty()) {
        return std::nullopt;
    }
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value < 0) {
        fail(path, line,
             fmt::format("{} = `{}`, expected seconds from the recording's start", column,
                         configs::shortened(text, 60)));
    }
    return value;
}

ManifestSplit read_split(const std::filesystem::path& path, int line, const std::string& text)
{
    if (text == "train") {
        return ManifestSplit::train;
    }
    if (text == "validation") {
        return ManifestSplit::validation;
    }
    if (text == "test") {
        return ManifestSplit::test;
    }
    fail(path, line,
         fmt::format("split = `{}`, expected train, validation or test in every row", configs::shortened(text, 60)));
}

}  // namespace

Manifest read_manifest(const std::filesystem::path& path)
{
    std::string text;
    try {
        text = files::read_file(path);
    } catch (const files::Error& error) {
        throw Error(fmt::format("{}; expected a CSV file that begins with {}", error.what(), header_form), path,
                    error.code());
    }
    require_text_of_csv(path, text);
    const std::vector<Record> records = CsvReader(path, text).records();
    if (records.empty()) {
        fail(path, 1, fmt::format("is empty; the first line must be {}", header_form));
    }
    const auto columns = read_header(path, records.front());

    Manifest manifest;
    manifest.has_split = columns.contains("split");
    for (auto record = records.begin() + 1; record != records.end(); ++record) {
        if (record->fields.size() != records.front().fields.size()) {
            fail(path, record->line,
                 fmt::format("{} fields, the header names {}; put fields that hold a comma in quotes",
                             record->fields.size(), records.front().fields.size()));
        }
        const auto field = [&](const std::string& column) {
            const auto found = columns.find(column);
            return found == columns.end() ? std::string() : record->fields[found->second];
        };
        ManifestRow row;
        row.line = record->line;
        row.path = field("path");
        row.label = field("label");
        row.group = field("group");
        for (const char* column : {"path", "label"}) {
            if (field(column).empty()) {
                fail(path, row.line, fmt::format("an empty {}; every row needs one", column));
            }
        }
        row.label = class_label(row.label, fmt::format("{}:{}", path.string(), row.line));
        if (manifest.has_split) {
            row.split = read_split(path, row.line, field("split"));
        }
        row.start_s = read_time(path, row.line, "start_s", field("start_s"));
        row.end_s = read_time(path, row.line, "end_s", field("end_s"));
        if (row.end_s && *row.end_s <= row.start_s.value_or(0)) {
            fail(path, row.line,
                 fmt::format("end_s = {} is not after start_s = {}", *row.end_s, row.start_s.value_or(0)));
        }
        manifest.rows.push_back(std::move(row));
    }
    if (manifest.rows.empty()) {
        fail(path, records.front().line, "names no recording, it has only the header; add one line per recording");
    }
    return manifest;
}

}  // namespace attnsweep::data
