#include "data/audio/flac_signature.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "data/audio/file_kind.h"

namespace attnsweep::data {

std::unique_ptr<FlacSignature> FlacSignature::of(const std::filesystem::path& path)
{
    constexpr std::size_t head_bytes = 42, depth_at = 20, md5_at = 26;
    std::string head = bytes_at(path, 0, head_bytes);
    if (const std::int64_t tag = id3_tag_bytes(head); tag > 0) {
        head = bytes_at(path, tag, head_bytes);
    }
    if (head.size() < head_bytes || !head.starts_with("fLaC") || (head[4] & 0x7F) != 0) {
        return nullptr;
    }
    std::array<std::uint8_t, 16> md5{};
    std::copy_n(head.begin() + md5_at, md5.size(), md5.begin());
    const auto high = static_cast<unsigned char>(head[depth_at]), low = static_cast<unsigned char>(head[depth_at + 1]);
    const int bits = ((high & 1) << 4 | low >> 4) + 1;
    // A float holds 24 bits of a sample exactly.
    const bool is_signed = std::any_of(md5.begin(), md5.end(), [](std::uint8_t byte) { return byte != 0; });
    return is_signed && bits <= 24 ? std::unique_ptr<FlacSignature>(new FlacSignature(md5, bits)) : nullptr;
}

void FlacSignature::update(std::span<const float> interleaved)
{
    const auto width = static_cast<std::size_t>(bits_ + 7) / 8;
    const float scale = std::ldexp(1.0F, bits_ - 1);
    bytes_.resize(interleaved.size() * width);
    std::size_t at = 0;
    for (const float sample : interleaved) {
        const auto value = static_cast<std::uint32_t>(static_cast<std::int32_t>(sample * scale));
        for (std::size_t byte = 0; byte < width; ++byte) {
            bytes_[at++] = static_cast<std::uint8_t>(value >> (8 * byte));
        }
    }
    md5_.update(bytes_.data(), bytes_.size());
}

bool FlacSignature::holds()
{
    return md5_.digest() == expected_;
}

}  // namespace attnsweep::data
