#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "data/data_set.h"

namespace attnsweep::bench {

/// Copies a data set's magnitudes into an HDF5 file as one would without this project: one data set, a chunk per clip,
/// each with HDF5's own checksum (fletcher32).
void write_fletcher_file(const std::filesystem::path& path, const data::DataSet& data_set);

/// Reads clips of such a file with H5Dread. HDF5 verifies a chunk each time that it reads it.
class FletcherFile {
public:
    explicit FletcherFile(const std::filesystem::path& path);  ///< throws std::runtime_error
    ~FletcherFile();
    FletcherFile(const FletcherFile&) = delete;
    FletcherFile& operator=(const FletcherFile&) = delete;

    /// Reads clip `index`, (frames, bins), to `out`. Throws std::runtime_error where the checksum is wrong.
    void read(std::int64_t index, float* out) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::bench
