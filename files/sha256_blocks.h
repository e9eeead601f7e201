#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace attnsweep::files {

/// The eight words that SHA-256 carries from block to block.
using Sha256State = std::array<std::uint32_t, 8>;

/// Adds `count` blocks of 64 bytes to the state, by the processor's SHA instructions where it has them, else by libmd.
void add_sha256_blocks(Sha256State& state, const std::uint8_t* blocks, std::size_t count);

/// Does the same by libmd, whatever the processor has.
void add_sha256_blocks_by_libmd(Sha256State& state, const std::uint8_t* blocks, std::size_t count);

}  // namespace attnsweep::files
