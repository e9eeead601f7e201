#include "store/reading/query.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <sqlite3.h>

#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "store/connection.h"
#include "store/reading/default_columns.h"
#include "store/reading/live_overview.h"
#include "store/reading/metric_alias.h"
#include "store/reading/queried_trials.h"
#include "store/reading/results.h"
#include "store/reading/setting_names.h"

namespace attnsweep::store {

namespace {

/// Describes what the authorizer refused while a statement was compiled.
std::string words_of(int action, const char* first, const char* second)
{
    const auto named = [](const char* what, const char* name) {
        return std::string(what) + (name == nullptr ? "" : std::string(" ") + name);
    };
    switch (action) {
    case SQLITE_ATTACH:
        return "ATTACH";
    case SQLITE_DETACH:
        return "DETACH";
    case SQLITE_PRAGMA:
        return named("PRAGMA", first);
    case SQLITE_FUNCTION:
        return named("the function", second);
    case SQLITE_INSERT:
        return named("INSERT INTO", first);
    case SQLITE_UPDATE:
        return named("UPDATE", first);
    case SQLITE_DELETE:
        return named("DELETE FROM", first);
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return "a transaction";
    default:
        return "CREATE, DROP or the like";
    }
}

/// Functions that access files or the program's memory, if SQLite was built with them.
bool reaches_out(std::string_view function)
{
    static constexpr std::array<std::string_view, 7> names{"load_extension", "readfile", "writefile", "edit",
                                                           "fts3_tokenizer", "fsdir",    "lsmode"};
    return std::find(names.begin(), names.end(), function) != names.end();
}

int allow_reading_alone(void* refused, int action, const char* first, const char* second, const char*, const char*)
{
    const bool allowed = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE ||
                         (action == SQLITE_FUNCTION && second != nullptr && !reaches_out(second));
    if (allowed) {
        return SQLITE_OK;
    }
    auto& words = *static_cast<std::string*>(refused);
    if (words.empty()) {
        words = words_of(action, first, second);
    }
    return SQLITE_DENY;
}

/// During its lifetime the connection compiles nothing but reads, "text" in double quotes is always a column, never a
/// string, and values are limited to a size that fits a terminal or a file of results.
class ReadingAlone {
public:
    explicit ReadingAlone(sqlite3* handle) : handle_(handle)
    {
        constexpr int longest_value_bytes = 100'000'000;
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
        length_ = sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, longest_value_bytes);
        sqlite3_set_authorizer(handle_, allow_reading_alone, &refused_);
    }
    ~ReadingAlone()
    {
        sqlite3_set_authorizer(handle_, nullptr, nullptr);
        sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, length_);
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 1, nullptr);
    }
    ReadingAlone(const ReadingAlone&) = delete;
    ReadingAlone& operator=(const ReadingAlone&) = delete;

    /// Returns what was refused; empty if nothing was.
    const std::string& refused() const { return refused_; }

private:
    sqlite3* handle_;
    int length_ = 0;
    std::string refused_;
};

/// During its lifetime, aborts what runs on the connection once the time limit has passed.
class TimeLimit {
public:
    TimeLimit(sqlite3* handle, double limit_s)
        : handle_(handle), end_(std::chrono::steady_clock::now() +
                                std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limit_s)))
    {
        constexpr int instructions = 10'000;  // of SQLite's virtual machine: less than a millisecond
        if (limit_s > 0) {
            sqlite3_progress_handler(handle_, instructions, is_over, this);
        }
    }
    ~TimeLimit() { sqlite3_progress_handler(handle_, 0, nullptr, nullptr); }
    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;

private:
    using Clock = std::chrono::steady_clock;
    static int is_over(void* self) { return Clock::now() > static_cast<TimeLimit*>(self)->end_ ? 1 : 0; }

    sqlite3* handle_;
    Clock::time_point end_;
};

struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using CompiledQuery = std::unique_ptr<sqlite3_stmt, Finalizer>;

Error unknown_column(const std::string& name, const std::vector<std::string>& known)
{
    const std::string current = current_metric_name(name);
    return {Error::Kind::bad_query,
            "no column or setting \"" + configs::shortened(name, 60) + "\"; " +
                (current == name ? "the nearest are " + configs::joined(nearest_names(name, known, 3))
                                 : "did you mean " + current + "?") +
                ". Text is written in single quotes ('cqt'). `attnsweep query --list-columns` lists the columns; every "
                "setting of [data], [model], [training] and [seed] is known, too"};
}

