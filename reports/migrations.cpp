#include "reports/migrations.h"

#include <array>
#include <string>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include "reports/error.h"

namespace attnsweep::reports {

namespace {

/// `steps[i]` turns version i + 1 into i + 2; schema.sql is always the newest. Never edited once released.
constexpr std::array<const char*, schema_version - 1> steps{};

int pragma(SQLite::Database& database, const char* name)
{
    return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

bool is_empty(SQLite::Database& database)
{
    return database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
}

}  // namespace

void check_version(SQLite::Database& database, const std::string& path, bool empty_is_fine)
{
    const int owner = pragma(database, "application_id");
    const int version = pragma(database, "user_version");
    if (owner != application_id) {
        if (is_empty(database) && owner == 0 && version == 0) {
            if (empty_is_fine)
                return;
            throw Error(Error::Kind::not_a_store,
                        path + " is an empty database: nothing was ever recorded in it. Run a sweep first, "
                               "or name another store with --store");
        }
        throw Error(Error::Kind::not_a_store,
                    path + " is an SQLite database, but not a results store of attnsweep. Name another with --store");
    }
    if (version > schema_version) {
        throw Error(Error::Kind::newer, path + " was made by a newer attnsweep: its schema has version " +
                                            std::to_string(version) + ", this program knows up to " +
                                            std::to_string(schema_version) +
                                            ". Use the newer attnsweep; nothing was changed");
    }
}

void bring_up_to_date(SQLite::Database& database, const std::string& path)
{
    check_version(database, path, true);
    if (pragma(database, "user_version") == schema_version)
        return;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    // Another writer may have been quicker, so ask again inside.
    int version = pragma(database, "user_version");
    if (version == 0) {
        database.exec(schema_sql());
        database.exec("PRAGMA application_id = " + std::to_string(application_id));
        version = schema_version;
    }
    for (; version < schema_version; ++version)
        database.exec(steps.at(static_cast<std::size_t>(version - 1)));
    database.exec("PRAGMA user_version = " + std::to_string(schema_version));
    transaction.commit();
}

}  // namespace attnsweep::reports
