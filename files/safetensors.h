#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace attnsweep::files {

/// Writes tensors to a file in the `safetensors` format, durably, as write_durably does. `bytes` are the file without
/// metadata: 8 bytes of header length, a JSON header, the numbers (model/weights.h makes them). Puts a checksum into the
/// header's `__metadata__`, where other tools leave it alone: "crc32c", the CRC-32C of the whole file with these eight
/// digits as zeros. Throws Error, also if `bytes` do not begin with such a header.
void write_safetensors(const std::filesystem::path& path, std::string_view bytes);

/// Reads such a file, metadata included, and verifies its checksum. Reads weights of version 0.1.0 too, which were named
/// `.pt` and had the checksum in a trailer; the trailer is cut off. Throws Error ("damaged") if the checksum does not
/// match.
std::string read_safetensors(const std::filesystem::path& path);

}  // namespace attnsweep::files
