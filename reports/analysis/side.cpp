#include "reports/analysis/side.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <unordered_set>

#include "configs/nearest_name.h"
#include "store/import_paper.h"
#include "store/reading/snapshot.h"
#include "store/store_folder.h"

namespace attnsweep::reports {

namespace {

/// Whether another store is meant by what stands before a colon: a file of SQLite or of its usual name, or a folder of stores;
/// not whatever else is called like a sweep.
bool is_store(const std::filesystem::path& path)
{
    std::error_code none;
    if (std::filesystem::is_directory(path, none)) {
        for (std::filesystem::directory_iterator entry(path, none), end; !none && entry != end; entry.increment(none)) {
            if (store::part_named(entry->path())) {
                return true;
            }
        }
        return false;
    }
    if (!std::filesystem::is_regular_file(path, none)) {
        return false;
    }
    constexpr std::string_view beginning = "SQLite format 3";
    std::string found(beginning.size(), '\0');
    std::ifstream(path, std::ios::binary).read(found.data(), static_cast<std::streamsize>(found.size()));
    return found == beginning || path.extension() == ".db";
}

/// Whether the store has a sweep of this name, which no store beside it hides: ./NAME means that one.
bool has_sweep(const std::filesystem::path& store, const std::string& name)
{
    try {
        return store::sweep_named(store::Store::open_to_read(store), name).has_value();
    } catch (const store::Error&) {
        return false;
    }
}

/// STORE:REST as far as STORE is one; a name may hold colons of its own.
std::pair<std::optional<std::filesystem::path>, std::string> split_store(const std::string& given,
                                                                         const std::filesystem::path& store)
{
    for (std::size_t colon = given.find(':'); colon != std::string::npos; colon = given.find(':', colon + 1)) {
        const std::string path = given.substr(0, colon);
        if (!path.empty() && is_store(path) && !has_sweep(store, path)) {
            return {path, given.substr(colon + 1)};
        }
    }
    return {std::nullopt, given};
}

/// Eight digits of an id, as lists show them: a shorter beginning could be a mistyped name.
constexpr std::size_t shortest_id = 8;

/// What `part` names of a sweep: a configuration, or one trial by its label or its id's beginning. Only that is read; nothing when
/// it names nothing in it.
std::optional<store::SweepResults> narrowed(const Side& side, const store::SweepEntry& sweep, const std::string& part,
                                            store::Weights weights, Side::Kind& kind)
{
    using By = store::TrialSelection::By;
    for (const By by : {By::configuration, By::label, By::id_prefix}) {
        if (by == By::id_prefix && part.size() < shortest_id) {
            break;
        }
        store::SweepResults results = store::read_results(*side.store, sweep, weights, {by, part});
        if (results.configurations.empty()) {
            continue;
        }
        const bool is_one = results.configurations.size() == 1 && results.configurations.front().repeats.size() == 1;
        if (by != By::configuration && !is_one) {
            return std::nullopt;
        }
        kind = by == By::configuration ? Side::Kind::configuration : Side::Kind::trial;
        return results;
    }
    return std::nullopt;
}

/// What PART or, of revision N, PART@N names of a sweep.
std::optional<store::SweepResults> narrowed_in_revision(const Side& side, const store::SweepEntry& sweep,
                                                        const std::string& part, store::Weights weights,
                                                        Side::Kind& kind)
{
    std::optional<store::SweepResults> results = narrowed(side, sweep, part, weights, kind);
    const std::optional<store::NameInRevision> older = store::name_in_revision(part);
    if (results || !older) {
        return results;
    }
    const std::vector<int> numbers = store::revisions_of(*side.store, sweep.name);
    if (std::find(numbers.begin(), numbers.end(), older->revision) == numbers.end()) {
        return std::nullopt;
    }
    return narrowed(side, store::find_revision(*side.store, sweep.name, older->revision), older->name, weights, kind);
}

/// The trial of an older revision whose id begins so.
std::optional<store::SweepResults> of_older_revisions(const Side& side, const std::vector<store::SweepEntry>& sweeps,
                                                      const std::string& name, store::Weights weights)
{
    if (name.size() < shortest_id) {
        return std::nullopt;
    }
    for (const store::SweepEntry& sweep : sweeps) {
        std::vector<int> numbers = store::revisions_of(*side.store, sweep.name);
        for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
            store::SweepResults results =
                store::read_results(*side.store, store::find_revision(*side.store, sweep.name, *number), weights,
                                    {store::TrialSelection::By::id_prefix, name});
            if (results.configurations.size() == 1 && results.configurations.front().repeats.size() == 1) {
                return results;
            }
        }
    }
    return std::nullopt;
}

std::vector<std::string> configuration_names(const store::Store& store, const std::vector<store::SweepEntry>& sweeps)
{
    std::vector<std::string> names;
    std::unordered_set<std::string> known;
    for (const store::SweepEntry& sweep : sweeps) {
        for (std::string& name : store::configurations_of(store, sweep)) {
            if (known.insert(name).second) {
                names.push_back(std::move(name));
            }
        }
    }
    return names;
}

[[noreturn]] void throw_unknown(const Side& side, const std::string& name, const std::vector<store::SweepEntry>& sweeps,
                                const std::vector<std::string>& configurations)
{
    constexpr std::size_t most_named = 12;  // Table II has ten
    std::vector<std::string> names;
    names.reserve(sweeps.size());
    for (const store::SweepEntry& sweep : sweeps) {
        names.push_back(sweep.name);
    }
    std::vector<std::string> all = names;
    all.insert(all.end(), configurations.begin(), configurations.end());
    for (const store::SweepEntry& sweep : sweeps) {
        const std::vector<std::string> labels = store::labels_of(*side.store, sweep);
        all.insert(all.end(), labels.begin(), labels.end());
    }
    const std::string nearest = configs::nearest_name(name, all);
    throw store::Error(
        store::Error::Kind::unknown,
        "\"" + side.given + "\" names no sweep, configuration or trial of " + side.store->path().string() +
            (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
            " Sweeps: " + configs::first_joined(names, most_named) +
            "; configurations: " + configs::first_joined(configurations, most_named) +
            ". A revision is SWEEP@2, a trial or configuration of it LABEL@2, another store's sweep FILE.db:SWEEP");
}

std::set<std::string> trial_ids(const store::SweepResults& results)
{
    std::set<std::string> ids;
    for (const store::ConfigurationEntry& configuration : results.configurations) {
        for (const store::TrialEntry& entry : configuration.repeats) {
            ids.insert(entry.trial.id);
        }
    }
    return ids;
}

}  // namespace

std::string in_words(const Side& side)
{
    std::string sweep =
        "sweep " + side.results.sweep.name + ", revision " + std::to_string(side.results.sweep.revision);
    if (side.kind == Side::Kind::sweep) {
        return sweep;
    }
    const store::ConfigurationEntry& only = side.results.configurations.front();
    return (side.kind == Side::Kind::configuration ? "configuration " + only.name
                                                   : "trial " + only.repeats.front().trial.label) +
           " of " + sweep;
}

Side find_side(const std::string& given, const std::filesystem::path& store, store::Weights weights)
{
    const auto [other_store, name] = split_store(given, store);
    Side side;
    side.given = given;
    side.store = std::make_shared<const store::Store>(store::Store::open_to_read(other_store.value_or(store)));
    const store::Snapshot snapshot(*side.store);
    if (const std::optional<store::SweepEntry> sweep = store::sweep_named(*side.store, name)) {
        side.results = store::read_results(*side.store, *sweep, weights);
        return side;
    }
    const std::size_t colon = name.find(':');
    if (colon != std::string::npos) {
        const std::optional<store::SweepEntry> sweep = store::sweep_named(*side.store, name.substr(0, colon));
        if (std::optional<store::SweepResults> results =
                sweep ? narrowed_in_revision(side, *sweep, name.substr(colon + 1), weights, side.kind) : std::nullopt) {
            side.results = std::move(*results);
            return side;
        }
    }
    const std::vector<store::SweepEntry> in_sight = store::sweeps_in_sight(*side.store);
    const std::vector<store::SweepEntry> all = in_sight.empty() ? store::sweeps(*side.store) : in_sight;
    std::vector<store::SweepEntry> searched;
    std::copy_if(all.begin(), all.end(), std::back_inserter(searched), [&](const store::SweepEntry& entry) {
        // It has configurations of the same names, and is only ever meant by its own.
        return entry.name != store::paper_sweep || all.size() == 1;
    });
    std::vector<store::SweepResults> found;
    for (const store::SweepEntry& entry : searched) {
        if (std::optional<store::SweepResults> results = narrowed_in_revision(side, entry, name, weights, side.kind)) {
            found.push_back(std::move(*results));
        }
    }
    if (found.empty()) {
        if (std::optional<store::SweepResults> results = of_older_revisions(side, searched, name, weights)) {
            side.kind = Side::Kind::trial;
            side.results = std::move(*results);
            return side;
        }
        throw_unknown(side, name, all, configuration_names(*side.store, searched));
    }
    for (const store::SweepResults& other : found) {
        if (trial_ids(other) != trial_ids(found.front())) {
            throw store::Error(store::Error::Kind::unknown,
                               "\"" + given + "\" is in sweep " + found.front().sweep.name + " and in sweep " +
                                   other.sweep.name + ", with other trials: say which, as in " + other.sweep.name +
                                   ":" + name);  // NOLINT(performance-inefficient-string-concatenation): thrown once
        }
    }
    side.results = std::move(found.front());
    return side;
}

}  // namespace attnsweep::reports
