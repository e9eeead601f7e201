// Questions to the store: filters that work, errors that help, and nothing that writes.
#include <cmath>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "configs/printable.h"
#include "files/durable_file.h"
#include "reports/tables/query_output.h"
#include "tests/environment_variable.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::HasSubstr;

class QueryTest : public testing::Test {
protected:
    QueryTest()
    {
        store::Store writer = store::Store::open_to_write(path_);
        store::fill(writer, sweep_);
    }
    std::string answer(const store::Query& query, QueryFormat format = QueryFormat::csv) const
    {
        const store::Store store = store::Store::open_to_read(path_);
        std::ostringstream out;
        write_query(store, query, format, out);
        return out.str();
    }
    std::string refusal(const store::Query& query) const
    {
        try {
            return "answered: " + answer(query);
        } catch (const store::Error& error) {
            EXPECT_EQ(error.kind(), store::Error::Kind::bad_query);
            return error.what();
        }
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
    configs::Sweep sweep_ = store::synthetic_sweep();
};

TEST_F(QueryTest, FiltersSortsAndLimits)
{
    store::Query query;
    query.where = "spectrogram = 'cqt' and attention_ratio <= 0.5";
    query.sort = {"-attention_ratio", "label"};
    query.columns = {"label", "attention_ratio"};
    query.limit = 4;
    EXPECT_EQ(answer(query),
              "label,attention_ratio\ncqt-r50-s1,0.5\ncqt-r50-s2,0.5\ncqt-r50-s3,0.5\ncqt-r25-s1,0.25\n");
}

TEST_F(QueryTest, WithoutAConditionAllInTheSweepsOrder)
{
    store::Query query;
    query.columns = {"label"};
    const std::string text = answer(query);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 31);
    EXPECT_TRUE(text.starts_with("label\nstft-r0-s1\nstft-r0-s2\nstft-r0-s3\nstft-r25-s1\n")) << text;
}

TEST_F(QueryTest, JsonLinesAreObjectsAndJsonIsAList)
{
    store::Query query;
    query.where = "label = 'stft-r0-s1' or label = 'stft-r0-s2'";
    query.columns = {"label", "attention_ratio", "failure_kind", "seed_init"};
    const auto list = nlohmann::json::parse(answer(query, QueryFormat::json));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0],
              (nlohmann::json{
                  {"label", "stft-r0-s1"}, {"attention_ratio", 0.0}, {"failure_kind", nullptr}, {"seed_init", 1}}));
    std::istringstream lines(answer(query, QueryFormat::jsonl));
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(nlohmann::json::parse(line), list[0]);
    query.where = "0";
    EXPECT_EQ(answer(query, QueryFormat::json), "[]\n");
    EXPECT_EQ(answer(query, QueryFormat::jsonl), "");
}

TEST_F(QueryTest, NumbersReadBackTheSame)
{
    store::Query query;
    query.where = "label = 'cqt-r25-s2'";
    query.columns = {"f1_macro"};
    const std::string text = answer(query);
    const double expected = configs::metrics_of(lifelike_result(sweep_.trials[19]).last.confusion).f1_macro;
    EXPECT_EQ(std::stod(text.substr(text.find('\n') + 1)), expected);
}

TEST_F(QueryTest, EveryMetricIsAColumnUnderBothWeights)
{
    const configs::TrialResult result = lifelike_result(sweep_.trials[19]);
    const configs::Metrics last = configs::metrics_of(result.last.confusion, result.last.predictions);
    const configs::Metrics best = configs::metrics_of(result.best.confusion, result.best.predictions);
    for (const configs::Metric& metric : configs::all_metrics()) {
        store::Query query;
        query.where = "label = 'cqt-r25-s2'";
        query.columns = {metric.name, std::string("best_") + metric.name};
        const std::string text = answer(query);
        const std::string row = text.substr(text.find('\n') + 1);
        if (std::isfinite(last.*metric.value)) {
            EXPECT_EQ(std::stod(row), last.*metric.value) << metric.name;
            EXPECT_EQ(std::stod(row.substr(row.find(',') + 1)), best.*metric.value) << metric.name;
        }
    }
    store::Query means;
    means.sql = "SELECT balanced_accuracy, cohen_kappa FROM configuration_summary WHERE cohen_kappa > 0 LIMIT 1";
    EXPECT_THAT(answer(means), testing::StartsWith("balanced_accuracy,cohen_kappa\n0."));
}

