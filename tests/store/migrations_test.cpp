// Stores of older versions: brought forward by who writes, read as a copy by who reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "store/connection.h"
#include "store/import_paper.h"
#include "store/maintenance/verify.h"
#include "store/migrations.h"
#include "store/reading/query.h"
#include "tests/paths.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> lines_of(SQLite::Database& database, const std::string& sql)
{
    std::vector<std::string> lines;
    SQLite::Statement select(database, sql);
    while (select.executeStep()) {
        std::string line;
        for (int i = 0; i < select.getColumnCount(); ++i) {
            line += (select.getColumn(i).isNull() ? "NULL" : select.getColumn(i).getString()) + "|";
        }
        lines.push_back(line);
    }
    return lines;
}

/// The rows of a newest store in a store of an older version, as its program would have written them.
class OlderStore : public testing::TestWithParam<int> {
protected:
    OlderStore()
    {
        // What version 1 had 0 for, later ones have NULL.
        const auto known = [](const std::string& column) {
            return GetParam() == 1 ? "coalesce(" + column + ", 0)" : column;
        };
        {
            Store store = Store::open_to_write(newest_);
            const configs::Sweep sweep = synthetic_sweep();
            store.record_sweep(sweep);
            for (std::size_t i = 0; i < 3; ++i) {
                commit(store, done_result(sweep.trials[i], {10, 8, static_cast<int>(6 + i)}));
            }
            configs::TrialResult same = done_result(sweep.trials[3], {9, 9, 9});
            same.best = same.last;
            same.best.predictions.clear();  // they are the last
            commit(store, same);
            configs::TrialResult unkept = done_result(sweep.trials[4], {9, 8, 9});
            unkept.last.predictions.clear();
            unkept.best.predictions.clear();
            unkept.test_set.clear();
            commit(store, unkept);
            commit(store, failed_result(sweep.trials[5], "nan", "loss is nan"));
            import_paper(store);
        }
        SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        database.exec("PRAGMA journal_mode = WAL");
        database.exec(files::read_file(std::string(attnsweep::tests::paths::source) + "/tests/store/fixtures/schema_" +
                                       std::to_string(GetParam()) + ".sql"));
        database.exec("PRAGMA application_id = " + std::to_string(application_id));
        database.exec("PRAGMA user_version = " + std::to_string(GetParam()));
        SQLite::Statement attach(database, "ATTACH ? AS newest");
        attach.bind(1, newest_.string());
        attach.exec();
        for (const char* table : {"sweeps", "revisions", "revision_trials", "splits", "epochs", "predictions"}) {
            database.exec(std::string("INSERT INTO ") + table + " SELECT * FROM newest." + table);
        }
        database.exec("INSERT INTO trials (trial_id, spec) SELECT trial_id, spec FROM newest.trials");
        const std::string plain =
            "attempt_id, trial_id, number, host, device, started_at, ended_at, outcome, failure_kind, failure_message, "
            "failure_signal, mixed, execution, epochs, stopped_early, split_digest, folder";
        database.exec("INSERT INTO attempts (" + plain +
                      ", duration_s, peak_memory_bytes, parameters, best_epoch) SELECT " + plain + ", " +
                      known("duration_s") + ", " + known("peak_memory_bytes") + ", " + known("parameters") + ", " +
                      known("best_epoch") + " FROM newest.attempts");
        database.exec("UPDATE trials SET done_attempt_id = (SELECT done_attempt_id FROM newest.trials AS other WHERE "
                      "other.trial_id = trials.trial_id)");
        database.exec("INSERT INTO evaluations SELECT attempt_id, weights, epoch, " + known("loss") +
                      ", accuracy, precision_macro, recall_macro, f1_micro, f1_macro, " + known("f1_class_mean") +
                      (GetParam() == 1 ? "" : ", top3_accuracy") + ", confusion" +
                      (GetParam() < 3 ? "" : ", balanced_accuracy, cohen_kappa") + " FROM newest.evaluations");
        std::filesystem::rename(newest_.string() + ".d", path_.string() + ".d");
    }

