#include "store/migrations.h"
#include "store/schema.h"

#include <array>
#include <string>
#include <vector>

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <sqlite3.h>

#include "configs/metrics.h"
#include "store/error.h"
#include "store/metric_columns.h"

namespace attnsweep::store {

namespace {

/// `steps[i]` migrates the tables of version i + 1 to i + 2; schema.sql is always the newest. Never edited once
/// released. Views hold no data, so they are recreated.
constexpr std::array<const char*, schema_version - 1> steps{
    // 2: top-3 accuracy, from the predictions; NULL instead of 0 for what a published result does not state.
    R"(
CREATE TEMP TABLE kept AS SELECT * FROM evaluations;
DROP TABLE evaluations;
CREATE TABLE evaluations (
    attempt_id      INTEGER NOT NULL REFERENCES attempts (attempt_id),
    weights         TEXT NOT NULL CHECK (weights IN ('last', 'best')),
    epoch           INTEGER NOT NULL,
    loss            REAL,
    accuracy        REAL NOT NULL,
    precision_macro REAL NOT NULL,
    recall_macro    REAL NOT NULL,
    f1_micro        REAL NOT NULL,
    f1_macro        REAL NOT NULL,
    f1_class_mean   REAL,
    top3_accuracy   REAL,
    confusion       TEXT NOT NULL,
    PRIMARY KEY (attempt_id, weights)
) STRICT, WITHOUT ROWID;
INSERT INTO evaluations
SELECT attempt_id, weights, epoch, iif(confusion = '[]', NULL, loss), accuracy, precision_macro, recall_macro, f1_micro, f1_macro,
       iif(confusion = '[]', NULL, f1_class_mean),
       (SELECT share_of_top3(iif(kept.weights = 'best', coalesce(best, last), last)) FROM predictions
        WHERE attempt_id = kept.attempt_id),
       confusion
FROM kept;
DROP TABLE temp.kept;
UPDATE attempts SET duration_s = nullif(duration_s, 0), peak_memory_bytes = nullif(peak_memory_bytes, 0),
       parameters = nullif(parameters, 0), best_epoch = nullif(best_epoch, 0);
)",
    // 3: balanced accuracy and Cohen's kappa. The columns of metrics follow from their definitions (metric_columns.h).
    "",
    // 4: the views have the validation results of the weights reported.
    "",
    // 5: annotations.
    R"(
CREATE TABLE annotations (
    sweep       TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    trial_id    TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('hidden', 'tag', 'note')),
    key         TEXT NOT NULL,
    value       TEXT NOT NULL,
    name        TEXT NOT NULL,
    author      TEXT NOT NULL,
    made_at     TEXT NOT NULL,
    PRIMARY KEY (sweep, fingerprint, trial_id, kind, key)
) STRICT, WITHOUT ROWID;
)"};
static_assert(
    sizeof(configs::Metrics) == 9 * sizeof(double),
    "a new metric needs a new schema_version, and a step for it above (\"\" does); then correct the number here");

/// Implements share_of_top3(predictions) for SQL: the share of clips (eight bytes each) whose true class is among the
/// first three; the rank is in bytes 2 and 3, little-endian. In plain SQL each clip would copy all bytes before it.
void share_of_top3(sqlite3_context* context, int /*count*/, sqlite3_value** values)
{
    constexpr std::size_t clip_bytes = 8;
    const auto* const bytes = static_cast<const unsigned char*>(sqlite3_value_blob(values[0]));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
    std::size_t clips = 0, right = 0;
    for (std::size_t at = 0; at < size; at += clip_bytes) {
        ++clips;
        right += at + 3 < size && bytes[at + 2] >= 1 && bytes[at + 2] <= 3 && bytes[at + 3] == 0 ? 1 : 0;
    }
    sqlite3_result_double(context, clips == 0 ? 0 : static_cast<double>(right) / static_cast<double>(clips));
}

int pragma(SQLite::Database& database, const char* name)
{
    return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

bool is_empty(SQLite::Database& database)
{
    return database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
}

void make_views_anew(SQLite::Database& database)
{
    SQLite::Database newest(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    newest.exec(schema_sql());
    const std::vector<std::string> metrics = missing_metrics(newest);
    SQLite::Statement view(newest, "SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY rowid");
    while (view.executeStep()) {
        database.exec("DROP VIEW IF EXISTS " + view.getColumn(0).getString());
        database.exec(with_metrics(view.getColumn(1).getString(), metrics));
    }
}

}  // namespace

void check_version(SQLite::Database& database, const std::string& path, bool empty_is_fine)
{
    const int owner = pragma(database, "application_id");
    const int version = pragma(database, "user_version");
    if (owner != application_id) {
        if (is_empty(database) && owner == 0 && version == 0) {
            if (empty_is_fine) {
                return;
            }
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
    if (pragma(database, "user_version") == schema_version) {
        return;
    }
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    // Another writer may have migrated it meanwhile, so check again inside the transaction.
    int version = pragma(database, "user_version");
    if (version == 0) {
        database.exec(schema_sql());
        database.exec("PRAGMA application_id = " + std::to_string(application_id));
        version = schema_version;
    }
    if (version < schema_version) {
        database.createFunction("share_of_top3", 1, true, nullptr, share_of_top3);
        for (; version < schema_version; ++version) {
            database.exec(steps.at(static_cast<std::size_t>(version - 1)));
        }
    }
    add_missing_metrics(database);
    make_views_anew(database);
    database.exec("PRAGMA user_version = " + std::to_string(schema_version));
    transaction.commit();
}

bool is_older(SQLite::Database& database)
{
    const int version = pragma(database, "user_version");
    return version > 0 && version < schema_version;
}

SQLite::Database newest_copy(SQLite::Database& older, const std::string& path)
{
    SQLite::Database copy("", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup backup(copy, older);
    if (const int code = backup.executeStep(-1); code != SQLITE_DONE) {
        throw SQLite::Exception(older.getHandle(), code);
    }
    bring_up_to_date(copy, path);
    return copy;
}

}  // namespace attnsweep::store
