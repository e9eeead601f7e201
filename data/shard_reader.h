#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "data/shard_writer.h"

namespace attnsweep::data {

/// Reads a shard, its magnitudes mapped into memory (shared by all processes of a machine). Opening checks the layout
/// against the file's size, so that a truncated file is an error here and not a SIGBUS later. Thread-safe after
/// construction.
class ShardReader {
public:
    explicit ShardReader(std::filesystem::path path);  ///< throws Error naming the file, what is wrong and the remedy
    ~ShardReader();
    ShardReader(ShardReader&&) noexcept;
    ShardReader& operator=(ShardReader&&) noexcept;

    std::int64_t clips() const;
    const ShardContents& contents() const;
    /// Returns the levels of the clips; empty for a shard of attnsweep 0.1.0, which has none.
    const std::vector<ClipLevel>& levels() const;
    /// Returns the CRC-32C of all that the shard says of its clips: classes, sources, labels, groups, starts, parts,
    /// levels, and the checksums of their magnitudes.
    std::uint32_t table_crc32c() const;

    /// Returns a clip's magnitudes (frames, bins), row-major. Verifies its CRC-32C at the first access; throws Error
    /// when it is damaged.
    std::span<const float> magnitudes(std::int64_t index) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::data
