#include "configs/trial_spec.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "configs/error.h"
#include "configs/json_fields.h"
#include "configs/trial_identity.h"
#include "files/checksum.h"

namespace attnsweep::configs {

namespace {

void assign_frozen(Settings& settings, const std::string& name)
{
    for (const FrozenDefault& row : frozen_defaults()) {
        if (row.key == name) {
            const Key& key = *find_key(name);
            key.write(settings, value_from_json(key, nlohmann::json::parse(row.text)));
        }
    }
}

}  // namespace

Settings settings_of(const TrialSpec& spec)
{
    Settings settings;
    settings.data = spec.data;
    settings.model = spec.model;
    settings.training = spec.training;
    settings.seed = spec.seed;
    return settings;
}

TrialSpec spec_of(const Settings& settings, const DataIdentity& data_set)
{
    return {settings.data, settings.model, settings.training, settings.seed, data_set};
}

TrialSpec without_idle_keys(TrialSpec spec)
{
    Settings settings = settings_of(spec);
    if (spec.model.attention_ratio == 0 || spec.model.augmented_blocks.empty()) {
        assign_frozen(settings, "model.attention_ratio");
        assign_frozen(settings, "model.heads");
        assign_frozen(settings, "model.augmented_blocks");
    }
    std::sort(settings.model.augmented_blocks.begin(), settings.model.augmented_blocks.end());
    if (!spec.training.early_stopping) {
        assign_frozen(settings, "training.patience");
    }
    return spec_of(settings, spec.data_set);
}

namespace {

/// By key, so that a sweep of 100,000 trials does not search the whole table for each of its keys.
using DefaultTexts = std::unordered_multimap<std::string_view, std::string_view>;

DefaultTexts texts_of(const std::vector<FrozenDefault>& defaults)
{
    DefaultTexts texts;
    for (const FrozenDefault& row : defaults) {
        texts.emplace(row.key, row.text);
    }
    return texts;
}

std::string canonical_text(const TrialSpec& spec, std::span<const Key> registry, const DefaultTexts& defaults,
                           int mathematics)
{
    const Settings settings = settings_of(without_idle_keys(spec));
    std::vector<std::string> lines{"data_set.digest=" + spec.data_set.digest};
    if (mathematics > 1) {
        lines.push_back("mathematics_version=" + std::to_string(mathematics));
    }
    for (const Key& key : registry) {
        if (!key.of_trial()) {
            continue;
        }
        const std::string text = text_of(key.read(settings));
        const auto [first, last] = defaults.equal_range(key.name);
        const bool at_default = std::any_of(first, last, [&](const auto& row) { return row.second == text; });
        if (!at_default) {
            lines.push_back(key.name + "=" + text);
        }
    }
    std::sort(lines.begin(), lines.end());
    std::string joined;
    for (const std::string& line : lines) {
        joined += line + "\n";
    }
    return joined;
}

}  // namespace

std::string canonical_text(const TrialSpec& spec, std::span<const Key> registry,
                           const std::vector<FrozenDefault>& defaults, int mathematics)
{
    return canonical_text(spec, registry, texts_of(defaults), mathematics);
}

std::string canonical_text(const TrialSpec& spec)
{
    static const DefaultTexts defaults = texts_of(frozen_defaults());
    return canonical_text(spec, keys(), defaults, mathematics_version);
}

std::string trial_id(const TrialSpec& spec)
{
    return files::sha256_hex(canonical_text(spec)).substr(0, 16);
}

void to_json(nlohmann::json& json, const TrialSpec& spec)
{
    const Settings settings = settings_of(spec);
    json = nlohmann::json::object();
    for (const Key& key : keys()) {
        if (key.of_trial()) {
            json[std::string(key.section())][std::string(key.leaf())] = json_of(key.read(settings));
        }
    }
    json["data_set"] = {{"digest", spec.data_set.digest},
                        {"frames", spec.data_set.frames},
                        {"bins", spec.data_set.bins},
                        {"classes", spec.data_set.classes}};
}

void from_json(const nlohmann::json& json, TrialSpec& spec)
{
    if (!json.is_object()) {
        throw Error(std::string("trial spec: expected a JSON object, found ") + json.type_name());
    }
    Settings settings;
    for (const FrozenDefault& row : frozen_defaults()) {
        assign_frozen(settings, row.key);  // a spec written before a key was there means the old behaviour
    }
    for (const auto& [section, fields] : json.items()) {
        if (section == "data_set") {
            continue;
        }
        if (!fields.is_object()) {
            throw Error("trial spec: section \"" + section + "\" holds " + fields.dump() + "; expected a JSON object");
        }
        for (const auto& [leaf, value] : fields.items()) {
            const std::string name = section + "." + leaf;
            const Key* key = find_key(name);
            if (key == nullptr || !key->of_trial()) {
                throw Error("trial spec: the key \"" + name +
                            "\" is not known to this version of attnsweep (nearest: " +
                            nearest_key(name, [](const Key& candidate) { return candidate.of_trial(); }) +
                            "); use the version that wrote it");
            }
            key->write(settings, value_from_json(*key, value));
        }
    }
    DataIdentity data_set;
    const JsonFields fields(json, "trial spec");
    nlohmann::json identity;
    fields.required("data_set", identity);
    const JsonFields identity_fields(identity, "trial spec: data_set");
    identity_fields.required("digest", data_set.digest);
    identity_fields.required("frames", data_set.frames);
    identity_fields.required("bins", data_set.bins);
    identity_fields.required("classes", data_set.classes);
    spec = spec_of(settings, data_set);
}

void to_json(nlohmann::json& json, const Trial& trial)
{
    json = {{"id", trial.id},
            {"label", trial.label},
            {"configuration", trial.configuration},
            {"repeat", trial.repeat},
            {"spec", trial.spec}};
}

void from_json(const nlohmann::json& json, Trial& trial)
{
    const JsonFields fields(json, "trial");
    fields.required("id", trial.id);
    fields.required("label", trial.label);
    fields.required("configuration", trial.configuration);
    fields.required("repeat", trial.repeat);
    fields.required("spec", trial.spec);
}

}  // namespace attnsweep::configs
