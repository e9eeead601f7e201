#include "store/reading/sweeps.h"

#include <algorithm>

#include "configs/nearest_name.h"
#include "store/annotations.h"
#include "store/connection.h"
#include "store/import_paper.h"
#include "store/reading/parsed_column.h"

namespace attnsweep::store {

std::vector<SweepEntry> sweeps(const Store& store)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<SweepEntry> entries;
        const auto select = connection.statement(
            "SELECT name, description, revision_id, number, created_at, overrides, max(sequence) AS newest, " +
            is_hidden_sweep("sweeps.name") +
            " AS hidden FROM revisions JOIN sweeps USING (sweep_id) GROUP BY sweep_id ORDER BY hidden, name = ?, "
            "newest DESC");
        // An imported sweep is never the last run one.
        select->bind(1, std::string(paper_sweep));
        while (select->executeStep()) {
            entries.push_back({select->getColumn(0).getString(), select->getColumn(1).getString(),
                               select->getColumn(2).getInt64(), select->getColumn(3).getInt(),
                               select->getColumn(4).getString(),
                               parsed<std::vector<std::string>>(connection, select->getColumn(5), "overrides"),
                               select->getColumn(7).getInt() != 0});
        }
        return entries;
    });
}

std::vector<SweepEntry> sweeps_in_sight(const Store& store)
{
    std::vector<SweepEntry> entries = sweeps(store);
    std::erase_if(entries, [](const SweepEntry& entry) { return entry.hidden; });
    return entries;
}

namespace {

bool is_revision_number(const std::string& text)
{
    return !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos;
}

/// `name` without "@N", if it is a revision of one of the sweeps; else nothing.
std::optional<std::string> name_before_revision(const std::vector<SweepEntry>& all, const std::string& name)
{
    const std::size_t at = name.rfind('@');
    const bool is_known = at != std::string::npos && std::any_of(all.begin(), all.end(), [&](const SweepEntry& entry) {
                              return entry.name == name.substr(0, at);
                          });
    return is_known ? std::optional(name.substr(0, at)) : std::nullopt;
}

/// The first column of what `sql` selects of the revision.
std::vector<std::string> names_in_revision(const Store& store, const SweepEntry& sweep, const char* sql)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<std::string> names;
        const auto select = connection.statement(sql);
        select->bind(1, sweep.revision_id);
        while (select->executeStep()) {
            names.push_back(select->getColumn(0).getString());
        }
        return names;
    });
}

}  // namespace

std::optional<SweepEntry> sweep_named(const Store& store, const std::string& name)
{
    const std::vector<SweepEntry> all = sweeps(store);
    for (const SweepEntry& entry : all) {
        if (name.empty() ? !entry.hidden : entry.name == name) {
            return entry;
        }
    }
    const std::optional<std::string> sweep = name_before_revision(all, name);
    if (!sweep) {
        return std::nullopt;
    }
    const std::string number = name.substr(sweep->size() + 1);
    if (number.find_first_of(",:") != std::string::npos) {
        return std::nullopt;  // "a@1,b" are two names, "a@1:b" is a trial
    }
    if (!is_revision_number(number)) {
        throw Error(Error::Kind::unknown,
                    "\"" + name + "\": revision \"" + number + "\": expected a number, as in " + *sweep + "@2");
    }
    return find_revision(store, *sweep, std::stoi(number));
}

