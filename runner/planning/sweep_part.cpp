#include "runner/planning/sweep_part.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "files/durable_file.h"
#include "runner/error.h"
#include "runner/planning/expected_duration.h"
#include "store/error.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

/// Returns guessed durations in whole milliseconds, which compare the same on every machine.
std::vector<std::int64_t> guessed_ms(const configs::Sweep& sweep)
{
    configs::Sweep plain = sweep;
    plain.execution = {};
    // The arithmetic of the first version, whatever computes attention now: parts in use keep theirs.
    plain.execution.attention_implementation = configs::AttentionImplementation::chunked;
    const DurationModel guesses(plain, configs::DeviceKind::cpu);
    std::vector<std::int64_t> all;
    for (const configs::Trial& trial : sweep.trials) {
        all.push_back(std::llround(1000 * guesses.of(trial).total_s));
    }
    return all;
}

/// Whether an SQLite file has had a table (https://www.sqlite.org/fileformat.html, 1.3: the schema cookie).
bool has_had_tables(const fs::path& path)
{
    std::array<char, 44> header{};
    std::ifstream file(path, std::ios::binary);
    file.read(header.data(), header.size());
    return file.gcount() == static_cast<std::streamsize>(header.size()) &&
           std::any_of(header.begin() + 40, header.end(), [](char byte) { return byte != 0; });
}

/// Throws store::Error for a database of another program, before a folder is made beside it.
void refuse_other_database(const fs::path& path)
{
    std::error_code code;
    if (fs::is_regular_file(path, code) && !fs::exists(store::folder_beside(path), code) && has_had_tables(path)) {
        (void)store::Store::open_to_read(path);
    }
}

}  // namespace

fs::path store_to_write(const std::string& store, const std::optional<store::Part>& part)
{
    fs::path path = fs::absolute(store).lexically_normal();
    std::error_code code;
    const bool is_folder = fs::is_directory(path, code), exists = fs::exists(path, code);
    if (!part) {
        if (is_folder || !path.has_filename()) {
            throw Error(
                fmt::format("--store {} is a folder{}: give the part to run (--part 1/8) with it, or name a file such "
                            "as results.db",
                            store, is_folder ? "" : "'s name"),
                exit_usage);
        }
        refuse_other_database(path);
        return path;
    }
    const std::string given = fmt::format("--part {}/{}", part->number, part->of);
    if (!is_folder && (exists || path.extension() == ".db")) {
        throw Error(
            fmt::format(
                "{} keeps one store per part in a folder, and --store {} is {}: give --store FOLDER/, for example "
                "--store results.d/",
                given, store, exists ? "a file" : "a file's name"),
            exit_usage);
    }
    for (const fs::path& other : store::parts_in(path)) {
        if (store::part_named(other)->of != part->of) {
            throw Error(
                fmt::format("{}: the folder {} holds {}, a part of {}: continue with --part .../{}, or name another "
                            "folder with --store",
                            given, store, other.filename().string(), store::part_named(other)->of,
                            store::part_named(other)->of),
                exit_usage);
        }
    }
    files::create_folders(path);
    return store::database_behind(store::part_store(path, *part));
}

configs::Sweep share_of(const configs::Sweep& sweep, const store::Part& part)
{
    const std::vector<std::int64_t> costs = guessed_ms(sweep);
    std::vector<std::size_t> order(costs.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });

    // Longest trial first, each to the part with the least work so far.
    std::set<std::pair<std::int64_t, int>> loads;
    for (int number = 1; number <= part.of; ++number) {
        loads.emplace(0, number);
    }
    std::vector<std::size_t> mine;
    for (const std::size_t trial : order) {
        auto least = loads.extract(loads.begin());
        if (least.value().second == part.number) {
            mine.push_back(trial);
        }
        least.value().first += costs[trial];
        loads.insert(std::move(least));
    }
    std::sort(mine.begin(), mine.end());

    configs::Sweep share = sweep;
    share.trials.clear();
    for (const std::size_t trial : mine) {
        share.trials.push_back(sweep.trials[trial]);
    }
    return share;
}

int drop_done_elsewhere(configs::Sweep& share, const fs::path& own_store)
{
    std::vector<std::string> ids;
    for (const configs::Trial& trial : share.trials) {
        ids.push_back(trial.id);
    }
    std::set<std::string> done;
    for (const fs::path& other : store::parts_in(own_store.parent_path())) {
        if (other == own_store) {
            continue;
        }
        try {
            for (const store::TrialState& state : store::Store::open_to_read(other).states(ids)) {
                if (state.status == store::Status::done) {
                    done.insert(state.id);
                }
            }
        } catch (const store::Error&) {
            continue;  // perhaps just being created; at worst a trial is done twice, and read once
        }
    }
    std::erase_if(share.trials, [&](const configs::Trial& trial) { return done.contains(trial.id); });
    return static_cast<int>(done.size());
}

}  // namespace attnsweep::runner
