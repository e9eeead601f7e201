#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace attnsweep::golden {

/// A file that cannot be read as a golden file: which, what in it, what was expected.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Numbers with their shape, row-major.
struct Array {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

/// A group of an HDF5 file, read only. Paths are relative to it. All readers throw Error naming file and path.
class Group {
public:
    /// The whole file. Throws Error where it is not there or no HDF5.
    static Group open(const std::filesystem::path& file);

    Group group(const std::string& path) const;
    bool contains(const std::string& path) const;
    std::vector<std::string> children() const;  ///< sorted
    Array floats(const std::string& path) const;
    std::vector<std::int64_t> integers(const std::string& path) const;
    /// Every data set below `path`, by its path relative to that.
    std::map<std::string, Array> tree(const std::string& path) const;

    std::optional<double> number(const std::string& attribute) const;  ///< an attribute of this group
    double required(const std::string& attribute) const;
    std::vector<std::int64_t> numbers(const std::string& attribute) const;

    const std::string& name() const { return name_; }  ///< the path in the file

private:
    struct Handle;
    Group(std::shared_ptr<Handle> handle, std::string file, std::string name);
    std::shared_ptr<Handle> handle_;
    std::string file_, name_;
};

}  // namespace attnsweep::golden