SweepEntry find_sweep(const Store& store, const std::string& name)
{
    if (std::optional<SweepEntry> found = sweep_named(store, name)) {
        return std::move(*found);
    }
    const std::vector<SweepEntry> all = sweeps(store);
    if (all.empty()) {
        throw Error(Error::Kind::missing, "the store " + store.path().string() +
                                              " holds no sweep yet. Run one first: attnsweep run ... --store FILE");
    }
    std::vector<std::string> names;
    names.reserve(all.size());
    for (const SweepEntry& entry : all) {
        names.push_back(entry.name);
    }
    if (name.empty()) {
        throw Error(Error::Kind::missing, "every sweep in " + store.path().string() + " is hidden: name one (" +
                                              configs::first_joined(names, 3) +
                                              "), or show it again with `attnsweep store unhide NAME`");
    }
    const std::string nearest = configs::nearest_name(name, names);
    throw Error(Error::Kind::unknown, "no sweep \"" + name + "\" in " + store.path().string() +
                                          (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                          " There are: " + configs::joined(names));
}

SweepEntry find_revision(const Store& store, const std::string& name, int number)
{
    SweepEntry entry = find_sweep(store, name);
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<std::string> numbers;
        const auto select = connection.statement(
            "SELECT revision_id, number, description, created_at, overrides FROM revisions JOIN sweeps USING "
            "(sweep_id) WHERE name = ? ORDER BY number");
        select->bind(1, entry.name);
        while (select->executeStep()) {
            numbers.push_back(select->getColumn(1).getString());
            if (select->getColumn(1).getInt() != number) {
                continue;
            }
            entry.revision_id = select->getColumn(0).getInt64();
            entry.revision = number;
            entry.description = select->getColumn(2).getString();
            entry.recorded_at = select->getColumn(3).getString();
            entry.overrides = parsed<std::vector<std::string>>(connection, select->getColumn(4), "overrides");
            return entry;
        }
        throw Error(Error::Kind::unknown, "sweep " + entry.name + " in " + store.path().string() + " has no revision " +
                                              std::to_string(number) + ". There are: " + configs::joined(numbers));
    });
}

std::vector<int> revisions_of(const Store& store, const std::string& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        std::vector<int> numbers;
        const auto select = connection.statement(
            "SELECT number FROM revisions JOIN sweeps USING (sweep_id) WHERE name = ? ORDER BY number");
        select->bind(1, sweep);
        while (select->executeStep()) {
            numbers.push_back(select->getColumn(0).getInt());
        }
        return numbers;
    });
}

std::optional<NameInRevision> name_in_revision(const std::string& name)
{
    const std::size_t at = name.rfind('@');
    const std::string number = at == std::string::npos ? "" : name.substr(at + 1);
    if (at == 0 || !is_revision_number(number)) {
        return std::nullopt;
    }
    return NameInRevision{name.substr(0, at), std::stoi(number)};
}

std::vector<SweepEntry> revisions_numbered(const Store& store, int number)
{
    std::vector<SweepEntry> numbered;
    for (const SweepEntry& sweep : sweeps(store)) {
        const std::vector<int> numbers = revisions_of(store, sweep.name);
        if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) {
            numbered.push_back(find_revision(store, sweep.name, number));
        }
    }
    return numbered;
}

std::string revision_in_words(const Store& store, const SweepEntry& sweep)
{
    std::vector<int> others = revisions_of(store, sweep.name);
    std::erase(others, sweep.revision);
    return "revision " + std::to_string(sweep.revision) +
           (others.empty() ? std::string()
                           : " of " + std::to_string(others.size() + 1) + ", others as " + sweep.name + "@" +
                                 std::to_string(others.back()));
}

configs::DataSetDescription read_data_set(const Store& store, const SweepEntry& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const auto select = connection.statement("SELECT data, data_path FROM revisions WHERE revision_id = ?");
        select->bind(1, sweep.revision_id);
        select->executeStep();
        auto data = parsed<configs::DataSetDescription>(connection, select->getColumn(0), "a data set's description");
        data.path = select->getColumn(1).getString();
        return data;
    });
}

std::vector<std::string> configurations_of(const Store& store, const SweepEntry& sweep)
{
    return names_in_revision(store, sweep,
                             "SELECT configuration, min(position) AS first FROM revision_trials "
                             "WHERE revision_id = ? GROUP BY configuration ORDER BY first");
}

std::vector<std::string> labels_of(const Store& store, const SweepEntry& sweep)
{
    return names_in_revision(store, sweep, "SELECT label FROM revision_trials WHERE revision_id = ? ORDER BY position");
}

std::size_t count_trials(const Store& store, const SweepEntry& sweep)
{
    Connection& connection = store.connection();
    return connection.translate([&] {
        const auto select = connection.statement("SELECT count(*) FROM revision_trials WHERE revision_id = ?");
        select->bind(1, sweep.revision_id);
        select->executeStep();
        return static_cast<std::size_t>(select->getColumn(0).getInt64());
    });
}

}  // namespace attnsweep::store
