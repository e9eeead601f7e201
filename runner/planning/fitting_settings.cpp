#include "runner/planning/fitting_settings.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "configs/names.h"
#include "configs/network_rules.h"
#include "data/error.h"
#include "data/split.h"
#include "model/cost.h"

namespace attnsweep::runner {

namespace {

using configs::DataSetDescription;
using configs::SplitKind;

constexpr int usual_blocks = 5, most_blocks = 12;
constexpr std::int64_t most_positions = 1500;  // that attend to each other; 1,419 in the paper's largest network
constexpr int most_heads = 8, smallest_batch = 4, largest_batch = 16, smallest_dense = 64, fewest_filters = 8;
constexpr std::int64_t fewest_steps = 10, steps_to_settle = 100;  // an epoch

int halved(int length, int times)
{
    for (int i = 0; i < times; ++i) {
        length = (length + 1) / 2;
    }
    return length;
}

/// Positions in the first of the two augmented blocks, the last but one.
std::int64_t attending_positions(int frames, int bins, int blocks)
{
    const int poolings = std::max(0, blocks - 2);
    return std::int64_t{halved(frames, poolings)} * halved(bins, poolings);
}

/// Five blocks as in the paper; fewer where less than two positions would be left to pool, more where too many would attend.
int fitting_blocks(int frames, int fewest_bins, int most_bins)
{
    int blocks = 1;
    while (blocks < most_blocks && std::min(halved(frames, blocks), halved(fewest_bins, blocks)) >= 2 &&
           (blocks < usual_blocks || attending_positions(frames, most_bins, blocks) > most_positions)) {
        ++blocks;
    }
    return blocks;
}

int fitting_filters(std::int64_t positions)
{
    return positions >= 16384 ? 32 : positions >= 4096 ? 16 : fewest_filters;
}

/// Heads that divide the attention filters of every augmented block at every ratio.
int fitting_heads(const configs::ModelSettings& model, const std::vector<double>& ratios)
{
    int common = most_heads;
    for (const int block : model.augmented_blocks) {
        for (const double ratio : ratios) {
            common = std::gcd(common, configs::attention_filters(model.first_filters << (block - 1), ratio));
        }
    }
    return common;
}

/// How many times the operations of a training step those of the same network with few filters are; without attention, at the
/// widest spectrogram.
double operations_saved(const configs::ModelSettings& model, const DataSetDescription& data, int bins)
{
    const auto operations = [&](int first_filters) {
        configs::Settings settings;
        settings.model = model;
        settings.model.attention_ratio = 0;
        settings.model.first_filters = first_filters;
        const auto classes = std::max(2, static_cast<int>(data.classes.size()));
        return model::cost_of(configs::spec_of(settings, {{}, data.geometry.frames(), bins, classes}))
            .step_flops_per_sample;
    };
    return operations(model.first_filters) / operations(fewest_filters);
}

void fit_network(FittingSettings& fitting, const DataSetDescription& data)
{
    const int frames = data.geometry.frames();
    int fewest_bins = data.geometry.bins(fitting.spectrograms.front()), most_bins = fewest_bins;
    std::string shapes;
    for (const configs::Spectrogram kind : fitting.spectrograms) {
        fewest_bins = std::min(fewest_bins, data.geometry.bins(kind));
        most_bins = std::max(most_bins, data.geometry.bins(kind));
        shapes += fmt::format("{}{} x {}", shapes.empty() ? "" : " and ", frames, data.geometry.bins(kind));
    }
    configs::ModelSettings& model = fitting.settings.model;
    model.blocks = fitting_blocks(frames, fewest_bins, most_bins);
    model.first_filters = fitting_filters(std::int64_t{frames} * most_bins);
    model.augmented_blocks = model.blocks == 1 ? std::vector{1} : std::vector{model.blocks - 1, model.blocks};
    model.heads = fitting_heads(model, fitting.attention_ratios);
    model.dense_sizes.clear();
    for (int size = 32 * model.first_filters; size >= smallest_dense; size /= 2) {
        model.dense_sizes.push_back(size);
    }
    std::string ends;
    for (const configs::Spectrogram kind : fitting.spectrograms) {
        ends += fmt::format("{}{} x {}", ends.empty() ? "" : " and ", halved(frames, model.blocks),
                            halved(data.geometry.bins(kind), model.blocks));
    }
    fitting.reasons["model.blocks"] =
        fmt::format("of two convolutions and a pooling: spectrograms of {} end as {}", shapes, ends);
    fitting.reasons["model.first_filters"] = fmt::format("of block 1; each next block doubles them, so the last has {}",
                                                         model.first_filters << (model.blocks - 1));
    if (model.first_filters > fewest_filters) {
        fitting.reasons["model.first_filters"] += fmt::format("; with {} a step is 1/{:.0f} of the work: for CPUs",
                                                              fewest_filters, operations_saved(model, data, most_bins));
    }
    fitting.reasons["model.heads"] = "attention heads; they divide the attention filters at every ratio above";
    fitting.reasons["model.augmented_blocks"] =
        "whose layers are attention-augmented: the last, where attention costs least";
}

/// Learns in few epochs; the paper's networks were given magnitudes as they are.
void fit_input(FittingSettings& fitting)
{
    fitting.settings.data.scale = configs::Scale::decibel;
    fitting.settings.data.normalisation = configs::Normalisation::clip_standard;
    fitting.reasons["data.scale"] = "\"magnitude\", \"power\" or \"decibel\"; the paper's is \"magnitude\"";
    fitting.reasons["data.normalisation"] =
        "\"none\", \"clip_max\" or \"clip_standard\" (mean 0, deviation 1); the paper's is \"none\"";
}

struct Try {
    SplitKind kind;
    std::string reason;
};

std::vector<Try> splits_to_try(const data::DataSet& data_set)
{
    std::set<std::int64_t> groups;
    for (std::int64_t clip = 0; clip < data_set.clips(); ++clip) {
        groups.insert(data_set.group(clip));
    }
    const auto count = static_cast<std::int64_t>(groups.size());
    std::vector<Try> tries;
    if (data_set.description().has_manifest_split) {
        tries.push_back({SplitKind::manifest, "as the data set's own training and test parts say"});
    }
    if (count < data_set.clips()) {
        tries.push_back({SplitKind::group, fmt::format("the {} clips are of {} recordings: those of one stay in one "
                                                       "set, or the test would be too easy",
                                                       data_set.clips(), count)});
        tries.push_back({SplitKind::clip, fmt::format("at random: {} recordings are too few to divide", count)});
    } else {
        tries.push_back({SplitKind::clip, "at random: each recording has one clip"});
    }
    return tries;
}

bool lacks_a_class(const data::DataSet& data_set, const data::Split& split)
{
    const auto lacks = [&](const std::vector<std::int64_t>& clips) {
        const std::vector<std::int64_t> counts = data::clips_per_class(data_set, clips);
        return std::find(counts.begin(), counts.end(), 0) != counts.end();
    };
    return lacks(split.train) || lacks(split.validation) || lacks(split.test);
}

/// Takes the first kind of split that works, with the smallest test and validation sets that could hold a clip of each class.
data::Split fit_split(FittingSettings& fitting, const data::DataSet& data_set)
{
    configs::DataSettings& data = fitting.settings.data;
    const auto classes = static_cast<std::size_t>(data_set.classes());
    for (const Try& each : splits_to_try(data_set)) {
        std::optional<std::pair<double, data::Split>> found;
        for (const double fraction : {0.1, 0.2, 0.3}) {
            data.split = each.kind;
            data.test_fraction = data.validation_fraction = fraction;
            try {
                data::Split split = data::make_split(data_set, data, fitting.settings.seed.split);
                const bool is_wide = std::min(split.test.size(), split.validation.size()) >= classes;
                if (is_wide || !found) {
                    found = {fraction, std::move(split)};
                }
                if (is_wide) {
                    break;
                }
            } catch (const data::Error&) {  // a set is empty
                continue;
            }
        }
        if (found) {
            data.test_fraction = data.validation_fraction = found->first;
            if (lacks_a_class(data_set, found->second)) {
                data.stratified = true;
                if (data::Split split = data::make_split(data_set, data, fitting.settings.seed.split);
                    !lacks_a_class(data_set, split)) {
                    found->second = std::move(split);
                    fitting.reasons["data.stratified"] = "each class gives its share: at random, one would be left out";
                } else {
                    data.stratified = false;
                }
            }
            fitting.reasons["data.split"] = each.reason;
            const bool is_given = each.kind == SplitKind::manifest;
            fitting.reasons["data.test_fraction"] = is_given ? "not used: the data set's own test part is taken"
                                                             : fmt::format("{} of {} clips are kept for testing",
                                                                           found->second.test.size(), data_set.clips());
            fitting.reasons["data.validation_fraction"] =
                fmt::format("{}{} are kept for validation; {} are left to train with",
                            is_given ? "used where no clip is marked for validation: " : "of the others ",
                            found->second.validation.size(), found->second.train.size());
            return std::move(found->second);
        }
    }
    throw data::Error(
        fmt::format("{}: its {} clips cannot be divided into clips to train, to validate and to test; ingest more "
                    "recordings, at least three of a class",
                    data_set.description().path, data_set.clips()),
        data_set.description().path);
}

void fit_training(FittingSettings& fitting, std::int64_t training_clips)
{
    configs::TrainingSettings& training = fitting.settings.training;
    training.batch_size = largest_batch;
    while (training.batch_size > training_clips ||
           (training.batch_size > smallest_batch && training.batch_size * fewest_steps > training_clips)) {
        training.batch_size /= 2;
    }
    const std::int64_t steps = (training_clips + training.batch_size - 1) / training.batch_size;
    fitting.reasons["training.batch_size"] = fmt::format("clips per training step: {} steps an epoch", steps);
    if (steps < steps_to_settle) {
        fitting.settings.model.batch_norm_momentum = 0.9;
        fitting.reasons["model.batch_norm_momentum"] =
            "as in Keras; below Keras' 0.99, since an epoch has few steps in which the statistics can settle";
    }
}

FittingSettings begun(const DataSetDescription& data)
{
    FittingSettings fitting;
    for (const configs::SpectrogramSet& kind : data.spectrograms) {
        fitting.spectrograms.push_back(kind.spectrogram);
    }
    fitting.settings.data.spectrogram = fitting.spectrograms.front();
    fitting.attention_ratios = {0, 0.25, 0.5};
    fitting.settings.sweep.repeats = 3;
    fitting.reasons["sweep.repeats"] = "trials of each configuration, with other seeds: the spread of its results";
    fitting.reasons["training.max_epochs"] = "at most; early stopping ends most trials sooner";
    fit_network(fitting, data);
    fit_input(fitting);
    return fitting;
}

}  // namespace

FittingSettings fitting_settings(const data::DataSet& data_set)
{
    const DataSetDescription& data = data_set.description();
    FittingSettings fitting = begun(data);
    for (const configs::Spectrogram kind : fitting.spectrograms) {
        const auto broken = configs::find_broken_rule(
            fitting.settings.model, {{}, data.geometry.frames(), data.geometry.bins(kind), data_set.classes()});
        if (broken) {
            throw data::Error(fmt::format("{}: {}", data.path, broken->message), data.path);
        }
    }
    fit_training(fitting, static_cast<std::int64_t>(fit_split(fitting, data_set).train.size()));
    return fitting;
}

FittingSettings fitting_settings()
{
    DataSetDescription paper;
    paper.spectrograms = {{configs::Spectrogram::stft, {}, {}}, {configs::Spectrogram::cqt, {}, {}}};
    FittingSettings fitting = begun(paper);
    fitting.settings.data.split = SplitKind::group;
    fitting.reasons["data.split"] = "clips of one recording in one set; \"clip\" where each recording has one clip";
    return fitting;
}

}  // namespace attnsweep::runner
