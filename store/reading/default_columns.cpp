#include "store/reading/default_columns.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "configs/keys.h"
#include "configs/name_list.h"
#include "store/reading/history.h"
#include "store/reading/setting_names.h"
#include "store/reading/sweeps.h"

namespace attnsweep::store {

namespace {

/// The keys that the sweep's file varies, in [axes] and [[zip]], as its revision recorded them.
std::vector<std::string> axes_of(const Store& store, const SweepEntry& sweep)
{
    std::vector<std::string> keys;
    const auto settings = nlohmann::json::parse(revision_settings(store, sweep).settings, nullptr, false);
    if (!settings.is_object() || !settings.contains("axes")) {
        return keys;  // the imported paper
    }
    for (const nlohmann::json& axis : settings.at("axes")) {
        for (const auto& [key, values] : axis.items()) {
            keys.push_back(key);
        }
    }
    return keys;
}

}  // namespace

std::vector<std::string> default_columns(const Store& store, const std::vector<std::string>& sweeps)
{
    std::vector<std::string> columns{"sweep", "revision", "label", "status", "spectrogram", "attention_ratio"};
    const std::size_t before = columns.size();
    const auto add = [&](const SweepEntry& sweep) {
        for (const std::string& key : axes_of(store, sweep)) {
            const configs::Key* const known = configs::find_key(key);
            if (known == nullptr || !known->of_trial()) {
                continue;  // of a newer version
            }
            const std::string last = std::string(known->leaf()), name = expression_of(last, {}) ? last : key;
            if (columns.size() < before + most_axes &&
                std::find(columns.begin(), columns.end(), name) == columns.end()) {
                columns.push_back(name);
            }
        }
    };
    const auto is_known = [&](const std::string& name) { return sweep_named(store, name).has_value(); };
    for (const std::string& name : configs::names_in(sweeps, is_known)) {
        add(find_sweep(store, name));
    }
    if (sweeps.empty()) {
        for (const SweepEntry& sweep : sweeps_in_sight(store)) {
            add(sweep);
        }
    }
    columns.insert(columns.end(), {"accuracy", "f1_macro", "epochs", "duration_s", "trial_id"});
    return columns;
}

}  // namespace attnsweep::store