/// What a column's name stands for in SQL, by the name that the result is to have.
std::string checked_column(const std::string& name, const std::vector<std::string>& known)
{
    std::optional<std::string> expression = expression_of(current_metric_name(name), known);
    if (!expression) {
        throw unknown_column(name, known);
    }
    return std::move(*expression);
}

std::vector<std::string> known_tables(const Store& store)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<std::string> names;
        const auto select =
            connection.statement("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name "
                                 "NOT LIKE 'sqlite_%' ORDER BY type DESC, rowid");
        while (select->executeStep()) {
            names.push_back(select->getColumn(0).getString());
        }
        return names;
    });
}

/// Names the query in messages.
std::string asked(const Query& query)
{
    constexpr std::size_t most = 300;
    return query.sql.empty() ? "the condition \"" + configs::shortened(query.where, most) + "\""
                             : "the statement \"" + configs::shortened(query.sql, most) + "\"";
}

/// The names of tables and columns, read before the connection refuses everything else.
struct Known {
    std::vector<std::string> columns, tables;
};

/// What the parser says of a condition, of which it sees more than was typed: where that is all, without it.
std::string words_of_condition(const std::string& message, const std::string& where)
{
    constexpr std::string_view token = "unrecognized token: \"";
    if (message.starts_with(token) && message.size() > token.size()) {
        const char quote = message[token.size()];
        if (quote == '\'' || quote == '"' || quote == '`' || quote == '[') {
            return fmt::format("what {} begins is not closed", quote);
        }
    }
    if (message == "near \")\": syntax error") {
        return "it ends, or a bracket is closed, where a value or condition is expected";
    }
    // What follows the condition, where its last bracket took the one of the condition itself.
    if (message == "near \"ORDER\": syntax error" && where.find("ORDER") == std::string::npos) {
        return "a bracket is not closed";
    }
    return configs::shortened(message, 200);
}

Error compile_error(const Query& query, const std::string& message, const Known& known)
{
    constexpr std::string_view no_column = "no such column: ", no_table = "no such table: ";
    if (message.starts_with(no_column)) {
        return unknown_column(message.substr(no_column.size()), known.columns);
    }
    if (message.starts_with(no_table)) {
        const std::string name = message.substr(no_table.size()), nearest = configs::nearest_name(name, known.tables);
        return {Error::Kind::bad_query, "no table \"" + name + "\"" +
                                            (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                            " Views and tables: " + configs::joined(known.tables)};
    }
    return {Error::Kind::bad_query,
            asked(query) + " cannot be used: " +
                (query.sql.empty() ? words_of_condition(message, query.where) : configs::shortened(message, 200)) +
                (query.sql.empty()
                     ? ". Expected an SQL condition over the columns, such as: spectrogram = 'cqt' and accuracy > 0.9"
                     : ". Expected one SELECT, such as: SELECT label, accuracy FROM trial_overview ORDER BY accuracy "
                       "DESC")};
}

std::string sql_of(const Query& query, const std::string& relation, const std::vector<std::string>& columns,
                   const std::vector<std::string>& known)
{
    if (!query.sql.empty()) {
        return query.sql;
    }
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string column = checked_column(columns[i], known);
        // "auto" is the requested device; the actual one is known with the result.
        sql += (i == 0 ? "" : ", ") + (columns[i] == "device" ? "nullif(" + column + ", 'auto')" : column) + " AS \"" +
               current_metric_name(columns[i]) + "\"";
    }
    sql += " FROM " + relation + " WHERE 1";
    // The newline before the bracket ends a comment in the condition, which would swallow the bracket.
    if (query.where.find_first_not_of(" \t\n") != std::string::npos) {
        sql += " AND (" + with_settings(query.where, known) + "\n)";
    }
    sql += " ORDER BY ";
    for (const std::string& key : query.sort) {
        const bool descending = key.starts_with("-");
        const std::string column = checked_column(descending ? key.substr(1) : key, known);
        sql += column + (descending ? " DESC" : " ASC") + " NULLS LAST, ";
    }
    sql += "sweep, position";
    if (query.limit > 0) {
        sql += " LIMIT " + std::to_string(query.limit);
    }
    return sql;
}

