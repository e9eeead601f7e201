#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "configs/keys.h"

namespace attnsweep::configs {

/// A value and where it was written: "paper.toml:12:9" or "--set model.heads=4".
struct Setting {
    Value value;
    std::string origin;
};

/// One key that takes several values.
struct Column {
    std::string key;
    std::vector<Value> values;  ///< not empty
    std::string origin;
};

/// Keys that advance together: one column is an axis, several are a zip. All columns are equally long.
/// Dimensions are crossed, the first varying slowest.
struct Dimension {
    std::vector<Column> columns;
    std::string origin;

    std::size_t length() const { return columns.front().values.size(); }
};

/// A configuration in which every condition holds is left out; a condition holds when the key has any of the values.
struct Exclusion {
    struct Condition {
        std::string key;
        std::vector<Value> any_of;
    };
    std::vector<Condition> conditions;
    std::string origin;
};

/// A sweep file merged with the files it extends, each value checked, not yet expanded. A key is either a setting or a
/// column of one dimension. A key in a file replaces that key of the file it extends, whether or not it is an axis.
struct SweepFile {
    std::map<std::string, Setting> settings;
    std::vector<Dimension> dimensions;
    std::vector<Exclusion> exclusions;

    /// Removes the key from settings and dimensions.
    void forget(const std::string& key);
};

/// Reads a sweep file and the files it extends. Throws Error naming file, line and column, the value, what was expected
/// and the nearest known key.
SweepFile read_sweep_file(const std::filesystem::path& path);

}  // namespace attnsweep::configs