TEST_F(QueryTest, AWrongColumnNamesTheNearestThree)
{
    store::Query query;
    query.columns = {"acuracy"};
    EXPECT_THAT(refusal(query), testing::AllOf(HasSubstr("\"acuracy\"; the nearest are accuracy, "),
                                               HasSubstr("--list-columns"), testing::Not(HasSubstr("peak_memory"))));
    query = {};
    query.sort = {"-lable"};
    EXPECT_THAT(refusal(query), HasSubstr("the nearest are label, "));
    query.sort = {"-model.attention_rato"};
    EXPECT_THAT(refusal(query), HasSubstr("the nearest are model.attention_ratio, "))
        << "a column, too, without its section";
    query = {};
    query.columns = {"training.learning_rat"};
    EXPECT_THAT(refusal(query), HasSubstr("the nearest are training.learning_rate, "));
    query = {};
    query.where = "learning_rat > 0";
    EXPECT_THAT(refusal(query), HasSubstr("the nearest are learning_rate, "));
    query.where = "model.kernel_sise > 0";
    EXPECT_THAT(refusal(query), HasSubstr("the nearest are model.kernel_size, "));
}

TEST_F(QueryTest, AMetricsOldNameIsTakenWhereColumnsAreNamed)
{
    store::Query query, old;
    query.columns = {"label", "f1_class_mean", "best_f1_class_mean"};
    query.sort = {"-f1_class_mean", "label"};
    old.columns = {"label", "f1_classes", "best_f1_classes"};
    old.sort = {"-f1_classes", "label"};
    const std::string rows = answer(query), old_rows = answer(old);
    EXPECT_EQ(old_rows.substr(0, old_rows.find('\n')), "label,f1_classes,best_f1_classes") << "as it was asked";
    EXPECT_EQ(old_rows.substr(old_rows.find('\n')), rows.substr(rows.find('\n')));
    old.where = "f1_classes > 0.5";
    EXPECT_THAT(refusal(old), HasSubstr("did you mean f1_class_mean?"));
}

TEST_F(QueryTest, DoubleQuotedTextIsNotSilentlyAString)
{
    store::Query query;
    query.where = "spectrogram = \"cqt\"";
    EXPECT_THAT(refusal(query), HasSubstr("single quotes"));
}

TEST_F(QueryTest, ABrokenConditionIsShownWithAnExample)
{
    store::Query query;
    query.where = "accuracy >";
    EXPECT_THAT(refusal(query), testing::AllOf(HasSubstr("\"accuracy >\""), HasSubstr("Expected an SQL condition")));
}

TEST_F(QueryTest, AnInjectedStatementCanOnlyRead)
{
    const std::string before = files::read_file(path_);
    for (const char* where :
         {"1); DROP TABLE trials; --", "1); DELETE FROM trials; SELECT (1", "1); PRAGMA user_version = 99; --",
          "1); ATTACH 'other.db' AS other; --", "load_extension('x')", "1 in (select * from pragma_user_version)",
          "(DELETE FROM trials)", "writefile('x', 'y')"}) {
        store::Query query;
        query.where = where;
        EXPECT_THAT(refusal(query), testing::Not(testing::StartsWith("answered"))) << where;
    }
    store::Query query;
    query.columns = {"label\" FROM trial_overview; DROP TABLE trials; --"};
    EXPECT_THAT(refusal(query), HasSubstr("no column"));
    EXPECT_EQ(files::read_file(path_), before);
    // On a connection that may write, the same holds.
    const store::Store writer = store::Store::open_to_write(path_);
    std::ostringstream out;
    query = {};
    query.where = "1); DELETE FROM revision_trials; --";
    EXPECT_THROW(write_query(writer, query, QueryFormat::csv, out), store::Error);
    EXPECT_EQ(writer.states({sweep_.trials[0].id}).front().status, store::Status::done);
}

