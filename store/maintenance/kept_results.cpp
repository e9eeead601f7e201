#include "store/maintenance/kept_results.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include <fmt/format.h>

#include "configs/shell_word.h"
#include "store/store.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;

/// Tells whether the database cannot be read, for which a rebuild is the remedy.
bool is_unreadable(const Error& failure)
{
    using Kind = Error::Kind;
    return failure.kind() == Kind::damaged || failure.kind() == Kind::not_a_store || failure.kind() == Kind::failed;
}

}  // namespace

std::vector<AttemptKey> results_in(Connection& connection)
{
    std::vector<AttemptKey> kept;
    try {
        connection.translate([&] {
            const auto select = connection.statement("SELECT trial_id, number FROM attempts WHERE outcome = 'done' OR "
                                                     "outcome = 'failed' ORDER BY attempt_id");
            while (select->executeStep()) {
                kept.emplace_back(select->getColumn(0).getString(), select->getColumn(1).getInt());
            }
        });
    } catch (const Error& failure) {
        if (!is_unreadable(failure)) {
            throw;
        }
    }
    return kept;
}

std::vector<AttemptKey> results_in_place(const fs::path& store)
{
    if (!fs::exists(store)) {
        return {};
    }
    try {
        Connection connection(store, Connection::Access::read_unfinished);
        return results_in(connection);
    } catch (const Error& failure) {
        if (!is_unreadable(failure)) {
            throw;
        }
        return {};
    }
}

std::vector<AttemptKey> results_lost(const std::vector<AttemptKey>& kept, Connection& rebuilt)
{
    const std::vector<AttemptKey> there = results_in(rebuilt);
    const std::set<AttemptKey> known(there.begin(), there.end());
    std::vector<AttemptKey> lost;
    std::copy_if(kept.begin(), kept.end(), std::back_inserter(lost),
                 [&](const AttemptKey& key) { return !known.contains(key); });
    return lost;
}

Error would_lose(const fs::path& store, std::size_t results, const std::vector<AttemptKey>& lost)
{
    constexpr std::size_t most_named = 5;
    std::set<std::string> trials;
    for (const auto& [trial, number] : lost) {
        trials.insert(trial);
    }
    std::string named;
    for (std::size_t i = 0; i < std::min(lost.size(), most_named); ++i) {
        named += fmt::format("{}trials/{}/attempt-{}", i == 0 ? "" : ", ", lost[i].first, lost[i].second);
    }
    if (lost.size() > most_named) {
        named += fmt::format(" and {} more", lost.size() - most_named);
    }
    const fs::path folder = folder_beside(store);
    return {
        Error::Kind::missing,
        fmt::format(
            "{0} is not rebuilt and stays as it is: it has {1} result(s), and {2} of them, of {3} trial(s), "
            "would be lost, because their files are missing or damaged in {4}: {5}. Put that folder "
            "(trials/ and revisions/) back from a backup and rebuild then, or keep what the database has with "
            "`attnsweep store backup OUT --store {6}`; `attnsweep store rebuild --drop-missing --store {6}` rebuilds "
            "without them",
            store.string(), results, lost.size(), trials.size(), folder.string(), named,
            configs::shell_path(store.string()))};
}

}  // namespace attnsweep::store
