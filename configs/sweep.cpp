#include "configs/sweep.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/json_fields.h"
#include "configs/labels.h"
#include "configs/names.h"
#include "configs/nearest_name.h"
#include "configs/network_rules.h"
#include "configs/override.h"
#include "configs/shell_word.h"
#include "configs/sweep_file.h"
#include "configs/trial_identity.h"

namespace attnsweep::configs {

namespace {

constexpr std::size_t most_trials = 100000;

bool matches(const Exclusion& exclusion, const Settings& settings)
{
    return std::all_of(exclusion.conditions.begin(), exclusion.conditions.end(), [&](const auto& condition) {
        const Value value = find_key(condition.key)->read(settings);
        return std::count(condition.any_of.begin(), condition.any_of.end(), value) > 0;
    });
}

std::optional<BrokenRule> missing_manifest_split(const Settings& settings, const DataSetDescription& data)
{
    if (settings.data.split != SplitKind::manifest || data.has_manifest_split) {
        return {};
    }
    return BrokenRule{{"data.split"},
                      "data.split = \"manifest\", but the data set " + data.path +
                          " was ingested without a split column; ingest with --manifest and a column \"split\", " +
                          "or choose \"clip\" or \"group\""};
}

void refuse_value_twice(const Column& axis)
{
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
        if (std::count(axis.values.begin(), axis.values.begin() + static_cast<std::ptrdiff_t>(i), axis.values[i]) > 0) {
            throw Error(axis.origin + ": the axis " + axis.key + " has the value " + text_of(axis.values[i]) +
                        " twice, whose trials would compute the same; leave one out");
        }
    }
}

/// Crosses the dimensions of a sweep file into trials.
class Expansion {
public:
    Expansion(const SweepFile& file, const Settings& base, const DataSetDescription& data, std::string path)
        : file_(file), base_(base), data_(data), path_(std::move(path)), places_(file.dimensions.size(), 0)
    {
        for (const Dimension& dimension : file.dimensions) {
            for (const Column& column : dimension.columns) {
                varied_keys_.push_back(column.key);
            }
            if (dimension.columns.size() == 1) {
                refuse_value_twice(dimension.columns.front());
            }
        }
    }

    std::vector<Trial> trials()
    {
        const std::size_t most = checked_count();
        trials_.reserve(most);
        known_.reserve(most);
        do {
            add_configuration();
            ++combination_;
        } while (advance());
        if (trials_.empty()) {
            throw Error(file_.exclusions.back().origin +
                        ": with this [[exclude]] no trial is left; expected at least one: " +
                        "remove a condition's value, or add values to the axes");
        }
        return std::move(trials_);
    }

private:
    /// Number of trials, including excluded ones.
    std::size_t checked_count() const
    {
        std::size_t count = static_cast<std::size_t>(base_.sweep.repeats);
        for (const Dimension& dimension : file_.dimensions) {
            count *= dimension.length();
            if (count > most_trials) {
                throw Error(dimension.origin + ": with this axis the sweep has more than " +
                            std::to_string(most_trials) + " trials; split it into several sweeps");
            }
        }
        return count;
    }

    /// Advances to the next combination; the last dimension varies fastest. Returns false after the last one.
    bool advance()
    {
        for (std::size_t i = places_.size(); i-- > 0;) {
            if (++places_[i] < file_.dimensions[i].length()) {
                return true;
            }
            places_[i] = 0;
        }
        return false;
    }

    /// Returns where the first of these keys that --set sets, else the file, is written; the file alone if none is set.
    std::string origin_of(const std::vector<std::string>& involved) const
    {
        for (const std::string& key : involved) {
            if (std::string origin = origin_of(key); origin.starts_with("--set ")) {
                return origin;
            }
        }
        for (const std::string& key : involved) {
            if (std::string origin = origin_of(key); origin != path_) {
                return origin;
            }
        }
        return path_;
    }

    std::string origin_of(const std::string& key) const
    {
        for (const Dimension& dimension : file_.dimensions) {
            for (const Column& column : dimension.columns) {
                if (column.key == key) {
                    return column.origin;
                }
            }
        }
        const auto setting = file_.settings.find(key);
        return setting == file_.settings.end() ? path_ : setting->second.origin;
    }

