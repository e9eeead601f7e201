#include "reports/side.h"

#include <algorithm>
#include <optional>
#include <set>

#include "reports/import_paper.h"
#include "reports/nearest.h"

namespace attnsweep::reports {

namespace {

/// STORE:REST as far as STORE is there; a name may hold colons of its own.
std::pair<std::optional<std::filesystem::path>, std::string> split_store(const std::string& given)
{
    for (std::size_t colon = given.find(':'); colon != std::string::npos; colon = given.find(':', colon + 1)) {
        const std::string path = given.substr(0, colon);
        std::error_code none;
        if (!path.empty() && std::filesystem::exists(path, none))
            return {path, given.substr(colon + 1)};
    }
    return {std::nullopt, given};
}

bool has_trial(const ConfigurationEntry& configuration, const std::string& part)
{
    return std::any_of(configuration.repeats.begin(), configuration.repeats.end(), [&](const TrialEntry& entry) {
        return entry.trial.label == part || entry.trial.id.starts_with(part);
    });
}

/// Keeps of the sweep what `part` names; false when it names nothing in it.
bool narrow(SweepResults& results, const std::string& part, Side::Kind& kind)
{
    std::vector<ConfigurationEntry>& all = results.configurations;
    const auto whole = std::find_if(all.begin(), all.end(), [&](const auto& entry) { return entry.name == part; });
    if (whole != all.end()) {
        kind = Side::Kind::configuration;
        all = {*whole};
        return true;
    }
    std::vector<ConfigurationEntry> found;
    for (const ConfigurationEntry& configuration : all) {
        for (const TrialEntry& entry : configuration.repeats) {
            if (entry.trial.label == part)
                found = {{configuration.name, {entry}}};
        }
    }
    // Eight digits of an id, as lists show them: a shorter beginning could be a mistyped name.
    if (found.empty() && part.size() >= 8) {
        for (const ConfigurationEntry& configuration : all) {
            for (const TrialEntry& entry : configuration.repeats) {
                if (has_trial({configuration.name, {entry}}, part))
                    found.push_back({configuration.name, {entry}});
            }
        }
    }
    if (found.size() != 1)
        return false;
    kind = Side::Kind::trial;
    all = std::move(found);
    return true;
}

[[noreturn]] void throw_unknown(const Side& side, const std::string& name, const std::vector<SweepEntry>& sweeps,
                                const std::vector<std::string>& configurations)
{
    std::vector<std::string> names;
    for (const SweepEntry& sweep : sweeps)
        names.push_back(sweep.name);
    std::vector<std::string> all = names;
    all.insert(all.end(), configurations.begin(), configurations.end());
    const std::string nearest = nearest_name(name, all);
    throw Error(Error::Kind::unknown, "\"" + side.given + "\" names no sweep, configuration or trial of " +
                                          side.store->path().string() +
                                          (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                          " Sweeps: " + joined(names) + "; configurations: " + joined(configurations) +
                                          ". A revision is SWEEP@2, another store's sweep FILE.db:SWEEP");
}

std::set<std::string> trial_ids(const SweepResults& results)
{
    std::set<std::string> ids;
    for (const ConfigurationEntry& configuration : results.configurations)
        for (const TrialEntry& entry : configuration.repeats)
            ids.insert(entry.trial.id);
    return ids;
}

/// SWEEP[@N] read; nothing when there is no such sweep.
std::optional<SweepResults> sweep_named(const Side& side, const std::string& name, Weights weights)
{
    const std::vector<SweepEntry> all = sweeps(*side.store);
    const auto is = [&](const std::string& wanted) {
        return std::any_of(all.begin(), all.end(), [&](const SweepEntry& entry) { return entry.name == wanted; });
    };
    if (name.empty() || is(name))
        return read_results(*side.store, name, weights);
    const std::size_t at = name.rfind('@');
    if (at == std::string::npos || !is(name.substr(0, at)))
        return std::nullopt;
    const std::string number = name.substr(at + 1);
    if (number.empty() || number.size() > 9 || number.find_first_not_of("0123456789") != std::string::npos)
        throw Error(Error::Kind::unknown, "\"" + side.given + "\": revision \"" + number +
                                              "\": expected a number, as in " + name.substr(0, at) + "@2");
    return read_results(*side.store, find_revision(*side.store, name.substr(0, at), std::stoi(number)), weights);
}

}  // namespace

std::string in_words(const Side& side)
{
    const std::string sweep =
        "sweep " + side.results.sweep.name + ", revision " + std::to_string(side.results.sweep.revision);
    if (side.kind == Side::Kind::sweep)
        return sweep;
    const ConfigurationEntry& only = side.results.configurations.front();
    return (side.kind == Side::Kind::configuration ? "configuration " + only.name
                                                   : "trial " + only.repeats.front().trial.label) +
           " of " + sweep;
}

Side find_side(const std::string& given, const std::filesystem::path& store, Weights weights)
{
    const auto [other_store, name] = split_store(given);
    Side side;
    side.given = given;
    side.store = std::make_shared<const Store>(Store::open_to_read(other_store.value_or(store)));
    if (std::optional<SweepResults> sweep = sweep_named(side, name, weights)) {
        side.results = std::move(*sweep);
        return side;
    }
    const std::vector<SweepEntry> all = sweeps(*side.store);
    const std::size_t colon = name.find(':');
    if (colon != std::string::npos) {
        std::optional<SweepResults> sweep = sweep_named(side, name.substr(0, colon), weights);
        if (sweep && narrow(*sweep, name.substr(colon + 1), side.kind)) {
            side.results = std::move(*sweep);
            return side;
        }
    }
    std::vector<SweepResults> found;
    std::vector<std::string> configurations;
    for (const SweepEntry& entry : all) {
        if (entry.name == paper_sweep && all.size() > 1)
            continue;  // has configurations of the same names, and is only ever meant by its own
        SweepResults sweep = read_results(*side.store, entry, weights);
        for (const ConfigurationEntry& configuration : sweep.configurations)
            if (std::find(configurations.begin(), configurations.end(), configuration.name) == configurations.end())
                configurations.push_back(configuration.name);
        if (narrow(sweep, name, side.kind))
            found.push_back(std::move(sweep));
    }
    if (found.empty())
        throw_unknown(side, name, all, configurations);
    for (const SweepResults& other : found) {
        if (trial_ids(other) != trial_ids(found.front()))
            throw Error(Error::Kind::unknown, "\"" + given + "\" is in sweep " + found.front().sweep.name +
                                                  " and in sweep " + other.sweep.name +
                                                  ", with other trials: say which, as in " + other.sweep.name + ":" +
                                                  name);
    }
    side.results = std::move(found.front());
    return side;
}

}  // namespace attnsweep::reports
