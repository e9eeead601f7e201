#pragma once

#include <string>
#include <vector>

namespace attnsweep::tests {

// Each gives changed bytes the checksums of their new content; bytes too short to have one stay as they are.

std::string with_trailer(std::string bytes);         ///< of files::write_checked
std::string with_crc_in_header(std::string bytes);   ///< of files::write_safetensors
std::string with_line_checksums(std::string bytes);  ///< of a journal

/// Knows where HDF5 files have checksums of their metadata.
class Hdf5Checksums {
public:
    /// Finds the checksums in intact files.
    explicit Hdf5Checksums(const std::vector<std::string>& files);

    /// Renews the checksums in a changed file, as far as its blocks are where one of the intact files has them.
    std::string renew(std::string bytes) const;

private:
    struct Block {
        std::string signature;
        std::size_t begin = 0, size = 0;  // what the checksum covers
        std::size_t checksum = 0;         // where it is; if within, it is taken as zero
    };
    void find(const std::string& file, std::size_t begin);

    std::vector<Block> blocks_;
};

}  // namespace attnsweep::tests
