#include "configs/trial_identity.h"

#include <algorithm>
#include <string_view>

#include "configs/keys.h"
#include "configs/network_rules.h"
#include "files/checksum.h"

namespace attnsweep::configs {

namespace {

void neutralise_idle_keys(TrainingSettings& training, const TrainingSettings& frozen)
{
    const std::string& optimizer = training.optimizer;
    if (optimizer != "adagrad") {
        training.initial_accumulator = frozen.initial_accumulator;
    }
    if (optimizer == "sgd") {
        training.epsilon = frozen.epsilon;
    } else {
        training.momentum = frozen.momentum;
        training.nesterov = frozen.nesterov;
    }
    if (optimizer != "adam" && optimizer != "adamw") {
        training.beta_1 = frozen.beta_1;
        training.beta_2 = frozen.beta_2;
    }
    if (training.schedule != Schedule::step) {
        training.step_epochs = frozen.step_epochs;
        training.step_factor = frozen.step_factor;
    }
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
    neutralise_idle_keys(settings.training, frozen.training);
}

}  // namespace

TrialSpec without_idle_keys(const TrialSpec& spec)
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

}  // namespace attnsweep::configs
