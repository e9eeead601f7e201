#include "configs/trial_spec.h"

#include <string_view>

#include "configs/error.h"
#include "configs/frozen_defaults.h"
#include "configs/json_fields.h"
#include "configs/keys.h"

namespace attnsweep::configs {

bool has_equal_settings(const TrialSpec& a, const TrialSpec& b)
{
    return a.data == b.data && a.model == b.model && a.training == b.training;
}

RepeatTexts::RepeatTexts(const TrialSpec& spec) : spec_(spec)
{
    nlohmann::json json = spec;
    json["seed"] = nullptr;
    const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const std::string_view mark = "\"seed\":";  // in a value its quotes would be escaped
    const std::size_t at = text.find(mark) + mark.size();
    before_seeds_ = text.substr(0, at);
    after_seeds_ = text.substr(at + std::string_view("null").size());
}

bool RepeatTexts::are_of(const TrialSpec& spec) const
{
    return has_equal_settings(spec, spec_) && spec.data_set == spec_.data_set;
}

std::string RepeatTexts::text(const Seeds& seeds) const
{
    return before_seeds_ + "{\"init\":" + std::to_string(seeds.init) + ",\"order\":" + std::to_string(seeds.order) +
           ",\"split\":" + std::to_string(seeds.split) + "}" + after_seeds_;
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
    Settings settings = frozen_settings();  // a spec written before a key was there means the old behaviour
    for (const auto& [section, fields] : json.items()) {
        if (section == "data_set") {
            continue;
        }
        if (!fields.is_object()) {
            throw Error("trial spec: section \"" + section + "\" holds " + json_shown(fields) +
                        "; expected a JSON object");
        }
        for (const auto& [leaf, value] : fields.items()) {
            std::string name = section;
            name += "." + leaf;
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

}  // namespace attnsweep::configs
