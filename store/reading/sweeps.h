#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "store/store.h"

namespace attnsweep::store {

/// A sweep and its newest revision.
struct SweepEntry {
    std::string name, description;
    std::int64_t revision_id = 0;
    int revision = 1;         ///< 1, 2, ... within the sweep
    std::string recorded_at;  ///< UTC, ISO 8601
    std::vector<std::string> overrides;
    bool hidden = false;  ///< by `store hide`: named by nobody, it is not shown
};

/// Which trials of a sweep are read: those of its newest revision, or also those that are in older ones alone.
enum class Revisions { newest, all };

/// Lists the sweeps, the last recorded one first, the imported paper and then hidden ones last. Throws Error.
std::vector<SweepEntry> sweeps(const Store& store);

/// Lists the sweeps that are not hidden, in the same order. Throws Error.
std::vector<SweepEntry> sweeps_in_sight(const Store& store);

/// Finds a sweep's newest revision by NAME, or revision N by NAME@N; an empty name means the last recorded sweep. Throws
/// Error: unknown (listing the sweeps, or the sweep's revisions), missing if there is none.
SweepEntry find_sweep(const Store& store, const std::string& name);

/// Like find_sweep(), but returns nothing if there is no such sweep.
std::optional<SweepEntry> sweep_named(const Store& store, const std::string& name);

/// Finds revision `number` of a sweep. Throws Error (unknown), listing the existing revisions.
SweepEntry find_revision(const Store& store, const std::string& name, int number);

/// Lists the numbers of a sweep's revisions, ascending. Throws Error.
std::vector<int> revisions_of(const Store& store, const std::string& sweep);

/// A name in a revision: "cqt-r0-s1@2" is "cqt-r0-s1" in revision 2.
struct NameInRevision {
    std::string name;
    int revision = 1;
};

/// Takes NAME@N apart; nothing if `name` does not end in "@" and a number.
std::optional<NameInRevision> name_in_revision(const std::string& name);

/// Returns revision `number` of each sweep that has one, in the order of sweeps(). Throws Error.
std::vector<SweepEntry> revisions_numbered(const Store& store, int number);

/// Returns "revision 3", or, where there are others: "revision 3 of 3, others as mine@2". Throws Error.
std::string revision_in_words(const Store& store, const SweepEntry& sweep);

/// Lists the names of the configurations of the sweep's revision, in its order. Throws Error.
std::vector<std::string> configurations_of(const Store& store, const SweepEntry& sweep);

/// Lists the labels of the trials of the sweep's revision, in its order. Throws Error.
std::vector<std::string> labels_of(const Store& store, const SweepEntry& sweep);

/// Counts how many trials the sweep's revision has, done or not.
std::size_t count_trials(const Store& store, const SweepEntry& sweep);

/// Reads the data set as the sweep's revision recorded it.
configs::DataSetDescription read_data_set(const Store& store, const SweepEntry& sweep);

}  // namespace attnsweep::store