CompiledQuery compiled(sqlite3* handle, const Query& query, const std::string& sql, const Known& known,
                       const ReadingAlone& guard)
{
    sqlite3_stmt* raw = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v2(handle, sql.c_str(), static_cast<int>(sql.size()), &raw, &rest);
    CompiledQuery statement(raw);
    // A refused function is reported as a generic error.
    if (!guard.refused().empty()) {
        throw Error(Error::Kind::bad_query,
                    asked(query) + " does more than read (" + guard.refused() + "); it was not run");
    }
    if (code != SQLITE_OK) {
        throw compile_error(query, sqlite3_errmsg(handle), known);
    }
    // VACUUM does not call the authorizer while it is compiled.
    if (statement && (sqlite3_column_count(statement.get()) == 0 || sqlite3_stmt_readonly(statement.get()) == 0)) {
        throw Error(Error::Kind::bad_query, asked(query) + " does more than read (it is not a SELECT); it was not run");
    }
    if (!statement || std::string_view(rest).find_first_not_of(" \t\n;") != std::string_view::npos) {
        throw Error(Error::Kind::bad_query,
                    asked(query) + " holds " + (statement ? "more than one" : "no") + " statement; it was not run");
    }
    return statement;
}

Value value_at(sqlite3_stmt* statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
        return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
        return std::monostate{};
    default: {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
        return bytes == nullptr ? std::string()
                                : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    }
}

}  // namespace

std::vector<std::string> known_columns(const Store& store)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<std::string> names;
        const auto select = connection.statement("SELECT name FROM pragma_table_info('trial_overview')");
        while (select->executeStep()) {
            names.push_back(select->getColumn(0).getString());
        }
        return names;
    });
}

namespace {

std::vector<std::string> names_of(sqlite3_stmt* statement)
{
    std::vector<std::string> names;
    names.reserve(static_cast<std::size_t>(sqlite3_column_count(statement)));
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        names.emplace_back(sqlite3_column_name(statement, i));
    }
    return names;
}

std::vector<std::string> shown_columns(const Store& store, const Query& query)
{
    return query.columns.empty() ? default_columns(store, query.sweeps) : query.columns;
}

/// Compiles `query` and calls `work` with it.
template <typename Work> auto with_compiled(const Store& store, const Query& query, Work&& work)
{
    if (query.limit < 0) {
        throw Error(Error::Kind::bad_query, "limit " + std::to_string(query.limit) + ": expected 0 (none) or more");
    }
    overlay_live_statuses(store);
    const Known known{known_columns(store), known_tables(store)};
    sqlite3* handle = store.connection().database().getHandle();
    const std::string sql =
        sql_of(query, queried_trials(store, query.sweeps, query.revisions, known.columns, query.with_hidden),
               shown_columns(store, query), known.columns);
    const ReadingAlone guard(handle);
    const CompiledQuery statement = compiled(handle, query, sql, known, guard);
    return work(handle, statement.get(), known);
}

}  // namespace

std::vector<std::string> columns_of(const Store& store, const Query& query)
{
    if (!query.sql.empty()) {
        return with_compiled(store, query,
                             [](sqlite3*, sqlite3_stmt* statement, const Known&) { return names_of(statement); });
    }
    return shown_columns(store, query);
}

std::vector<std::string> run_query(const Store& store, const Query& query,
                                   const std::function<void(const std::vector<Value>&)>& sink)
{
    const std::vector<std::string> shown = query.sql.empty() ? shown_columns(store, query) : std::vector<std::string>();
    return with_compiled(store, query, [&](sqlite3* handle, sqlite3_stmt* statement, const Known& known) {
        const TimeLimit limit(handle, query.time_limit_s);
        std::vector<Value> row(static_cast<std::size_t>(sqlite3_column_count(statement)));
        int code = SQLITE_ROW;
        while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                row[i] = value_at(statement, static_cast<int>(i));
            }
            sink(row);
        }
        if (code == SQLITE_INTERRUPT) {
            throw Error(Error::Kind::bad_query, asked(query) + " was stopped: it took longer than " +
                                                    fmt::format("{:g}", query.time_limit_s) + " s (--time-limit)");
        }
        if (code == SQLITE_ERROR || code == SQLITE_MISMATCH ||
            code == SQLITE_TOOBIG) {  // malformed JSON path, overflow, ...
            throw compile_error(query, sqlite3_errmsg(handle), known);
        }
        if (code != SQLITE_DONE) {
            throw Connection::error_of(store.connection().path(), SQLite::Exception(handle, code));
        }
        return query.sql.empty() ? shown : names_of(statement);
    });
}

}  // namespace attnsweep::store