    static void commit(Store& store, const configs::TrialResult& result)
    {
        const std::filesystem::path folder = store.attempt_folder(result.trial_id, result.attempt);
        files::create_folders(folder);
        files::write_durably(folder / "result.json", nlohmann::json(result).dump());
        store.commit(result);
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path newest_ = folder_ / "newest.db", path_ = folder_ / "results.db";
};

constexpr const char* tables[] = {"sweeps",   "revisions", "trials",      "revision_trials", "splits",
                                  "attempts", "epochs",    "evaluations", "predictions"};

TEST(OlderVersions, EachHasItsSchemaHere)
{
    for (int version = 1; version < schema_version; ++version) {
        EXPECT_TRUE(std::filesystem::exists(std::string(attnsweep::tests::paths::source) +
                                            "/tests/store/fixtures/schema_" + std::to_string(version) + ".sql"))
            << "keep store/schema.sql as it was at version " << version << ", and test that stores of it come forward";
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, OlderStore, testing::Range(1, schema_version));

TEST_P(OlderStore, AWriterMakesOfItWhatANewOneHolds)
{
    (void)Store::open_to_write(path_);
    SQLite::Database forward(path_.string()), newest(newest_.string());
    EXPECT_EQ(forward.execAndGet("PRAGMA user_version").getInt(), schema_version);
    for (const char* table : tables) {
        const std::string columns =
            std::string("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo('") + table +
            "')";
        EXPECT_EQ(lines_of(forward, columns), lines_of(newest, columns)) << table;
        const std::string rows = std::string("SELECT * FROM ") + table + " ORDER BY 1, 2";
        EXPECT_EQ(lines_of(forward, rows), lines_of(newest, rows)) << table;
    }
    const std::string views = "SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY name";
    EXPECT_EQ(lines_of(forward, views), lines_of(newest, views));
    const std::string indexes = "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY 1, 2";
    EXPECT_EQ(lines_of(forward, indexes), lines_of(newest, indexes));
    EXPECT_EQ(lines_of(forward, "SELECT count(*) FROM evaluations WHERE top3_accuracy = 1"),
              std::vector<std::string>{"8|"})
        << "four trials kept their predictions, over three classes";
    EXPECT_THAT(lines_of(forward, "PRAGMA foreign_key_check"), IsEmpty());
}

class StoreOfVersionOne : public OlderStore {};
INSTANTIATE_TEST_SUITE_P(Versions, StoreOfVersionOne, testing::Values(1));

TEST_P(StoreOfVersionOne, TopThreeIsCountedClipByClip)
{
    {
        // Places 1, 3, 4, 0, 257 and a clip cut short; then none at all.
        SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
        database.exec(
            "UPDATE predictions SET last = x'00000100000000000000030000000000000004000000000000000000000000000000010100"
            "000000000001', best = NULL WHERE attempt_id = 1");
        database.exec("UPDATE predictions SET last = x'', best = NULL WHERE attempt_id = 2");
    }
    SQLite::Database older(path_.string());
    SQLite::Database forward = newest_copy(older, path_);
    EXPECT_EQ(lines_of(forward,
                       "SELECT DISTINCT attempt_id, top3_accuracy = 2.0 / 6, top3_accuracy = 0 FROM evaluations "
                       "WHERE attempt_id < 3 ORDER BY 1"),
              (std::vector<std::string>{"1|1|0|", "2|0|1|"}));
}

TEST_P(OlderStore, MetricsThatItsProgramDidNotKnowAreComputed)
{
    SQLite::Database older(path_.string());
    SQLite::Database forward = newest_copy(older, path_);
    EXPECT_EQ(lines_of(forward, "SELECT count(*) FROM evaluations WHERE abs(balanced_accuracy - recall_macro) < 1e-15 "
                                "AND cohen_kappa BETWEEN 0.5 AND 1"),
              std::vector<std::string>{"10|"})
        << "five trials are done";
    EXPECT_EQ(
        lines_of(forward, "SELECT DISTINCT balanced_accuracy, cohen_kappa FROM evaluations WHERE confusion = '[]'"),
        std::vector<std::string>{"NULL|NULL|"})
        << "the paper's rows";
}

TEST_P(OlderStore, AReaderLeavesItAsItIs)
{
    const std::string before = files::read_file(path_);
    {
        const Store store = Store::open_to_read(path_);
        Query query;
        query.columns = {"label", "top3_accuracy"};
        query.where = "top3_accuracy = 1";
        int rows = 0;
        run_query(store, query, [&](const std::vector<Value>&) { ++rows; });
        EXPECT_EQ(rows, 4);
        EXPECT_THROW(store.connection().translate([&] { store.connection().database().exec("DELETE FROM trials"); }),
                     Error);
    }
    EXPECT_EQ(files::read_file(path_), before);
    EXPECT_EQ(SQLite::Database(path_.string()).execAndGet("PRAGMA user_version").getInt(), GetParam());
}

TEST_P(OlderStore, ItIsVerifiedAsItWouldBeBroughtForward)
{
    const Verified found = verify(path_);
    EXPECT_THAT(found.problems, IsEmpty()) << testing::PrintToString(found.problems);
    EXPECT_EQ(SQLite::Database(path_.string()).execAndGet("PRAGMA user_version").getInt(), GetParam());
    {
        SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
        database.exec("UPDATE evaluations SET accuracy = 0.5 WHERE attempt_id = 1");
    }
    EXPECT_THAT(verify(path_).problems, testing::Contains(HasSubstr("evaluations")));
}

}  // namespace
}  // namespace attnsweep::store
