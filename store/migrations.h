#pragma once

#include <string>

namespace SQLite {  // NOLINT(readability-identifier-naming): SQLiteCpp's name
class Database;
}

namespace attnsweep::store {

/// The schema version (SQLite's user_version) of stores that this program writes. Raised with every change of schema.sql and every new
/// metric: a program that does not know a metric would write results without it.
inline constexpr int schema_version = 5;
/// SQLite's application_id of a store: "atsw". A database without it belongs to another program.
inline constexpr int application_id = 0x61747377;

/// Throws Error (newer, not_a_store) unless the database is a store that this program can read. `empty_is_fine`: a
/// database without any table is accepted, since its writer is about to create them.
void check_version(SQLite::Database& database, const std::string& path, bool empty_is_fine);

/// Creates the tables of an empty database, or migrates an older store step by step, in one transaction. Throws Error
/// (newer, not_a_store).
void bring_up_to_date(SQLite::Database& database, const std::string& path);

/// Returns whether the store has an older schema version.
bool is_older(SQLite::Database& database);
/// Migrates an older store in a copy, for readers; SQLite keeps the copy in its cache and spills it to an unlinked
/// file. The store itself is not changed, so that an older program can continue to write it.
SQLite::Database newest_copy(SQLite::Database& older, const std::string& path);

}  // namespace attnsweep::store
