#include "files/checksum.h"

#include <gtest/gtest.h>

#include <string>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace attnsweep::files {
namespace {

TEST(Crc32c, CheckValueOfTheCastagnoliPolynomial)
{
    EXPECT_EQ(crc32c("123456789", 9), 0xE3069283u);
    EXPECT_EQ(crc32c("", 0), 0u);
}

TEST(Crc32c, GoesOnWhereItStopped)
{
    const std::string text = "the quick brown fox jumps over the lazy dog";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        EXPECT_EQ(crc32c(text.data() + cut, text.size() - cut, crc32c(text.data(), cut)),
                  crc32c(text.data(), text.size()));
    }
}

TEST(Crc32c, SeesEverySingleBit)
{
    std::string text(64, 'a');
    const std::uint32_t before = crc32c(text.data(), text.size());
    for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_NE(crc32c(text.data(), text.size()), before);
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    }
}

#ifdef __x86_64__

bool tells_what_is_in_use()
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __builtin_cpu_supports("avx") && __get_cpuid_count(0xd, 1, &a, &b, &c, &d) != 0 && (a & 4) != 0;
}

[[gnu::target("avx")]] void clear_upper_registers()
{
    _mm256_zeroupper();
}

// Whether the upper parts of the first 16 vector registers, those of AVX and of AVX-512, hold numbers.
[[gnu::target("xsave")]] bool upper_registers_are_in_use()
{
    return (_xgetbv(1) & 0x44) != 0;
}

// ISA-L's code for AVX-512 does, and then slowed down everything after it on the same thread.
TEST(Crc32c, LeavesNothingInTheUpperRegisters)
{
    if (!tells_what_is_in_use()) {
        GTEST_SKIP() << "this processor does not tell which registers are in use";
    }
    clear_upper_registers();
    if (upper_registers_are_in_use()) {
        GTEST_SKIP() << "this processor calls registers of zeros in use";
    }
    for (const std::size_t size : {1, 100, 1000, 100'000}) {
        const std::string bytes(size, 'x');
        crc32c(bytes.data(), bytes.size());
        EXPECT_FALSE(upper_registers_are_in_use()) << "after " << size << " bytes";
    }
}

#endif

TEST(Sha256, KnownDigests)
{
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(Sha256().update("a").update("bc").hex(), sha256_hex("abc"));
}

}  // namespace
}  // namespace attnsweep::files
