#include "files/checksum.h"

#include <algorithm>
#include <array>

#include <isa-l/crc.h>
#include <nettle/md5.h>
#include <nettle/sha2.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace attnsweep::files {

namespace {

// ISA-L's AVX-512 code returns with numbers in the upper parts of the vector registers. While they are there, some processors run what was
// compiled without AVX, as most of this program and libm's log10f, up to 25 times slower.
#ifdef __x86_64__
[[gnu::target("avx")]] void clear_upper_registers()
{
    _mm256_zeroupper();
}
#endif

std::uint32_t crc32c_by_isal(unsigned char* bytes, std::size_t size, std::uint32_t start)
{
    const std::uint32_t crc = crc32_iscsi(bytes, static_cast<int>(size), start);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx")) {
        clear_upper_registers();
    }
#endif
    return crc;
}

}  // namespace

std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t start)
{
    // ISA-L takes an int length and leaves the customary inversions to the caller.
    constexpr std::size_t piece = std::size_t{1} << 30;
    auto* bytes = static_cast<unsigned char*>(const_cast<void*>(data));
    std::uint32_t crc = ~start;
    while (size > 0) {
        const std::size_t now = std::min(size, piece);
        crc = crc32c_by_isal(bytes, now, crc);
        bytes += now;
        size -= now;
    }
    return ~crc;
}

struct Sha256::Context {
    sha256_ctx state;
};

Sha256::Sha256() : context_(new Context)
{
    sha256_init(&context_->state);
}

Sha256::~Sha256()
{
    delete context_;
}

Sha256& Sha256::update(const void* data, std::size_t size)
{
    sha256_update(&context_->state, size, static_cast<const std::uint8_t*>(data));
    return *this;
}

std::string Sha256::hex()
{
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&context_->state, digest.size(), digest.data());
    std::string text;
    text.reserve(2 * digest.size());
    for (const std::uint8_t byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

std::string sha256_hex(std::string_view bytes)
{
    return Sha256().update(bytes).hex();
}

struct Md5::Context {
    md5_ctx state;
};

Md5::Md5() : context_(new Context)
{
    md5_init(&context_->state);
}

Md5::~Md5()
{
    delete context_;
}

void Md5::update(const void* data, std::size_t size)
{
    md5_update(&context_->state, size, static_cast<const std::uint8_t*>(data));
}

std::array<std::uint8_t, 16> Md5::digest()
{
    std::array<std::uint8_t, MD5_DIGEST_SIZE> digest{};
    md5_digest(&context_->state, digest.size(), digest.data());
    return digest;
}

}  // namespace attnsweep::files
