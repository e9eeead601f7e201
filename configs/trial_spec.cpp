#include "configs/trial_spec.h"

#include <algorithm>
#include <string_view>

#include "configs/error.h"
#include "configs/json_fields.h"
#include "configs/network_rules.h"
#include "configs/trial_identity.h"
#include "files/checksum.h"

namespace attnsweep::configs {

namespace {

void assign_frozen(Settings& settings, const FrozenDefault& row)
{
    const Key& key = *find_key(row.key);
    key.write(settings, value_from_json(key, nlohmann::json::parse(row.text)));
}

/// Returns the settings with every key of a trial at its frozen default.
const Settings& frozen_settings()
{
    static const Settings frozen = [] {
        Settings settings;
        for (const FrozenDefault& row : frozen_defaults()) {
            assign_frozen(settings, row);
        }
        return settings;
    }();
    return frozen;
}

void neutralise_idle_keys(Settings& settings)
{
    const Settings& frozen = frozen_settings();
    if (!has_attention(settings.model)) {
        settings.model.attention_ratio = frozen.model.attention_ratio;
        settings.model.heads = frozen.model.heads;
        settings.model.augmented_blocks = frozen.model.augmented_blocks;
    }
    std::sort(settings.model.augmented_blocks.begin(), settings.model.augmented_blocks.end());
    if (!settings.training.early_stopping) {
        settings.training.patience = frozen.training.patience;
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
    neutralise_idle_keys(settings);
    return spec_of(settings, spec.data_set);
}

namespace {

constexpr std::string_view digest_line = "data_set.digest=", mathematics_line = "mathematics_version=",
                           of_seeds = "seed.";

/// A line of the canonical text.
struct Line {
    std::string begin;                  ///< "model.heads="
    const Key* key = nullptr;           ///< nullptr: line of the data set's digest or of the mathematics version
    std::vector<std::string> defaults;  ///< values at which the line is left out

    bool is_of_seeds() const { return begin.starts_with(of_seeds); }
};

/// Sorted; the order depends only on the names, since no name contains another one's "=".
using Lines = std::vector<Line>;

Lines lines_of(std::span<const Key> registry, const std::vector<FrozenDefault>& defaults)
{
    Lines lines{{std::string(digest_line), nullptr, {}}, {std::string(mathematics_line), nullptr, {}}};
    for (const Key& key : registry) {
        if (!key.of_trial()) {
            continue;
        }
        Line line{key.name + "=", &key, {}};
        for (const FrozenDefault& row : defaults) {
            if (row.key == key.name) {
                line.defaults.push_back(row.text);
            }
        }
        lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.begin < b.begin; });
    return lines;
}

const Lines& lines_of_this_version()
{
    static const Lines lines = lines_of(keys(), frozen_defaults());
    return lines;
}

/// `settings`: without idle keys.
void append(std::string& text, const Line& line, const Settings& settings, const std::string& digest, int mathematics)
{
    std::string value;
    if (line.key != nullptr) {
        value = text_of(line.key->read(settings));
        if (std::find(line.defaults.begin(), line.defaults.end(), value) != line.defaults.end()) {
            return;
        }
    } else if (line.begin == digest_line) {
        value = digest;
    } else if (mathematics > 1) {
        value = std::to_string(mathematics);
    } else {
        return;
    }
    text.append(line.begin).append(value).append(1, '\n');
}

std::string canonical_text(const TrialSpec& spec, const Lines& lines, int mathematics)
{
    Settings settings = settings_of(spec);
    neutralise_idle_keys(settings);
    std::string text;
    for (const Line& line : lines) {
        append(text, line, settings, spec.data_set.digest, mathematics);
    }
    return text;
}

constexpr std::size_t id_digits = 16;

}  // namespace

std::string canonical_text(const TrialSpec& spec, std::span<const Key> registry,
                           const std::vector<FrozenDefault>& defaults, int mathematics)
{
    return canonical_text(spec, lines_of(registry, defaults), mathematics);
}

std::string canonical_text(const TrialSpec& spec)
{
    return canonical_text(spec, lines_of_this_version(), mathematics_version);
}

std::string trial_id(const TrialSpec& spec)
{
    return files::sha256_hex(canonical_text(spec)).substr(0, id_digits);
}

RepeatIds::RepeatIds(const TrialSpec& spec) : settings_(settings_of(spec))
{
    neutralise_idle_keys(settings_);
    std::string* text = &before_seeds_;
    for (const Line& line : lines_of_this_version()) {
        if (line.is_of_seeds()) {
            text = &after_seeds_;
        } else {
            append(*text, line, settings_, spec.data_set.digest, mathematics_version);
        }
    }
}

std::string RepeatIds::id(const Seeds& seeds)
{
    settings_.seed = seeds;
    std::string text = before_seeds_;
    for (const Line& line : lines_of_this_version()) {
        if (line.is_of_seeds()) {
            append(text, line, settings_, {}, mathematics_version);
        }
    }
    return files::sha256_hex(text + after_seeds_).substr(0, id_digits);
}

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
