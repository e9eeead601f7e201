#pragma once

#include <string>

namespace SQLite {
class Database;
}

namespace attnsweep::store {

/// SQLite's user_version of the stores this program makes.
inline constexpr int schema_version = 3;
/// SQLite's application_id: "atsw". A database without it is somebody else's.
inline constexpr int application_id = 0x61747377;

/// Throws Error (newer, not_a_store) unless the database is a store this program can read. `empty_is_fine`: a database
/// without any table is one that is still to be made.
void check_version(SQLite::Database& database, const std::string& path, bool empty_is_fine);

/// Makes the tables of an empty database, or brings an older store forward step by step, in one transaction: also one
/// that lacks the columns of new metrics, which need no version of their own.
/// Throws Error (newer, not_a_store).
void bring_up_to_date(SQLite::Database& database, const std::string& path);

/// Whether it is of an older version, or of a program that knew fewer metrics.
bool is_older(SQLite::Database& database);
/// For who only reads: an older store brought forward in a copy, which SQLite keeps in its cache and what does not fit there in an
/// unlinked file. The store itself is left as it is, so that an older program can go on writing it.
SQLite::Database newest_copy(SQLite::Database& older, const std::string& path);

}  // namespace attnsweep::store
