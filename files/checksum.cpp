#include "files/checksum.h"

#include <algorithm>
#include <array>

#include <isa-l/crc.h>

#include "files/sha256_blocks.h"

namespace attnsweep::files {

std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t start)
{
    // ISA-L takes an int length and leaves the customary inversions to the caller.
    constexpr std::size_t piece = std::size_t{1} << 30;
    auto* bytes = static_cast<unsigned char*>(const_cast<void*>(data));
    std::uint32_t crc = ~start;
    while (size > 0) {
        const std::size_t now = std::min(size, piece);
        crc = crc32_iscsi(bytes, static_cast<int>(now), crc);
        bytes += now;
        size -= now;
    }
    return ~crc;
}

struct Sha256::Context {
    Sha256State state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::uint8_t, 64> rest{};  // of the bytes so far, what is not a whole block
    std::size_t rest_bytes = 0;
    std::uint64_t bytes = 0;
};

Sha256::Sha256() : context_(new Context) {}

Sha256::~Sha256()
{
    delete context_;
}

Sha256& Sha256::update(const void* data, std::size_t size)
{
    Context& context = *context_;
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    context.bytes += size;
    if (context.rest_bytes > 0) {
        const std::size_t taken = std::min(size, context.rest.size() - context.rest_bytes);
        std::copy_n(bytes, taken, context.rest.data() + context.rest_bytes);
        context.rest_bytes += taken;
        bytes += taken;
        size -= taken;
        if (context.rest_bytes < context.rest.size()) {
            return *this;
        }
        add_sha256_blocks(context.state, context.rest.data(), 1);
    }
    const std::size_t blocks = size / context.rest.size();
    add_sha256_blocks(context.state, bytes, blocks);
    context.rest_bytes = size % context.rest.size();
    std::copy_n(bytes + (size - context.rest_bytes), context.rest_bytes, context.rest.data());
    return *this;
}

std::string Sha256::hex()
{
    // A one, zeros up to 8 bytes before the end of a block, and the length in bits.
    const std::uint64_t bits = context_->bytes * 8;
    std::array<std::uint8_t, 72> padding = {0x80};
    const std::size_t before_length = (119 - context_->rest_bytes) % 64 + 1;
    for (std::size_t byte = 0; byte < 8; ++byte) {
        padding.at(before_length + byte) = static_cast<std::uint8_t>(bits >> (56 - 8 * byte));
    }
    update(padding.data(), before_length + 8);
    std::string text;
    text.reserve(64);
    for (const std::uint32_t word : context_->state) {
        for (int shift = 28; shift >= 0; shift -= 4) {
            text += "0123456789abcdef"[word >> shift & 15];
        }
    }
    return text;
}

std::string sha256_hex(std::string_view bytes)
{
    return Sha256().update(bytes).hex();
}

}  // namespace attnsweep::files