TEST_F(QueryTest, WhatIsRefusedIsNamed)
{
    const auto refused = [&](const std::string& sql) {
        store::Query query;
        query.sql = sql;
        return refusal(query);
    };
    const std::string before = files::read_file(path_);
    EXPECT_THAT(refused("ATTACH 'other.db' AS other"), HasSubstr("more than read (ATTACH)"));
    EXPECT_THAT(refused("DETACH main"), HasSubstr("(DETACH)"));
    EXPECT_THAT(refused("PRAGMA query_only = OFF"), HasSubstr("(PRAGMA query_only)"));
    EXPECT_THAT(refused("SELECT load_extension('x')"), HasSubstr("(the function load_extension)"));
    EXPECT_THAT(refused("SELECT writefile('x', 'y')"), HasSubstr("no such function: writefile"));
    EXPECT_THAT(refused("DELETE FROM trials"), HasSubstr("(DELETE FROM trials)"));
    EXPECT_THAT(refused("UPDATE trials SET spec = ''"), HasSubstr("(UPDATE trials)"));
    EXPECT_THAT(refused("WITH x AS (SELECT 1) INSERT INTO sweeps SELECT 9, 'x' FROM x"),
                HasSubstr("(INSERT INTO sweeps)"));
    EXPECT_THAT(refused("BEGIN IMMEDIATE"), HasSubstr("(a transaction)"));
    EXPECT_THAT(refused("VACUUM INTO 'copy.db'"), HasSubstr("(it is not a SELECT)"));
    EXPECT_THAT(refused("CREATE TEMP TABLE x (y)"), testing::Not(testing::StartsWith("answered")));
    EXPECT_THAT(refused("SELECT 1; DROP TABLE trials"), HasSubstr("more than one statement"));
    EXPECT_THAT(refused(" -- nothing"), HasSubstr("no statement"));
    EXPECT_THAT(refused("SELECT zeroblob(1000000000)"), HasSubstr("too big"));
    EXPECT_EQ(files::read_file(path_), before);
    EXPECT_FALSE(std::filesystem::exists("copy.db"));
}

TEST_F(QueryTest, ASelectOfOnesOwn)
{
    store::Query query;
    query.sql = "SELECT configuration, count(*) AS trials FROM trial_overview GROUP BY 1 ORDER BY 1 LIMIT 1;";
    EXPECT_EQ(answer(query), "configuration,trials\ncqt-r0,3\n");
    EXPECT_EQ(nlohmann::json::parse(answer(query, QueryFormat::json))[0].at("trials"), 3);
    query.sql = "SELECT lable FROM trial_overview";
    EXPECT_THAT(refusal(query), HasSubstr("the nearest are label, "));
    query.sql = "SELECT * FROM trial_overveiw";
    EXPECT_THAT(refusal(query), testing::AllOf(HasSubstr("did you mean trial_overview?"), HasSubstr("epochs")));
    query.sql = "SELEKT 1";
    EXPECT_THAT(refusal(query), HasSubstr("Expected one SELECT"));
}

TEST_F(QueryTest, SeveralSweeps)
{
    {
        store::Store writer = store::Store::open_to_write(path_);
        writer.record_sweep(store::synthetic_sweep("second", 1));
        writer.record_sweep(store::synthetic_sweep("third", 1));
    }
    store::Query query;
    query.sweeps = {"second", "third"};
    query.columns = {"sweep"};
    const std::string text = answer(query);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 21);
    query.sweeps = {"second", "fourth"};
    EXPECT_THROW(answer(query), store::Error);
}

TEST_F(QueryTest, ATableFitsItsTerminal)
{
    store::Query query;
    query.columns = {"label", "spec", "accuracy", "trial_id", "data_digest"};
    query.limit = 3;
    const store::Store store = store::Store::open_to_read(path_);
    std::ostringstream out;
    write_query(store, query, QueryFormat::table, out, 60);
    std::istringstream lines(out.str());
    int seen = 0;
    for (std::string line; std::getline(lines, line); ++seen) {
        EXPECT_LE(configs::display_width(line), 60U) << line;
    }
    EXPECT_EQ(seen, 5);
    EXPECT_THAT(out.str(),
                testing::AllOf(HasSubstr("stft-r0-s1"), HasSubstr("…"), testing::Not(HasSubstr("\"training\""))));
    std::ostringstream whole;
    write_query(store, query, QueryFormat::table, whole, 0);
    EXPECT_THAT(whole.str(), HasSubstr("\"training\""));
}

TEST_F(QueryTest, ALongTableHasTheWidthsOfAllItsRows)
{
    store::Query query;
    query.sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10000) "
                "SELECT x AS number, 'row ' || x AS words, NULL AS empty FROM n";
    std::istringstream lines(answer(query, QueryFormat::table));
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "number  words      empty");
    std::getline(lines, line);
    EXPECT_EQ(line, "------------------------");
    std::getline(lines, line);
    EXPECT_EQ(line, "     1  row 1");
    int rows = 1;
    std::string last;
    for (; std::getline(lines, line); ++rows) {
        last = line;
    }
    EXPECT_EQ(rows, 10000);
    EXPECT_EQ(last, " 10000  row 10000");

    const store::Store store = store::Store::open_to_read(path_);
    std::ostringstream narrow;
    EXPECT_EQ(write_query(store, query, QueryFormat::table, narrow, 20), 10000);
    EXPECT_THAT(narrow.str(), HasSubstr("\n 10000  row 1…\n"));
}

