#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

namespace attnsweep::tests {

/// By table, every row of it as text, in one order whatever theirs is.
using StoreRows = std::map<std::string, std::vector<std::string>>;

inline StoreRows rows_of(SQLite::Database& database)
{
    StoreRows rows;
    SQLite::Statement tables(database, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (tables.executeStep()) {
        std::vector<std::string>& of_table = rows[tables.getColumn(0).getString()];
        SQLite::Statement select(database, "SELECT * FROM " + tables.getColumn(0).getString());
        while (select.executeStep()) {
            std::string row;
            for (int i = 0; i < select.getColumnCount(); ++i) {
                row += (select.getColumn(i).isNull() ? "NULL" : select.getColumn(i).getString()) + "|";
            }
            of_table.push_back(row);
        }
        std::sort(of_table.begin(), of_table.end());
    }
    return rows;
}

inline StoreRows rows_of(const std::string& path)
{
    SQLite::Database database(path);
    return rows_of(database);
}

}  // namespace attnsweep::tests