    void add_configuration()
    {
        Settings settings = base_;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            for (const Column& column : file_.dimensions[i].columns) {
                find_key(column.key)->write(settings, column.values[places_[i]]);
            }
        }
        if (std::any_of(file_.exclusions.begin(), file_.exclusions.end(),
                        [&](const Exclusion& exclusion) { return matches(exclusion, settings); })) {
            return;
        }
        const std::string configuration = configuration_label(settings, varied_keys_);
        const DataIdentity data_set = identity(settings.data.spectrogram);
        for (const auto& broken :
             {find_broken_rule(settings.model, data_set), find_broken_rule(settings.data, settings.training),
              find_broken_rule(settings.execution, settings.model, settings.training),
              missing_manifest_split(settings, data_)}) {
            if (broken) {
                throw Error(origin_of(broken->keys) + ": trial " + configuration + "-s1: " + broken->message);
            }
        }
        Trial trial{
            .id = {}, .label = {}, .configuration = configuration, .repeat = 1, .spec = spec_of(settings, data_set)};
        RepeatIds ids(trial.spec);
        for (int repeat = 1; repeat <= base_.sweep.repeats; ++repeat) {
            const auto shift = static_cast<std::uint64_t>(repeat - 1);
            trial.repeat = repeat;
            trial.label = configuration + "-s" + std::to_string(repeat);
            trial.spec.seed.init = settings.seed.init + shift;
            trial.spec.seed.order = settings.seed.order + shift;
            trial.spec.seed.split = settings.seed.split + (base_.sweep.repeat_split ? shift : 0);
            trial.id = ids.id(trial.spec.seed);
            add_trial(trial);
        }
    }

    DataIdentity identity(Spectrogram spectrogram) const
    {
        try {
            return {data_.set(spectrogram).digest, data_.geometry.frames(), data_.geometry.bins(spectrogram),
                    static_cast<int>(data_.classes.size())};
        } catch (const Error& error) {
            throw Error(origin_of("data.spectrogram") + ": data.spectrogram = \"" + to_string(spectrogram) +
                        "\": " + error.what());
        }
    }

    void add_trial(const Trial& trial)
    {
        const auto [earlier, fresh] = known_.try_emplace(trial.id, Known{trials_.size(), combination_});
        if (!fresh) {
            throw Error(where_they_differ(earlier->second.combination) + ": the trials " +
                        trials_[earlier->second.trial].label + " and " + trial.label + " compute the same (id " +
                        trial.id +
                        "): the values in which they differ are equal or have no effect there (heads at ratio 0, " +
                        "a seed that repeats also use); leave one out, for example with [[exclude]]");
        }
        trials_.push_back(trial);
    }

    /// Returns where the first dimension is written in which the combination of this number and the current one differ;
    /// the file alone if there is none.
    std::string where_they_differ(std::size_t combination) const
    {
        std::string origin = path_;
        for (std::size_t i = places_.size(); i-- > 0;) {
            if (places_[i] != combination % file_.dimensions[i].length()) {
                origin = file_.dimensions[i].origin;
            }
            combination /= file_.dimensions[i].length();
        }
        return origin;
    }

    struct Known {
        std::size_t trial, combination;
    };

    const SweepFile& file_;
    const Settings& base_;
    const DataSetDescription& data_;
    std::string path_;
    std::vector<std::size_t> places_;  ///< index of the value in each dimension
    std::size_t combination_ = 0;      ///< number of the combination, from 0
    std::vector<std::string> varied_keys_;
    std::unordered_map<std::string, Known> known_;  ///< by id
    std::vector<Trial> trials_;
};

nlohmann::json values_as_json(const std::vector<Value>& values)
{
    nlohmann::json list = nlohmann::json::array();
    for (const Value& value : values) {
        list.push_back(json_of(value));
    }
    return list;
}

