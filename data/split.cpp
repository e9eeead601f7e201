#include "data/split.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "data/error.h"
#include "data/shuffle.h"
#include "files/checksum.h"

namespace attnsweep::data {
namespace {

// A split's two draws are independent of the shuffles in training, which number their streams by epoch.
constexpr std::uint64_t split_stream = 0x53706c6974;  // "Split"

struct Wanted {
    std::int64_t test = 0, validation = 0;
};

void append(std::vector<std::int64_t>& clips, const std::vector<std::int64_t>& more)
{
    clips.insert(clips.end(), more.begin(), more.end());
}

Wanted wanted(std::int64_t clips, const configs::DataSettings& settings)
{
    Wanted sizes;
    sizes.test = std::llround(settings.test_fraction * double(clips));
    sizes.validation = std::llround(settings.validation_fraction * double(clips - sizes.test));
    return sizes;
}

/// Removes the first `count` clips from `clips` and returns them.
std::vector<std::int64_t> take_first(std::vector<std::int64_t>& clips, std::int64_t count)
{
    const auto end = clips.begin() + std::min(count, static_cast<std::int64_t>(clips.size()));
    std::vector<std::int64_t> taken(clips.begin(), end);
    clips.erase(clips.begin(), end);
    return taken;
}

/// How many of each class `total` clips are, by the classes' sizes: whole numbers by the largest remainders. A class with clips
/// for all `parts` that are still to be filled gives at least one and leaves one for each of the others; where that makes more
/// than `total`, larger classes give less.
std::vector<std::int64_t> shares_of(std::int64_t total, const std::vector<std::int64_t>& class_sizes,
                                    std::int64_t parts)
{
    const std::int64_t all = std::accumulate(class_sizes.begin(), class_sizes.end(), std::int64_t{0});
    std::vector<std::int64_t> shares;
    std::vector<std::pair<double, std::size_t>> remainders;
    std::int64_t given = 0;
    for (std::size_t label = 0; label < class_sizes.size(); ++label) {
        const double share = all == 0 ? 0 : double(total) * double(class_sizes[label]) / double(all);
        shares.push_back(static_cast<std::int64_t>(share));
        remainders.emplace_back(double(shares.back()) - share, label);  // the largest first
        given += shares.back();
    }
    std::sort(remainders.begin(), remainders.end());
    for (std::size_t i = 0; given < total && i < remainders.size(); ++i, ++given) {
        ++shares[remainders[i].second];
    }
    std::int64_t surplus = -total;
    for (std::size_t label = 0; label < class_sizes.size(); ++label) {
        const std::int64_t least = class_sizes[label] >= parts && total > 0 ? 1 : 0;
        const std::int64_t most = std::max(least, class_sizes[label] - (parts - 1));
        shares[label] = std::clamp(shares[label], least, most);
        surplus += shares[label];
    }
    for (; surplus > 0; --surplus) {  // from the classes that give the largest part of theirs
        const auto part_of = [&](std::size_t label) {
            return shares[label] > 1 ? double(shares[label]) / double(class_sizes[label]) : 0.0;
        };
        std::size_t most = 0;
        for (std::size_t label = 1; label < shares.size(); ++label) {
            most = part_of(label) > part_of(most) ? label : most;
        }
        if (shares.empty() || part_of(most) == 0) {
            break;  // one of each class is more than was asked for
        }
        --shares[most];
    }
    return shares;
}

Split by_clip(const DataSet& data_set, const configs::DataSettings& settings, std::uint64_t seed)
{
    std::vector<std::int64_t> clips(static_cast<std::size_t>(data_set.clips()));
    std::iota(clips.begin(), clips.end(), 0);
    shuffle(clips, seed, split_stream);
    const Wanted sizes = wanted(data_set.clips(), settings);
    Split split;
    if (!settings.stratified) {
        split.test = take_first(clips, sizes.test);
        split.validation = take_first(clips, sizes.validation);
        split.train = std::move(clips);
        return split;
    }
    std::vector<std::vector<std::int64_t>> by_class(static_cast<std::size_t>(data_set.classes()));
    for (const std::int64_t clip : clips) {  // in their random order
        by_class[static_cast<std::size_t>(data_set.label(clip))].push_back(clip);
    }
    for (const auto& [part, total, parts] :
         {std::tuple(&split.test, sizes.test, std::int64_t{3}), {&split.validation, sizes.validation, 2}}) {
        std::vector<std::int64_t> class_sizes;
        class_sizes.reserve(by_class.size());
        for (const auto& of_class : by_class) {
            class_sizes.push_back(static_cast<std::int64_t>(of_class.size()));
        }
        const std::vector<std::int64_t> shares = shares_of(total, class_sizes, parts);
        for (std::size_t label = 0; label < by_class.size(); ++label) {
            append(*part, take_first(by_class[label], shares[label]));
        }
    }
    for (const auto& of_class : by_class) {
        append(split.train, of_class);
    }
    return split;
}

// Takes groups in order whenever that brings `chosen` closer to `size` clips; the others stay in `groups`.
std::vector<std::int64_t> take_groups(std::vector<std::vector<std::int64_t>>& groups, std::int64_t size)
{
    std::vector<std::int64_t> chosen;
    std::vector<std::vector<std::int64_t>> left;
    for (auto& group : groups) {
        const std::int64_t missing = size - static_cast<std::int64_t>(chosen.size());
        const std::int64_t after = missing - static_cast<std::int64_t>(group.size());
        if (std::abs(after) < missing) {
            chosen.insert(chosen.end(), group.begin(), group.end());
        } else {
            left.push_back(std::move(group));
        }
    }
    groups = std::move(left);
    return chosen;
}

// The clips of each group, the groups in random order.
std::vector<std::vector<std::int64_t>> shuffled_groups(const DataSet& data_set, const std::vector<std::int64_t>& clips,
                                                       std::uint64_t seed)
{
    std::map<std::int64_t, std::vector<std::int64_t>> members;
    for (const std::int64_t clip : clips) {
        members[data_set.group(clip)].push_back(clip);
    }
    std::vector<std::int64_t> order;
    order.reserve(members.size());
    for (const auto& [group, theirs] : members) {
        order.push_back(group);
    }
    shuffle(order, seed, split_stream);
    std::vector<std::vector<std::int64_t>> groups;
    groups.reserve(order.size());
    for (const std::int64_t group : order) {
        groups.push_back(std::move(members[group]));
    }
    return groups;
}

/// Takes whole groups of each class, as close to its share of `total` clips as they allow: at least one of a class that has
/// one for all `parts` that are still to be filled. A group of copies in two classes counts for the class of its first clip.
std::vector<std::int64_t> take_groups_by_class(const DataSet& data_set, std::vector<std::vector<std::int64_t>>& groups,
                                               std::int64_t total, std::size_t parts)
{
    const auto classes = static_cast<std::size_t>(data_set.classes());
    std::vector<std::vector<std::vector<std::int64_t>>> by_class(classes);
    std::vector<std::int64_t> sizes(classes, 0);
    for (auto& group : groups) {
        const auto label = static_cast<std::size_t>(data_set.label(group.front()));
        sizes[label] += static_cast<std::int64_t>(group.size());
        by_class[label].push_back(std::move(group));
    }
    const std::vector<std::int64_t> shares = shares_of(total, sizes, static_cast<std::int64_t>(parts));
    std::vector<std::int64_t> chosen;
    groups.clear();
    for (std::size_t label = 0; label < classes; ++label) {
        std::vector<std::vector<std::int64_t>>& of_class = by_class[label];
        std::vector<std::int64_t> taken = take_groups(of_class, shares[label]);
        if (taken.empty() && of_class.size() >= parts && total > 0) {
            taken = std::move(of_class.front());
            of_class.erase(of_class.begin());
        }
        append(chosen, taken);
        std::move(of_class.begin(), of_class.end(), std::back_inserter(groups));
    }
    return chosen;
}

std::vector<std::int64_t> taken_of(const DataSet& data_set, std::vector<std::vector<std::int64_t>>& groups,
                                   std::int64_t total, const configs::DataSettings& settings, std::size_t parts)
{
    return settings.stratified ? take_groups_by_class(data_set, groups, total, parts) : take_groups(groups, total);
}

Split by_group(const DataSet& data_set, const configs::DataSettings& settings, std::uint64_t seed)
{
    std::vector<std::int64_t> clips(static_cast<std::size_t>(data_set.clips()));
    std::iota(clips.begin(), clips.end(), 0);
    std::vector<std::vector<std::int64_t>> groups = shuffled_groups(data_set, clips, seed);

    const Wanted sizes = wanted(data_set.clips(), settings);
    Split split;
    split.test = taken_of(data_set, groups, sizes.test, settings, 3);
    split.validation = taken_of(data_set, groups, sizes.validation, settings, 2);
    for (const auto& group : groups) {
        append(split.train, group);
    }
    return split;
}

Split by_manifest(const DataSet& data_set, const configs::DataSettings& settings, std::uint64_t seed)
{
    if (!data_set.description().has_manifest_split) {
        throw Error(
            fmt::format("{}: data.split = \"manifest\", but this data set has none; ingest it from a "
                        "manifest with a `split` column or with --split-from-folders, or use \"clip\" or \"group\"",
                        data_set.description().path),
            data_set.description().path);
    }
    Split split;
    for (std::int64_t clip = 0; clip < data_set.clips(); ++clip) {
        switch (data_set.manifest_split(clip)) {
        case ManifestSplit::train:
            split.train.push_back(clip);
            break;
        case ManifestSplit::validation:
            split.validation.push_back(clip);
            break;
        case ManifestSplit::test:
            split.test.push_back(clip);
            break;
        case ManifestSplit::none:
            throw Error(fmt::format("{}: clip {} ({}) is in none of the manifest's sets; ingest again",
                                    data_set.description().path, clip, data_set.source(clip)));
        }
    }
    if (split.validation.empty()) {  // published data sets often have a training and a test part alone
        auto groups = shuffled_groups(data_set, split.train, seed);
        const std::int64_t total = std::llround(settings.validation_fraction * double(split.train.size()));
        split.validation = taken_of(data_set, groups, total, settings, 2);
        split.train.clear();
        for (const auto& group : groups) {
            append(split.train, group);
        }
    }
    return split;
}

// The store keeps a split's classes and counts only under its digest, so the digest includes their origin: from clip
// numbers alone, any two data sets with as many clips would have the same split.
std::string digest_of(const DataSet& data_set, const Split& split)
{
    files::Sha256 hash;
    for (const std::string& name : data_set.description().classes) {
        hash.update(fmt::format("{}:{},", name.size(), name));
    }
    hash.update(";");
    for (const auto* clips : {&split.train, &split.validation, &split.test}) {
        for (const std::int64_t clip : *clips) {
            hash.update(fmt::format("{}:{}:{},", clip, data_set.label(clip), data_set.group(clip)));
        }
        hash.update(";");
    }
    return hash.hex();
}

}  // namespace

Split make_split(const DataSet& data_set, const configs::DataSettings& settings, std::uint64_t seed)
{
    const auto is_fraction = [](double value) { return value >= 0 && value <= 1; };
    if (!is_fraction(settings.test_fraction) || !is_fraction(settings.validation_fraction)) {
        throw Error(fmt::format("data.test_fraction = {}, data.validation_fraction = {}: expected 0 to 1",
                                settings.test_fraction, settings.validation_fraction));
    }
    Split split;
    switch (settings.split) {
    case configs::SplitKind::clip:
        split = by_clip(data_set, settings, seed);
        break;
    case configs::SplitKind::group:
        split = by_group(data_set, settings, seed);
        break;
    case configs::SplitKind::manifest:
        split = by_manifest(data_set, settings, seed);
        break;
    }
    if (split.train.empty() || split.validation.empty() || split.test.empty()) {
        const bool manifest = settings.split == configs::SplitKind::manifest;
        throw Error(
            fmt::format("{}: the split of its {} clips leaves {} to train, {} to validate, {} to test; none may "
                        "be empty: {}",
                        data_set.description().path, data_set.clips(), split.train.size(), split.validation.size(),
                        split.test.size(),
                        manifest
                            ? "mark rows of the manifest as train, validation and test and ingest again (without rows "
                              "for validation, data.validation_fraction of the training recordings is taken)"
                            : "change data.test_fraction or data.validation_fraction, or ingest more "
                              "recordings"),
            data_set.description().path);
    }
    if (settings.train_on_validation) {
        append(split.train, std::exchange(split.validation, {}));
    }
    for (auto* clips : {&split.train, &split.validation, &split.test}) {
        std::sort(clips->begin(), clips->end());
    }
    split.digest = digest_of(data_set, split);
    return split;
}

std::string groups_in_several_parts(const DataSet& data_set, const Split& split)
{
    struct First {
        std::size_t part = 0;
        std::int64_t clip = 0;
    };
    constexpr std::array names = {"train", "validation", "test"};
    std::map<std::int64_t, First> firsts;
    std::set<std::int64_t> shared;
    std::string example;
    const std::array parts = {&split.train, &split.validation, &split.test};
    for (std::size_t part = 0; part < parts.size(); ++part) {
        for (const std::int64_t clip : *parts[part]) {
            const auto& first = firsts.try_emplace(data_set.group(clip), First{part, clip}).first->second;
            if (first.part != part && shared.insert(data_set.group(clip)).second && example.empty()) {
                example = fmt::format("{} at {:g} s in {}, {} at {:g} s in {}", data_set.source(first.clip),
                                      data_set.start_s(first.clip), names[first.part], data_set.source(clip),
                                      data_set.start_s(clip), names[part]);
            }
        }
    }
    return shared.empty() ? ""
                          : fmt::format("{} group{} of recordings with clips in more than one part of the manifest's "
                                        "split ({}): what is tested may have been trained on",
                                        shared.size(), shared.size() == 1 ? "" : "s", example);
}

std::vector<std::int64_t> clips_per_class(const DataSet& data_set, const std::vector<std::int64_t>& clips)
{
    std::vector<std::int64_t> counts(static_cast<std::size_t>(data_set.classes()), 0);
    for (const std::int64_t clip : clips) {
        ++counts[static_cast<std::size_t>(data_set.label(clip))];
    }
    return counts;
}

}  // namespace attnsweep::data