TEST_F(QueryTest, ALongTableIsAskedForOnce)
{
    store::Query query;
    query.sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000) "
                "SELECT x FROM n WHERE random() % 2 = 0";
    const store::Store store = store::Store::open_to_read(path_);
    std::ostringstream out;
    const std::int64_t rows = write_query(store, query, QueryFormat::table, out);
    const std::string text = out.str();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), rows + 2) << "asked again, other rows come";
}

TEST_F(QueryTest, ATableIsWrittenWhateverTheFolderForTemporaryFilesWas)
{
    store::Query query;
    query.sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000) SELECT x FROM n";
    const store::Store store = store::Store::open_to_read(path_);
    const tests::EnvironmentVariable folder("TMPDIR", (folder_ / "missing").string());
    std::ostringstream out;
    EXPECT_EQ(write_query(store, query, QueryFormat::table, out), 100000);
    EXPECT_EQ(write_query(store, query, QueryFormat::csv, out), 100000);
}

TEST_F(QueryTest, ATimeLimitStopsWhatWouldNotEnd)
{
    store::Query query;
    query.sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    query.time_limit_s = 0.01;
    EXPECT_THAT(refusal(query), testing::AllOf(HasSubstr("SELECT count(*) FROM n"), HasSubstr("longer than 0.01 s")));
    // Of that query alone.
    query.sql = "SELECT 1 AS one";
    query.time_limit_s = 0;
    EXPECT_EQ(answer(query), "one\n1\n");
}

TEST_F(QueryTest, ACommentDoesNotSwallowTheRest)
{
    store::Query query;
    query.where = "label = 'stft-r0-s1' -- only this";
    query.columns = {"label"};
    EXPECT_EQ(answer(query), "label\nstft-r0-s1\n");
}

TEST_F(QueryTest, TheStoreCanWriteAgainAfterAQuestion)
{
    store::Store writer = store::Store::open_to_write(path_);
    std::ostringstream out;
    write_query(writer, {}, QueryFormat::csv, out);
    EXPECT_NO_THROW(writer.record_sweep(store::synthetic_sweep("other")));
}

TEST_F(QueryTest, PastRevisionsStayAndSayWhichIsCurrent)
{
    {
        store::Store writer = store::Store::open_to_write(path_);
        writer.record_sweep(store::synthetic_sweep("synthetic", 1));
    }
    store::Query query;
    query.columns = {"label", "revision", "current"};
    query.where = "configuration = 'stft-r0'";
    EXPECT_EQ(answer(query), "label,revision,current\nstft-r0-s1,2,1\n");
    query.revisions = store::Revisions::all;
    EXPECT_EQ(answer(query), "label,revision,current\nstft-r0-s1,2,1\nstft-r0-s2,1,0\nstft-r0-s3,1,0\n");
}

TEST_F(QueryTest, TheTableIsForTheEye)
{
    store::Query query;
    query.where = "label = 'stft-r0-s1'";
    query.columns = {"label", "attention_ratio", "status"};
    EXPECT_EQ(answer(query, QueryFormat::table), "label       attention_ratio  status\n"
                                                 "-----------------------------------\n"
                                                 "stft-r0-s1                0  done\n");
}

TEST_F(QueryTest, ADeviceThatIsNotKnownYetIsNotShown)
{
    store::Store store = store::Store::open_to_write(path_);
    const configs::Sweep other = store::synthetic_sweep("other", 4);
    store.record_sweep(other);
    store.begin_attempt(other.trials[3].id, 1, "node7", "auto", "2024-01-02T03:04:05Z");
    store.begin_attempt(other.trials[7].id, 1, "node7", "cuda:0", "2024-01-02T03:04:05Z");
    store::Query query;
    query.where = "status = 'pending' and attempts > 0";
    query.columns = {"label", "device"};
    query.sort = {"-label"};
    EXPECT_EQ(answer(query), "label,device\nstft-r25-s4,cuda:0\nstft-r0-s4,\n");
    EXPECT_THAT(answer(query, QueryFormat::jsonl), HasSubstr(R"("device":null)"));
}

}  // namespace
}  // namespace attnsweep::reports