std::string canonical_json(const SweepFile& file, const Settings& base, const DataSetDescription& data,
                           const std::vector<Trial>& trials)
{
    nlohmann::json json;
    for (const Key& key : keys()) {
        if (!key.is_late || key.read(base) != key.read(Settings{})) {
            json[std::string(key.section())][std::string(key.leaf())] = json_of(key.read(base));
        }
    }
    json["axes"] = nlohmann::json::array();
    for (const Dimension& dimension : file.dimensions) {
        nlohmann::json columns = nlohmann::json::object();
        for (const Column& column : dimension.columns) {
            columns[column.key] = values_as_json(column.values);
            // The base value of a varied key has no effect.
            const Key& key = *find_key(column.key);
            json[std::string(key.section())].erase(std::string(key.leaf()));
        }
        json["axes"].push_back(columns);
    }
    json["exclude"] = nlohmann::json::array();
    for (const Exclusion& exclusion : file.exclusions) {
        nlohmann::json conditions = nlohmann::json::object();
        for (const Exclusion::Condition& condition : exclusion.conditions) {
            conditions[condition.key] = values_as_json(condition.any_of);
        }
        json["exclude"].push_back(conditions);
    }
    json["data_set"] = nlohmann::json::object();
    std::optional<Spectrogram> last;
    for (const Trial& trial : trials) {
        const Spectrogram spectrogram = trial.spec.data.spectrogram;
        if (spectrogram != last) {
            json["data_set"][to_string(spectrogram)] = data.set(spectrogram).digest;
        }
        last = spectrogram;
    }
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Refuses a name that cannot be read or typed (-x would be an option), or ends as NAME@2 does, which means a revision wherever a sweep is named.
void refuse_name(const SweepFile& file, const std::string& name, const std::string& path)
{
    const bool has_control =
        std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
    const bool is_like_an_option = name.starts_with("-");
    if (has_control || is_like_an_option || name.find_first_not_of(' ') == std::string::npos) {
        const auto given = file.settings.find("sweep.name");
        throw Error((given == file.settings.end() ? path : given->second.origin) + ": the sweep's name " +
                    text_of(name) +
                    (has_control         ? " has a control character"
                     : is_like_an_option ? " begins as an option does"
                                         : " is nothing but blanks") +
                    "; expected a name that can be read and typed, such as \"heads\"");
    }
    const std::size_t at = name.rfind('@');
    if (at == std::string::npos || at + 1 == name.size() ||
        name.find_first_not_of("0123456789", at + 1) != std::string::npos) {
        return;
    }
    const auto setting = file.settings.find("sweep.name");
    const bool is_given = setting != file.settings.end() && std::get<std::string>(setting->second.value) == name;
    throw Error((is_given ? setting->second.origin : path) + ": the sweep's name \"" + name +
                "\" ends like a revision's, as " + name.substr(0, at) + "@2 is one of " + name.substr(0, at) +
                "; expected a name without @ and a number at its end: " +
                (is_given ? "change it" : "rename the file, or give sweep.name (run --name NAME)"));
}

std::string listed(const std::vector<const Trial*>& trials)
{
    std::string list;
    constexpr std::size_t most = 10;
    for (std::size_t i = 0; i < std::min(trials.size(), most); ++i) {
        list += (list.empty() ? "" : ", ") + trials[i]->label + " (" + trials[i]->id + ")";
    }
    return trials.size() > most ? list + " and " + std::to_string(trials.size() - most) + " more" : list;
}

}  // namespace

Sweep read_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                 const DataSetDescription& data)
{
    SweepFile file = read_sweep_file(path);
    for (const std::string& text : overrides) {
        apply_override(file, text);
    }
    Settings base;
    for (const auto& [name, setting] : file.settings) {
        find_key(name)->write(base, setting.value);
    }
    if (base.sweep.name.empty()) {
        base.sweep.name = path.stem().string();
    }
    refuse_name(file, base.sweep.name, path.string());

    Sweep sweep;
    sweep.name = base.sweep.name;
    sweep.description = base.sweep.description;
    sweep.path = path.string();
    sweep.overrides = overrides;
    sweep.execution = base.execution;
    sweep.data = data;
    sweep.trials = Expansion(file, base, data, path.string()).trials();
    sweep.text = canonical_json(file, base, data, sweep.trials);
    return sweep;
}

const Trial& find_trial(const Sweep& sweep, const std::string& prefix)
{
    std::vector<const Trial*> found;
    for (const Trial& trial : sweep.trials) {
        if (trial.label == prefix || trial.id == prefix) {
            return trial;
        }
        if (!prefix.empty() && (trial.label.starts_with(prefix) || trial.id.starts_with(prefix))) {
            found.push_back(&trial);
        }
    }
    if (found.size() == 1) {
        return *found.front();
    }
    if (!found.empty()) {
        throw Error("trial \"" + prefix + "\" could be " + listed(found) + "; give more of the label or id");
    }
    std::vector<std::string> labels;
    for (const Trial& trial : sweep.trials) {
        labels.push_back(trial.label);
    }
    throw Error("trial \"" + prefix + "\" is not in the sweep " + sweep.name + "; " +
                (labels.empty() ? "it has none" : "the nearest label is " + nearest_word(prefix, labels)) +
                " (all: attnsweep plan " + shell_path(sweep.path) + " --data SHARDS)");
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
