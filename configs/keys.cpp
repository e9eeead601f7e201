#include "configs/keys.h"

#include <algorithm>
#include <unordered_map>

#include "configs/names.h"
#include "configs/nearest_name.h"
#include "configs/network_rules.h"

namespace attnsweep::configs {

namespace {

constexpr double largest_int = std::numeric_limits<int>::max();

Constraint range(double min, double max = largest_int)
{
    return {.min = min, .max = max};
}
Constraint above(double min)
{
    return {.min = min, .min_excluded = true};
}
Constraint between(double min, double max)
{
    return {.min = min, .max = max, .min_excluded = true, .max_excluded = true};
}
Constraint from_and_below(double min, double max)
{
    return {.min = min, .max = max, .max_excluded = true};
}
Constraint choices(std::vector<std::string> words)
{
    return {.choices = std::move(words)};
}
Constraint anything()
{
    return {};
}

template <typename Enum> std::vector<std::string> words()
{
    const auto all = names<Enum>();
    return {all.begin(), all.end()};
}

Value value_of(bool member)
{
    return member;
}
Value value_of(int member)
{
    return static_cast<std::int64_t>(member);
}
Value value_of(std::uint64_t member)
{
    return member;
}
Value value_of(double member)
{
    return member + 0.0;  // -0 and 0 are one number, so one id
}
Value value_of(const std::string& member)
{
    return member;
}
Value value_of(const std::vector<int>& member)
{
    return std::vector<std::int64_t>(member.begin(), member.end());
}
template <typename Enum>
    requires std::is_enum_v<Enum>
Value value_of(Enum member)
{
    return to_string(member);
}

void assign(bool& member, const Value& value)
{
    member = std::get<bool>(value);
}
void assign(int& member, const Value& value)
{
    member = static_cast<int>(std::get<std::int64_t>(value));
}
void assign(std::uint64_t& member, const Value& value)
{
    member = std::get<std::uint64_t>(value);
}
void assign(double& member, const Value& value)
{
    member = std::get<double>(value);
}
void assign(std::string& member, const Value& value)
{
    member = std::get<std::string>(value);
}
void assign(std::vector<int>& member, const Value& value)
{
    const auto& elements = std::get<std::vector<std::int64_t>>(value);
    member.clear();
    std::transform(elements.begin(), elements.end(), std::back_inserter(member),
                   [](std::int64_t element) { return static_cast<int>(element); });
}
template <typename Enum>
    requires std::is_enum_v<Enum>
void assign(Enum& member, const Value& value)
{
    member = from_name<Enum>(std::get<std::string>(value)).value();
}

template <typename Member> constexpr ValueType type_of()
{
    if constexpr (std::is_same_v<Member, bool>) {
        return ValueType::boolean;
    } else if constexpr (std::is_same_v<Member, int>) {
        return ValueType::integer;
    } else if constexpr (std::is_same_v<Member, std::uint64_t>) {
        return ValueType::seed;
    } else if constexpr (std::is_same_v<Member, double>) {
        return ValueType::number;
    } else if constexpr (std::is_same_v<Member, std::vector<int>>) {
        return ValueType::integers;
    } else if constexpr (std::is_enum_v<Member>) {
        return ValueType::choice;
    } else {
        return ValueType::text;
    }
}

template <typename Section, typename Member>
Key key(std::string name, std::string short_name, Section Settings::* section, Member Section::* member,
        Constraint constraint, std::string help)
{
    Key made;
    made.name = std::move(name);
    made.short_name = std::move(short_name);
    made.type = type_of<Member>();
    made.constraint = std::move(constraint);
    made.help = std::move(help);
    if constexpr (std::is_enum_v<Member>) {
        made.constraint.choices = words<Member>();
    } else if (made.type == ValueType::text && !made.constraint.choices.empty()) {
        made.type = ValueType::choice;
    }
    made.read = [section, member](const Settings& settings) { return value_of(settings.*section.*member); };
    made.write = [section, member](Settings& settings, const Value& value) {
        assign(settings.*section.*member, value);
    };
    return made;
}

Key as_duration(Key made)
{
    made.type = ValueType::duration;
    return made;
}

/// Makes an integer's key take a word, too, which the member holds as 0.
Key or_word(Key made, const std::string& word)
{
    made.type = ValueType::integer_or_word;
    made.constraint.choices = {word};
    made.read = [number = made.read, word](const Settings& settings) {
        const Value value = number(settings);
        return std::get<std::int64_t>(value) == 0 ? Value(word) : value;
    };
    made.write = [number = made.write](Settings& settings, const Value& value) {
        number(settings, std::holds_alternative<std::string>(value) ? Value(std::int64_t{0}) : value);
    };
    return made;
}

Key as_late(Key made)
{
    made.is_late = true;
    return made;
}

Key as_distinct(Key made)
{
    made.constraint.distinct = true;
    return made;
}

std::vector<Key> make_keys()
{
    using S = Settings;
    using W = SweepSettings;
    using D = DataSettings;
    using M = ModelSettings;
    using T = TrainingSettings;
    using E = ExecutionSettings;
    return {
        key("sweep.name", "", &S::sweep, &W::name, anything(),
            "name in the store and in reports; the file's name when left out"),
        key("sweep.description", "", &S::sweep, &W::description, anything(), "a sentence for reports"),
        key("sweep.repeats", "", &S::sweep, &W::repeats, range(1, 1000),
            "trials of each configuration; repeat s adds s - 1 to seed.init and seed.order"),
        key("sweep.repeat_split", "", &S::sweep, &W::repeat_split, anything(),
            "whether each repeat also draws its own split (adds s - 1 to seed.split)"),

        key("data.spectrogram", "", &S::data, &D::spectrogram, anything(), "which spectrogram goes into the network"),
        key("data.scale", "", &S::data, &D::scale, anything(),
            "scale of the magnitudes, applied when a batch is loaded"),
        key("data.normalisation", "norm_", &S::data, &D::normalisation, anything(),
            "per clip: divided by its maximum before the scale, or to mean 0 and standard deviation 1 after it"),
        key("data.split", "by_", &S::data, &D::split, anything(),
            "clip: random by clip; group: a recording and its copies in the same set; manifest: as the manifest says"),
        key("data.test_fraction", "test", &S::data, &D::test_fraction, between(0, 1),
            "share of all clips kept for testing"),
        key("data.validation_fraction", "val", &S::data, &D::validation_fraction, between(0, 1),
            "share of the remaining clips kept for validation"),
        key("data.stratified", "strat", &S::data, &D::stratified, anything(),
            "whether the parts are drawn class by class, so that each class gives its share to each, at least one "
            "clip; "
            "for split = clip and group, and for the validation clips that a manifest does not name"),
        key("data.train_on_validation", "all", &S::data, &D::train_on_validation, anything(),
            "whether the validation clips are trained on, too, and nothing is validated; what run --refit sets"),

        key("model.attention_ratio", "", &S::model, &M::attention_ratio, range(0, 1),
            "r: share of an augmented layer's filters given to attention"),
        key("model.heads", "h", &S::model, &M::heads, range(1, 1024), "attention heads of an augmented layer"),
        key("model.first_filters", "f", &S::model, &M::first_filters, range(1, 4096),
            "filters of block 1; each next block doubles them"),
        key("model.blocks", "b", &S::model, &M::blocks, range(1, 12), "blocks of two convolutions and a pooling"),
        as_distinct(key("model.augmented_blocks", "aug", &S::model, &M::augmented_blocks, range(1, 12),
                        "blocks whose layers are attention-augmented, counted from 1")),
        key("model.dense_sizes", "dense", &S::model, &M::dense_sizes, range(1, 65536),
            "units of the dense layers before the last"),
        key("model.kernel_size", "k", &S::model, &M::kernel_size, range(1, 31), "side of the convolution kernels, odd"),
        key("model.batch_norm_momentum", "bnm", &S::model, &M::batch_norm_momentum, between(0, 1),
            "as in Keras: the share of the running statistic that is kept"),
        key("model.batch_norm_epsilon", "bne", &S::model, &M::batch_norm_epsilon, above(0), "added to the variance"),
        key("model.kernel_stddev", "std", &S::model, &M::kernel_stddev, above(0),
            "standard deviation of normal initial kernels"),
        key("model.bias_init", "bias_", &S::model, &M::bias_init, anything(),
            "zeros (the authors' code) or normal like the kernels (the paper's text)"),

        key("training.optimizer", "", &S::training, &T::optimizer, choices({"adagrad", "sgd", "adam", "adamw"}),
            "adagrad by Keras' rule; sgd (with momentum), adam, adamw (decoupled weight decay) by PyTorch's"),
        key("training.learning_rate", "lr", &S::training, &T::learning_rate, above(0),
            "learning rate of the optimizer; its default is Adagrad's, whichever optimizer is chosen"),
        key("training.initial_accumulator", "acc", &S::training, &T::initial_accumulator, range(0, 1e9),
            "adagrad: initial value of the accumulators"),
        key("training.epsilon", "eps", &S::training, &T::epsilon, above(0),
            "against division by zero. adagrad: added under the root, as in Keras; adam, adamw: to the root of the "
            "bias-corrected second moment, as in PyTorch"),
        key("training.batch_size", "batch", &S::training, &T::batch_size, range(1, 65536), "clips per training step"),
        key("training.max_epochs", "epochs", &S::training, &T::max_epochs, range(1, 1000000),
            "maximum number of epochs"),
        key("training.early_stopping", "stop_", &S::training, &T::early_stopping, anything(),
            "stop after `patience` epochs without improvement"),
        key("training.patience", "patience", &S::training, &T::patience, range(1, 1000000),
            "epochs without improvement before an early stop"),
        key("training.monitor", "by_", &S::training, &T::monitor, anything(),
            "metric that early stopping watches and that selects the best epoch"),
        key("training.precision", "", &S::training, &T::precision, anything(),
            "precision of the arithmetic; tf32 is for GPUs, bfloat16 for GPUs and CPUs with AMX"),
        key("training.momentum", "mom", &S::training, &T::momentum, from_and_below(0, 1),
            "sgd: share of the velocity that is kept at each step"),
        key("training.nesterov", "nesterov_", &S::training, &T::nesterov, anything(),
            "sgd: whether the step looks ahead along the velocity; needs a momentum"),
        key("training.beta_1", "beta1_", &S::training, &T::beta_1, from_and_below(0, 1),
            "adam, adamw: share of the mean gradient that is kept at each step"),
        key("training.beta_2", "beta2_", &S::training, &T::beta_2, from_and_below(0, 1),
            "adam, adamw: share of the mean squared gradient that is kept at each step"),
        key("training.weight_decay", "decay", &S::training, &T::weight_decay, range(0),
            "adamw: a step makes each weight smaller by this times the learning rate; others: this times the weight is "
            "added to its gradient, after clipping"),
        key("training.schedule", "", &S::training, &T::schedule, anything(),
            "learning rate over the epochs. constant; step: times step_factor after every step_epochs; cosine: half a "
            "cosine from the end of the warm-up to 0 at the end of max_epochs"),
        key("training.step_epochs", "step", &S::training, &T::step_epochs, range(0, 1000000),
            "schedule step: epochs, counted from the first, after which the rate is multiplied; must be set"),
        key("training.step_factor", "factor", &S::training, &T::step_factor, between(0, 1),
            "schedule step: what the rate is multiplied by"),
        key("training.warmup_epochs", "warm", &S::training, &T::warmup_epochs, range(0, 1000000),
            "epochs, also a part of one, over which the rate rises batch by batch, from the first one's share to the "
            "whole rate; with every schedule"),
        key("training.clip_norm", "clip", &S::training, &T::clip_norm, range(0),
            "gradients are scaled down to this norm where that of all together is larger; 0: no limit"),
        key("training.class_weights", "weights_", &S::training, &T::class_weights, anything(),
            "weights of the training loss. balanced: n / (classes * n_c) for a clip of a class that has n_c of the n "
            "training clips"),

        key("seed.split", "split", &S::seed, &Seeds::split, anything(),
            "seed of the split into train, validation and test"),
        key("seed.init", "init", &S::seed, &Seeds::init, anything(), "seed of the initial weights"),
        key("seed.order", "order", &S::seed, &Seeds::order, anything(), "seed of the order of the training clips"),

        key("execution.device", "", &S::execution, &E::device, choices({"auto", "cpu", "cuda"}),
            "auto: a GPU if there is one"),
        key("execution.threads", "", &S::execution, &E::threads, range(1, 1024),
            "CPU threads per trial; fixed for a sweep"),
        as_duration(key("execution.hang_after", "", &S::execution, &E::hang_after_s, range(0),
                        "a trial that reports nothing for this long (at least 20 times its longest silence before) "
                        "hangs: it is killed and retried; 0: never")),
        key("execution.slots_per_device", "", &S::execution, &E::slots_per_device, range(1, 64),
            "concurrent trials per GPU, if its memory and the node's cores suffice"),
        as_late(or_word(key("execution.devices_per_trial", "", &S::execution, &E::devices_per_trial,
                            range(1, most_devices_per_trial),
                            "GPUs of one node, or slots of cores, that train a trial together, each a share of every "
                            "batch; auto: one, but several where fewer trials are left than devices"),
                        "auto")),
        key("execution.attention_implementation", "", &S::execution, &E::attention_implementation, anything(),
            "how attention is computed: tiled (float32 on CPUs), chunked, reference (all weights at once), sdpa_bias, "
            "sdpa_extended (libtorch's fused kernels); auto: tiled where it can be, else chunked"),
        as_late(
            key("execution.batch_loading", "", &S::execution, &E::batch_loading, anything(),
                "plain: each batch is loaded while the one before is used; pinned: and copied to the GPU beside its "
                "work; resident: all clips are read once into the device's memory; auto: on a GPU resident where "
                "they fit, else pinned, on a CPU plain; the same bits")),
        as_late(key("execution.optimizer_step", "", &S::execution, &E::optimizer_step, anything(),
                    "how the optimizer takes its step: per_tensor (weight by weight), foreach (all weights by a few "
                    "operations, for GPUs); they agree to rounding")),
        as_late(key("execution.late_losses", "", &S::execution, &E::late_losses, anything(),
                    "losses are read from the device every 50 steps and before a checkpoint, not after each step, for "
                    "GPUs with resident or pinned batches; the same bits, but the layer of one that is not finite is "
                    "not named")),
        as_late(key("execution.step_graph", "", &S::execution, &E::step_graph, anything(),
                    "a training step on a GPU is recorded once as a CUDA graph, then queued by one call; not with "
                    "adam, a changing rate or several devices: the log says why")),
        as_duration(
            key("checkpoint.every", "", &S::execution, &E::checkpoint_every_s, above(0), "time between checkpoints")),
        key("checkpoint.keep", "", &S::execution, &E::keep, anything(),
            "files kept of a finished trial: weights (last and best), last, best, all (checkpoints too), none"),
    };
}

}  // namespace

std::span<const Key> keys()
{
    static const std::vector<Key> all = make_keys();
    return all;
}

const Key* find_key(std::string_view name)
{
    static const std::unordered_map<std::string_view, const Key*> by_name = [] {
        std::unordered_map<std::string_view, const Key*> map;
        for (const Key& key : keys()) {
            map.emplace(key.name, &key);
        }
        return map;
    }();
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : found->second;
}

namespace {

/// Whether `word` is one of the words that underscores separate in `name`, in the singular or the plural.
bool is_word_of(std::string_view word, std::string_view name)
{
    const auto singular = [](std::string_view text) {
        return text.ends_with('s') ? text.substr(0, text.size() - 1) : text;
    };
    for (std::size_t begin = 0; begin < name.size();) {
        const std::size_t end = std::min(name.find('_', begin), name.size());
        if (singular(name.substr(begin, end - begin)) == singular(word)) {
            return !word.empty();
        }
        begin = end + 1;
    }
    return false;
}

}  // namespace

std::string nearest_key(std::string_view name, const std::function<bool(const Key&)>& candidates)
{
    const std::string_view leaf = name.substr(name.find('.') == std::string_view::npos ? 0 : name.find('.') + 1);
    std::string with_point(name);
    if (name.find('.') == std::string_view::npos && name.find('_') != std::string_view::npos) {
        with_point[name.find('_')] = '.';
    }
    std::string nearest;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const Key& candidate : keys()) {
        if (candidates && !candidates(candidate)) {
            continue;
        }
        // A right word under the wrong section counts as one edit, however different the sections are; so do an
        // underscore for the point (checkpoint_every) and the name in labels (lr). A word of the key's name counts as two.
        const std::size_t word = is_word_of(leaf, candidate.leaf()) ? 2 : std::numeric_limits<std::size_t>::max();
        const std::size_t edits =
            std::min({edit_distance(name, candidate.name), edit_distance(leaf, candidate.leaf()) + 1,
                      edit_distance(with_point, candidate.name) + 1, word,
                      leaf == candidate.short_name ? std::size_t{1} : std::numeric_limits<std::size_t>::max()});
        if (edits < fewest) {
            fewest = edits;
            nearest = candidate.name;
        }
    }
    return nearest;
}

}  // namespace attnsweep::configs
