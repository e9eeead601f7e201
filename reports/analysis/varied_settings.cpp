#include "reports/analysis/varied_settings.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/keys.h"

namespace attnsweep::reports {

std::map<std::string, std::string> setting_texts(const configs::TrialSpec& spec, bool with_data_set)
{
    std::map<std::string, std::string> settings;
    const nlohmann::json json = spec;
    for (const auto& [section, fields] : json.items()) {
        if (section == "seed" || (section == "data_set" && !with_data_set) || !fields.is_object()) {
            continue;
        }
        for (const auto& [leaf, value] : fields.items()) {
            const std::string name = fmt::format("{}.{}", section, leaf);
            settings[name] = value.is_string()         ? value.get<std::string>()
                             : value.is_number_float() ? fmt::format("{}", value.get<double>())
                                                       : value.dump();
        }
    }
    return settings;
}

void VariedSettings::add(const configs::TrialSpec& spec)
{
    const std::map<std::string, std::string> settings = setting_texts(spec);
    if (first_.empty()) {
        first_ = settings;
        return;
    }
    for (const auto& [key, text] : settings) {
        const auto first = first_.find(key);
        if (first == first_.end() || first->second != text) {
            varies_[key] = true;
        }
    }
}

std::vector<std::string> VariedSettings::keys() const
{
    std::vector<std::string> keys;
    for (const configs::Key& key : configs::keys()) {
        if (varies_.contains(std::string(key.name))) {
            keys.emplace_back(key.name);
        }
    }
    return keys;
}

std::vector<std::string> VariedSettings::titles(const std::vector<std::string>& keys)
{
    const auto leaf_of = [](const std::string& key) { return key.substr(key.find('.') + 1); };
    std::vector<std::string> titles;
    for (const std::string& key : keys) {
        const auto same = std::count_if(keys.begin(), keys.end(),
                                        [&](const std::string& other) { return leaf_of(other) == leaf_of(key); });
        titles.push_back(same == 1 ? leaf_of(key) : key);
    }
    return titles;
}

}  // namespace attnsweep::reports
