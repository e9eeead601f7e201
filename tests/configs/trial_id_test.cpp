// Promise 1 of the design: a trial is its content. ids-0.1.0.json was computed apart from this code; its lines are never
// changed: a finished trial keeps its id in every later version. Nor are those of ids-optimizers.json, of the keys that came later.
#include <fstream>
#include <functional>
#include <random>
#include <set>

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/trial_identity.h"
#include "tests/paths.h"

namespace attnsweep::configs {
namespace {

using testing::HasSubstr;
using testing::Not;

nlohmann::json fixture(const std::string& name = "ids-0.1.0.json")
{
    std::ifstream file(std::filesystem::path(attnsweep::tests::paths::source) / "tests/configs" / name);
    return nlohmann::json::parse(file);
}

void expect_ids_of(const nlohmann::json& cases)
{
    for (const auto& each : cases) {
        const auto spec = each.at("spec").get<TrialSpec>();
        EXPECT_EQ(canonical_text(spec), each.at("canonical_text").get<std::string>()) << each.at("name");
        EXPECT_EQ(trial_id(spec), each.at("id").get<std::string>()) << each.at("name");
    }
}

TrialSpec example_spec()
{
    TrialSpec spec;
    spec.data_set = {std::string(64, 'c'), 87, 1025, 19};
    return spec;
}

TEST(TrialId, TheFixtureOf_0_1_0_Holds)
{
    const nlohmann::json cases = fixture();
    ASSERT_GT(cases.size(), 10u);
    expect_ids_of(cases);
}

TEST(TrialId, TheFixtureOfOptimizersHolds)
{
    const nlohmann::json cases = fixture("ids-optimizers.json");
    ASSERT_EQ(cases.size(), 7u);
    expect_ids_of(cases);
    for (const std::size_t of_adagrad_alone : {0u, 1u}) {
        EXPECT_EQ(cases.at(of_adagrad_alone).at("id"), fixture().at(0).at("id")) << "the paper's STFT 0 %";
    }
}

TEST(TrialId, OfARepeatIsTheSame)
{
    for (const auto& each : fixture()) {
        auto spec = each.at("spec").get<TrialSpec>();
        RepeatIds ids(spec);
        EXPECT_EQ(ids.id(spec.seed), each.at("id").get<std::string>()) << each.at("name");
        for (const Seeds& seeds : {Seeds{1, 1, 1}, Seeds{1, 2, 2}, Seeds{5, 3, 4}}) {
            spec.seed = seeds;
            EXPECT_EQ(ids.id(seeds), trial_id(spec)) << each.at("name");
        }
    }
}

TEST(RepeatTexts, AreTheJsonOfTheirSpecs)
{
    for (const auto& each : fixture()) {
        auto spec = each.at("spec").get<TrialSpec>();
        const RepeatTexts texts(spec);
        for (const Seeds& seeds : {spec.seed, Seeds{5, 3, ~std::uint64_t{0}}}) {
            spec.seed = seeds;
            EXPECT_TRUE(texts.are_of(spec));
            EXPECT_EQ(texts.text(seeds), nlohmann::json(spec).dump()) << each.at("name");
        }
        for (const auto& change : std::vector<std::function<void(TrialSpec&)>>{
                 [](TrialSpec& other) { other.data.test_fraction /= 2; },
                 [](TrialSpec& other) { ++other.model.blocks; }, [](TrialSpec& other) { ++other.training.patience; },
                 [](TrialSpec& other) { ++other.data_set.frames; }}) {
            TrialSpec other = spec;
            change(other);
            EXPECT_FALSE(texts.are_of(other));
        }
    }
}

TEST(TrialId, EveryKeyOfATrialHasAFrozenDefaultAndNoOther)
{
    std::set<std::string> frozen;
    for (const FrozenDefault& row : frozen_defaults()) {
        EXPECT_TRUE(frozen.insert(row.key).second) << row.key << " stands twice";
        const Key* key = find_key(row.key);
        ASSERT_NE(key, nullptr) << row.key;
        EXPECT_EQ(text_of(value_from_json(*key, nlohmann::json::parse(row.text))), row.text) << row.key;
    }
    for (const Key& key : keys()) {
        EXPECT_EQ(frozen.contains(key.name), key.of_trial()) << key.name;
    }
}

/// A registry as a later version may have it: one key more, held outside the structs.
std::vector<Key> with_a_later_key(double value)
{
    std::vector<Key> registry(keys().begin(), keys().end());
    Key later;
    later.name = "model.dropout";
    later.type = ValueType::number;
    later.read = [value](const Settings&) { return Value(value); };
    later.write = [](Settings&, const Value&) {};
    registry.push_back(later);
    return registry;
}

TEST(TrialId, ALaterKeyAtItsFrozenDefaultLeavesIdsAlone)
{
    std::vector<FrozenDefault> defaults = frozen_defaults();
    defaults.push_back({"model.dropout", "0"});
    for (const auto& each : fixture()) {
        const auto spec = each.at("spec").get<TrialSpec>();
        EXPECT_EQ(canonical_text(spec, with_a_later_key(0), defaults, 1), each.at("canonical_text").get<std::string>());
        EXPECT_THAT(canonical_text(spec, with_a_later_key(0.5), defaults, 1), HasSubstr("model.dropout=0.5\n"));
    }
}

TEST(TrialId, ALaterMathematicsVersionChangesIds)
{
    const TrialSpec spec = example_spec();
    EXPECT_THAT(canonical_text(spec, keys(), frozen_defaults(), 2), HasSubstr("mathematics_version=2\n"));
    EXPECT_THAT(canonical_text(spec, keys(), frozen_defaults(), 1), Not(HasSubstr("mathematics_version")));
}

TEST(TrialId, ShapesFollowFromTheDigestAndAreNotInIt)
{
    TrialSpec spec = example_spec();
    const std::string id = trial_id(spec);
    spec.data_set.frames = 1;
    spec.data_set.bins = 2;
    EXPECT_EQ(trial_id(spec), id);
    spec.data_set.digest[0] = 'd';
    EXPECT_NE(trial_id(spec), id);
}

/// Another possible value of the key.
Value another(const Key& key, const Value& value, std::mt19937_64& random)
{
    switch (key.type) {
    case ValueType::boolean:
        return !std::get<bool>(value);
    case ValueType::integer:
        return std::get<std::int64_t>(value) + 1;
    case ValueType::seed:
        return static_cast<std::uint64_t>(random());
    case ValueType::number:
    case ValueType::duration:
        return std::uniform_real_distribution<double>(0.001, 0.999)(random);
    case ValueType::integers:
        return std::vector<std::int64_t>{static_cast<std::int64_t>(1 + random() % 10)};
    case ValueType::text:
    case ValueType::choice:
    case ValueType::integer_or_word:
        break;
    }
    const auto& words = key.constraint.choices;
    return words[random() % words.size()];
}

TEST(TrialId, RandomSpecsAreStableThroughJsonAndDifferByEachKey)
{
    std::mt19937_64 random(3);
    for (int round = 0; round < 300; ++round) {
        Settings settings;
        for (const Key& key : keys()) {
            if (key.of_trial() && random() % 3 == 0) {
                const Value value = another(key, key.read(settings), random);
                ASSERT_TRUE(allowed(key, value)) << key.name << " = " << text_of(value);
                key.write(settings, value);
                EXPECT_EQ(key.read(settings), value) << key.name;
            }
        }
        const TrialSpec spec = spec_of(settings, example_spec().data_set);
        const std::string text = canonical_text(spec);
        EXPECT_EQ(canonical_text(nlohmann::json::parse(nlohmann::json(spec).dump()).get<TrialSpec>()), text);
        EXPECT_EQ(canonical_text(without_idle_keys(spec)), text);

        const auto& key = keys()[random() % keys().size()];
        if (!key.of_trial()) {
            continue;
        }
        Settings changed = settings;
        key.write(changed, another(key, key.read(settings), random));
        const TrialSpec other = spec_of(changed, spec.data_set);
        const bool same = key.read(changed) == key.read(settings) ||
                          nlohmann::json(without_idle_keys(other)) == nlohmann::json(without_idle_keys(spec));
        EXPECT_EQ(canonical_text(other) == text, same) << key.name;
    }
}

TEST(TrialId, EachKeyAloneChangesTheIdOfAnAttentiveTrial)
{
    std::mt19937_64 random(5);
    const auto attentive = [](const std::string& optimizer) {
        Settings settings;
        settings.model.attention_ratio = 0.5;
        settings.training.optimizer = optimizer;
        settings.training.schedule = Schedule::step;
        return settings;
    };
    for (const Key& key : keys()) {
        if (!key.of_trial()) {
            continue;
        }
        std::set<std::string> where;  // under which optimizers
        for (const char* const optimizer : {"adagrad", "sgd", "adam", "adamw"}) {
            const Settings base = attentive(optimizer);
            Settings changed = base;
            while (key.read(changed) == key.read(base)) {
                key.write(changed, another(key, key.read(base), random));
            }
            if (trial_id(spec_of(changed, example_spec().data_set)) !=
                trial_id(spec_of(base, example_spec().data_set))) {
                where.insert(optimizer);
            }
        }
        std::set<std::string> expected{"adagrad", "sgd", "adam", "adamw"};
        if (key.name == "training.initial_accumulator") {
            expected = {"adagrad"};
        } else if (key.name == "training.epsilon") {
            expected.erase("sgd");
        } else if (key.name == "training.momentum" || key.name == "training.nesterov") {
            expected = {"sgd"};
        } else if (key.name.starts_with("training.beta_")) {
            expected = {"adam", "adamw"};
        }
        EXPECT_EQ(where, expected) << key.name;
    }
}

TEST(TrialId, MinusZeroIsZero)
{
    TrialSpec spec = example_spec();
    const std::string id = trial_id(spec);
    spec.model.attention_ratio = -0.0;
    EXPECT_EQ(trial_id(spec), id);
    spec.training.initial_accumulator = -0.0;
    EXPECT_THAT(canonical_text(spec), HasSubstr("training.initial_accumulator=0\n"));
}

}  // namespace
}  // namespace attnsweep::configs
