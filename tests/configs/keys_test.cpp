#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/key_reference.h"
#include "configs/keys.h"
#include "configs/nearest_name.h"
#include "tests/paths.h"

namespace attnsweep::configs {
namespace {

TEST(Keys, EachHasANameOfItsOwnAndADefaultWithinItsLimits)
{
    std::set<std::string> names, short_names;
    for (const Key& key : keys()) {
        EXPECT_TRUE(names.insert(key.name).second) << key.name;
        EXPECT_FALSE(key.help.empty()) << key.name;
        EXPECT_FALSE(expectation(key).empty()) << key.name;
        EXPECT_TRUE(allowed(key, key.read(Settings{}))) << key.name;
        EXPECT_EQ(find_key(key.name), &key);
    }
    EXPECT_EQ(find_key("model.head"), nullptr);
}

TEST(Keys, EachReadsWhatItWrites)
{
    for (const Key& key : keys()) {
        for (const nlohmann::json& json :
             {nlohmann::json(0.25), nlohmann::json(3), nlohmann::json(true), nlohmann::json({2, 3}),
              nlohmann::json(key.constraint.choices.empty() ? "word" : key.constraint.choices.back())}) {
            Value value;
            try {
                value = value_from_json(key, json);
            } catch (const Error&) {
                continue;
            }
            Settings settings;
            key.write(settings, value);
            EXPECT_EQ(key.read(settings), value) << key.name << " = " << json;
            EXPECT_EQ(value_from_json(key, json_of(value)), value) << key.name;
        }
    }
}

TEST(Keys, TheNearestIsFewestEditsAway)
{
    EXPECT_EQ(nearest_key("model.haeds"), "model.heads");
    EXPECT_EQ(nearest_names("acc", {"tags", "spec", "accuracy", "label"}, 2).front(), "accuracy");
    EXPECT_EQ(nearest_name("acc", {"acct", "accuracy"}), "acct") << "the first of equals";
    EXPECT_EQ(nearest_key("trainig.learning_rate"), "training.learning_rate");
    EXPECT_EQ(nearest_key("model.learning_rate"), "training.learning_rate");
    EXPECT_EQ(nearest_key("checkpoint_every"), "checkpoint.every");
    EXPECT_EQ(nearest_key("execution.every"), "checkpoint.every");
    EXPECT_EQ(nearest_key("lr"), "training.learning_rate") << "as in labels";
    EXPECT_EQ(nearest_key("rate"), "training.learning_rate");
    EXPECT_EQ(nearest_key("model.ratio"), "model.attention_ratio");
    EXPECT_EQ(nearest_key("epochs"), "training.max_epochs");
    EXPECT_EQ(nearest_key("batch"), "training.batch_size");
    EXPECT_NE(nearest_key("execution.thread", [](const Key& key) { return key.of_trial(); }), "execution.threads");
}

TEST(EditDistance, ByHand)
{
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
    EXPECT_EQ(edit_distance("same", "same"), 0u);
    EXPECT_EQ(nearest_word("decibels", {"magnitude", "power", "decibel"}), "decibel");
    EXPECT_EQ(first_joined({"a", "b"}, 2), "a, b");
    EXPECT_EQ(first_joined({"a", "b", "c", "d"}, 2), "a, b and 2 more");
}

TEST(Values, AreWrittenShortest)
{
    EXPECT_EQ(text_of(0.1), "0.1");
    EXPECT_EQ(text_of(1.0), "1");
    EXPECT_EQ(text_of(1e-7), "1e-07");
    EXPECT_EQ(text_of(std::string("a\"b")), "\"a\\\"b\"");
    EXPECT_EQ(text_of(std::vector<std::int64_t>{}), "[]");
    EXPECT_EQ(text_of(std::vector<std::int64_t>{4, 5}), "[4,5]");
    EXPECT_EQ(text_of(std::uint64_t{18446744073709551615u}), "18446744073709551615");
    EXPECT_EQ(text_of(true), "true");
}

TEST(KeyReference, DocsSettingsIsWhatTheRegistrySays)
{
    std::ifstream file(std::filesystem::path(attnsweep::tests::paths::source) / "docs/settings.md");
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), keys_as_markdown())
        << "write it anew: attnsweep plan --help-keys=markdown > docs/settings.md";
}

TEST(KeyReference, EveryKeyIsInTheHelp)
{
    const std::string help = keys_as_text();
    for (const Key& key : keys()) {
        EXPECT_THAT(help, testing::HasSubstr(key.name));
    }
}

}  // namespace
}  // namespace attnsweep::configs
