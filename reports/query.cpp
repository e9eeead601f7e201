#include "reports/query.h"

#include <algorithm>
#include <cctype>

#include <sqlite3.h>

#include "reports/connection.h"
#include "reports/nearest.h"
#include "reports/results.h"

namespace attnsweep::reports {

namespace {

int allow_reading_alone(void*, int action, const char*, const char* second, const char*, const char*)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return second != nullptr && std::string_view(second) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

/// While it lives, the connection compiles nothing but reading, and "text" in double quotes is a column, never a string.
class ReadingAlone {
public:
    explicit ReadingAlone(sqlite3* handle) : handle_(handle)
    {
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
        sqlite3_set_authorizer(handle_, allow_reading_alone, nullptr);
    }
    ~ReadingAlone()
    {
        sqlite3_set_authorizer(handle_, nullptr, nullptr);
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 1, nullptr);
    }
    ReadingAlone(const ReadingAlone&) = delete;
    ReadingAlone& operator=(const ReadingAlone&) = delete;

private:
    sqlite3* handle_;
};

struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using CompiledQuery = std::unique_ptr<sqlite3_stmt, Finalizer>;

Error unknown_column(const std::string& name, const std::vector<std::string>& known)
{
    const std::string nearest = nearest_name(name, known);
    return {Error::Kind::bad_query, "no column \"" + name + "\"" +
                                        (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                        " Text stands in single quotes ('cqt'). Columns: " + joined(known)};
}

std::string checked_column(const std::string& name, const std::vector<std::string>& known)
{
    if (std::find(known.begin(), known.end(), name) == known.end())
        throw unknown_column(name, known);
    return "\"" + name + "\"";
}

Error compile_error(const std::string& where, const std::string& message, const std::vector<std::string>& known)
{
    constexpr std::string_view no_column = "no such column: ";
    if (message.starts_with(no_column))
        return unknown_column(message.substr(no_column.size()), known);
    return {Error::Kind::bad_query,
            "the condition \"" + where + "\" cannot be used: " + message +
                ". Expected an SQL condition over the columns, such as: spectrogram = 'cqt' and accuracy > 0.9"};
}

std::string sql_of(const Query& query, const std::vector<std::string>& columns, const std::vector<std::string>& known)
{
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string column = checked_column(columns[i], known);
        // "auto" is what was asked for; what became of it is known with the result.
        sql += (i == 0 ? "" : ", ") + (columns[i] == "device" ? "nullif(" + column + ", 'auto')" : column);
    }
    sql += " FROM trial_overview WHERE (?1 = '' OR sweep = ?1)";
    // The line end before the bracket keeps a comment in the condition from swallowing it.
    if (query.where.find_first_not_of(" \t\n") != std::string::npos)
        sql += " AND (" + query.where + "\n)";
    sql += " ORDER BY ";
    for (const std::string& key : query.sort) {
        const bool descending = key.starts_with("-");
        const std::string column = checked_column(descending ? key.substr(1) : key, known);
        sql += column + (descending ? " DESC" : " ASC") + " NULLS LAST, ";
    }
    sql += "sweep, position";
    if (query.limit > 0)
        sql += " LIMIT " + std::to_string(query.limit);
    return sql;
}

CompiledQuery compiled(sqlite3* handle, const Query& query, const std::string& sql,
                       const std::vector<std::string>& known)
{
    sqlite3_stmt* raw = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v2(handle, sql.c_str(), static_cast<int>(sql.size()), &raw, &rest);
    CompiledQuery statement(raw);
    // A function that is refused comes as a plain error, told apart by its words alone.
    if (code == SQLITE_AUTH ||
        (code != SQLITE_OK && std::string_view(sqlite3_errmsg(handle)).starts_with("not authorized")))
        throw Error(Error::Kind::bad_query,
                    "the condition \"" + query.where + "\" does more than read; it was not run");
    if (code != SQLITE_OK)
        throw compile_error(query.where, sqlite3_errmsg(handle), known);
    if (!statement || std::string_view(rest).find_first_not_of(" \t\n;") != std::string_view::npos)
        throw Error(Error::Kind::bad_query,
                    "the condition \"" + query.where + "\" holds more than one statement; it was not run");
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
        while (select->executeStep())
            names.push_back(select->getColumn(0).getString());
        return names;
    });
}

std::vector<std::string> default_columns()
{
    return {"sweep",    "label",    "status", "spectrogram", "attention_ratio",
            "accuracy", "f1_macro", "epochs", "duration_s",  "trial_id"};
}

std::vector<std::string> run_query(const Store& store, const Query& query,
                                   const std::function<void(const std::vector<Value>&)>& sink)
{
    if (query.limit < 0)
        throw Error(Error::Kind::bad_query, "limit " + std::to_string(query.limit) + ": expected 0 (none) or more");
    Connection& connection = store.connection();
    const std::vector<std::string> known = known_columns(store);
    const std::vector<std::string> columns = query.columns.empty() ? default_columns() : query.columns;
    if (!query.sweep.empty())
        (void)find_sweep(store, query.sweep);
    sqlite3* handle = connection.database().getHandle();
    const std::string sql = sql_of(query, columns, known);
    const ReadingAlone guard(handle);
    const CompiledQuery statement = compiled(handle, query, sql, known);
    sqlite3_bind_text(statement.get(), 1, query.sweep.data(), static_cast<int>(query.sweep.size()), SQLITE_TRANSIENT);
    std::vector<Value> row(columns.size());
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = value_at(statement.get(), static_cast<int>(i));
        sink(row);
    }
    if (code == SQLITE_ERROR || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG)  // malformed JSON path, overflow, ...
        throw compile_error(query.where, sqlite3_errmsg(handle), known);
    if (code != SQLITE_DONE)
        throw Connection::error_of(connection.path(), SQLite::Exception(handle, code));
    return columns;
}

}  // namespace attnsweep::reports
