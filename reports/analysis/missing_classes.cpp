#include "reports/analysis/missing_classes.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "configs/printable.h"

namespace attnsweep::reports {

namespace {

constexpr std::size_t most_classes_named = 8;

std::vector<std::string> without_clips(const std::vector<std::string>& classes, const std::vector<std::int64_t>& clips)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(classes.size(), clips.size()); ++i) {
        if (clips[i] == 0) {
            names.push_back(configs::printable(classes[i]));
        }
    }
    return names;
}

// "12", or "11 to 12" where the repeats differ.
std::string from_to(const std::set<std::size_t>& counts)
{
    return counts.size() == 1 ? fmt::format("{}", *counts.begin())
                              : fmt::format("{} to {}", *counts.begin(), *counts.rbegin());
}

}  // namespace

const MissingClasses::Missing& MissingClasses::of_split(const std::string& digest)
{
    const auto [place, is_new] = splits_.try_emplace(digest);
    if (is_new) {
        if (const auto split = store::read_split(*store_, digest)) {
            place->second = {split->classes.size(), without_clips(split->classes, split->test_clips_per_class),
                             without_clips(split->classes, split->train_clips_per_class)};
        }
    }
    return place->second;
}

std::vector<std::string> MissingClasses::cautions(const store::ConfigurationEntry& configuration)
{
    std::set<std::string> untested, untrained;
    std::set<std::size_t> averaged;
    std::size_t done = 0, with_untested = 0, with_untrained = 0, classes = 0;
    for (const store::TrialEntry& entry : configuration.repeats) {
        if (!entry.test || entry.split_digest.empty()) {
            continue;
        }
        const Missing& missing = of_split(entry.split_digest);
        ++done;
        classes = std::max(classes, missing.classes);
        averaged.insert(missing.classes - missing.untested.size());
        with_untested += missing.untested.empty() ? 0 : 1;
        with_untrained += missing.untrained.empty() ? 0 : 1;
        untested.insert(missing.untested.begin(), missing.untested.end());
        untrained.insert(missing.untrained.begin(), missing.untrained.end());
    }
    const auto repeats = [&](std::size_t with) {
        return with == done ? std::string() : fmt::format(" in {} of {} repeats", with, done);
    };
    const auto named = [](const std::set<std::string>& names) {
        return configs::first_joined(std::vector<std::string>(names.begin(), names.end()), most_classes_named);
    };
    std::vector<std::string> sentences;
    if (!untested.empty()) {
        sentences.push_back(fmt::format("no clip of {} was tested{}: the macro means are over {} of {} classes",
                                        named(untested), repeats(with_untested), from_to(averaged), classes));
    }
    if (!untrained.empty()) {
        sentences.push_back(fmt::format("no clip of {} was trained on{}: its recall can only be 0", named(untrained),
                                        repeats(with_untrained)));
    }
    return sentences;
}

}  // namespace attnsweep::reports
