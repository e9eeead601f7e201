#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "files/checksum.h"

namespace attnsweep::data {

/// Holds the decoded samples of a FLAC file against the MD5 in its STREAMINFO block (RFC 9639, 8.2), which libsndfile does
/// not look at. For one thread at a time.
class FlacSignature {
public:
    /// Returns the signature of a file; null: it is no FLAC file, or its encoder computed none (all zero).
    static std::unique_ptr<FlacSignature> of(const std::filesystem::path& path);

    /// Takes the next decoded samples, interleaved, in [-1, 1).
    void update(std::span<const float> interleaved);
    /// Returns whether the samples are the signed ones. Once, at the end.
    bool holds();

private:
    FlacSignature(std::array<std::uint8_t, 16> expected, int bits) : expected_(expected), bits_(bits) {}

    std::array<std::uint8_t, 16> expected_;
    int bits_;
    files::Md5 md5_;
    std::vector<std::uint8_t> bytes_;  // of the samples at hand
};

}  // namespace attnsweep::data
