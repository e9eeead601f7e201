#include "files/sha256_blocks.h"

#include <sha256.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace attnsweep::files {
namespace {

constexpr std::size_t block_bytes = 64;

#ifdef __x86_64__

// FIPS 180-4, 4.2.2.
alignas(16) constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

bool has_sha_instructions()
{
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    const bool has_sse41 = __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_SSE4_1) != 0;
    return has_sse41 && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & (1U << 29)) != 0;
}

// The instructions keep the words a to h in two registers, in the order in which two rounds at once need them.
__attribute__((target("sha,sse4.1"))) void add_by_instructions(Sha256State& state, const std::uint8_t* blocks,
                                                               std::size_t count)
{
    const auto word = [&](std::size_t index) { return static_cast<int>(state[index]); };
    __m128i abef = _mm_set_epi32(word(0), word(1), word(4), word(5));
    __m128i cdgh = _mm_set_epi32(word(2), word(3), word(6), word(7));
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    for (; count > 0; --count, blocks += block_bytes) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i words[4];  // the last 16 of the message schedule
#pragma GCC unroll 16
        for (std::size_t four = 0; four < 16; ++four) {
            __m128i& now = words[four % 4];
            if (four < 4) {
                now = _mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks) + four);
                now = _mm_shuffle_epi8(now, big_endian);
            } else {
                const __m128i before = words[(four + 3) % 4];
                const __m128i seven_before = _mm_alignr_epi8(before, words[(four + 2) % 4], 4);
                now = _mm_add_epi32(_mm_sha256msg1_epu32(now, words[(four + 1) % 4]), seven_before);
                now = _mm_sha256msg2_epu32(now, before);
            }
            const auto* constants = reinterpret_cast<const __m128i*>(round_constants.data()) + four;
            const __m128i keyed = _mm_add_epi32(now, _mm_load_si128(constants));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(keyed, 0x0E));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    alignas(16) std::array<std::uint32_t, 4> feba{}, hgdc{};
    _mm_store_si128(reinterpret_cast<__m128i*>(feba.data()), abef);
    _mm_store_si128(reinterpret_cast<__m128i*>(hgdc.data()), cdgh);
    state = {feba[3], feba[2], hgdc[3], hgdc[2], feba[1], feba[0], hgdc[1], hgdc[0]};
}

#endif

}  // namespace

void add_sha256_blocks_by_libmd(Sha256State& state, const std::uint8_t* blocks, std::size_t count)
{
    for (; count > 0; --count, blocks += block_bytes) {
        SHA256Transform(state.data(), blocks);
    }
}

void add_sha256_blocks(Sha256State& state, const std::uint8_t* blocks, std::size_t count)
{
#ifdef __x86_64__
    static const bool has_instructions = has_sha_instructions();
    if (has_instructions) {
        add_by_instructions(state, blocks, count);
        return;
    }
#endif
    add_sha256_blocks_by_libmd(state, blocks, count);
}

}  // namespace attnsweep::files
