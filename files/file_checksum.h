#pragma once

#include <cstdint>
#include <filesystem>

namespace attnsweep::files {

/// Returns the CRC-32C of a file's bytes, read in pieces. Throws Error.
std::uint32_t crc32c_of_file(const std::filesystem::path& path);

}  // namespace attnsweep::files
