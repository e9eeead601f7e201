// Settings of a sweep file in queries, beside the columns of trial_overview.
#include "store/reading/setting_names.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/reading/default_columns.h"
#include "store/reading/query.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SettingNames : public testing::Test {
protected:
    SettingNames() { fill(store_, synthetic_sweep()); }

    /// A heading, and a line for each row: its values with commas.
    std::string answer(const Query& query) const
    {
        std::string text;
        const std::vector<std::string> columns = run_query(store_, query, [&](const std::vector<Value>& row) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                text += i == 0 ? "" : ",";
                if (const auto* whole = std::get_if<std::int64_t>(&row[i])) {
                    text += std::to_string(*whole);
                } else if (const auto* number = std::get_if<double>(&row[i])) {
                    text += fmt::format("{}", *number);
                } else if (const auto* word = std::get_if<std::string>(&row[i])) {
                    text += *word;
                }
            }
            text += "\n";
        });
        return fmt::format("{}\n", fmt::join(columns, ",")) + text;
    }

    tests::TemporaryFolder folder_;
    Store store_ = Store::open_to_write(folder_ / "results.db");
};

TEST_F(SettingNames, AConditionThatIsNotWholeIsNamedInOurWords)
{
    for (const auto& [where, words] : {std::pair("status = 'done", "what ' begins is not closed"),
                                       {"status = \"done", "what \" begins is not closed"},
                                       {"repeat = 1 and", "it ends, or a bracket is closed, where a value"},
                                       {"(repeat = 1", "a bracket is not closed"},
                                       {"repeat == = 1", "near \"=\": syntax error"}}) {
        Query query;
        query.where = where;
        try {
            answer(query);
            FAIL() << where;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), AllOf(HasSubstr(words), Not(HasSubstr("ORDER BY")))) << where;
        }
    }
}

TEST_F(SettingNames, AnySettingOfASweepFileCanBeNamed)
{
    const auto rows = [&](const std::string& where) {
        Query query;
        query.where = where;
        query.columns = {"label"};
        const std::string text = answer(query);
        return std::count(text.begin(), text.end(), '\n') - 1;
    };
    const auto all = rows("");
    EXPECT_EQ(rows("model.attention_ratio = 0.5"), all / 5);
    EXPECT_EQ(rows("attention_ratio = 0.5"), all / 5);
    EXPECT_EQ(rows("kernel_size = 5 and model.batch_norm_momentum > 0.9"), all);
    EXPECT_EQ(rows("kernel_size=5.0 AND training.early_stopping"), all);
    EXPECT_EQ(rows("kernel_size > 1e1"), 0);
    EXPECT_EQ(rows("KERNEL_SIZE = 5 AND Label = 'stft-r0-s1'"), 1) << "SQL's columns ignore case, too";
    EXPECT_EQ(rows("trial_id in (select trial_id from trial_overview order by accuracy desc limit 2)"), 2);
    EXPECT_EQ(rows("seed.order = 1"), all / 3);
    EXPECT_EQ(rows("stratified = false and augmented_blocks = '[4,5]'"), all);
    EXPECT_EQ(rows("label = 'kernel_size' -- kernel_size\n or max_epochs = 60 /* kernel_size */"), all);
    Query query;
    query.columns = {"label", "model.kernel_size", "kernel_stddev"};
    query.sort = {"-model.kernel_size"};
    query.limit = 1;
    EXPECT_THAT(answer(query), testing::AllOf(testing::StartsWith("label,model.kernel_size,kernel_stddev\n"),
                                              testing::EndsWith(",5,0.05\n")));
}

TEST_F(SettingNames, ANumberInPercentIsHintedAt)
{
    EXPECT_THAT(percent_hint("spectrogram = 'cqt' and accuracy > 60"),
                testing::AllOf(HasSubstr("accuracy runs from 0 to 1"), HasSubstr("write 0.6")));
    EXPECT_THAT(percent_hint("best_f1_macro>=95.5"), HasSubstr("write 0.955"));
    for (const char* right : {"accuracy > 0.6", "accuracy <= 1", "epochs > 60", ""}) {
        EXPECT_EQ(percent_hint(right), "") << right;
    }
}

TEST(DefaultColumns, AreTheAxesOfTheSweepsAskedFor)
{
    tests::TemporaryFolder folder;
    Store store = Store::open_to_write(folder / "results.db");
    configs::Sweep one = synthetic_sweep("one", 1), two = synthetic_sweep("two", 1);
    one.text = R"({"axes":[{"model.attention_ratio":[0,1]},{"training.learning_rate":[0.1],"data.split":["clip"]}]})";
    two.text = R"({"axes":[{"model.heads":[2,4]},{"model.of_the_future":[1]}]})";
    store.record_sweep(one);
    store.record_sweep(two);
    const auto axes = [&](const std::vector<std::string>& sweeps) {
        std::vector<std::string> columns = default_columns(store, sweeps);
        return std::vector<std::string>(std::find(columns.begin(), columns.end(), "attention_ratio") + 1,
                                        std::find(columns.begin(), columns.end(), "accuracy"));
    };
    EXPECT_THAT(axes({"one"}), testing::ElementsAre("data.split", "learning_rate")) << "two sections have a split";
    EXPECT_THAT(axes({"two@1"}), testing::ElementsAre("heads"));
    EXPECT_THAT(axes({}), testing::ElementsAre("heads", "data.split", "learning_rate"));
    Query query;
    query.sweeps = {"one"};
    std::size_t rows = 0;
    EXPECT_THAT(run_query(store, query, [&](const auto&) { ++rows; }), testing::Contains("data.split"));
    EXPECT_EQ(rows, 10U);
}

}  // namespace
}  // namespace attnsweep::store
