#pragma once

#include <filesystem>

namespace attnsweep::store {

/// The path of a temporary database. Removes its files at construction, if an earlier process left any, and at
/// destruction.
class ScratchDatabase {
public:
    explicit ScratchDatabase(std::filesystem::path path);
    ~ScratchDatabase();
    ScratchDatabase(const ScratchDatabase&) = delete;
    ScratchDatabase& operator=(const ScratchDatabase&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace attnsweep::store
