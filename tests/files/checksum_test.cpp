#include "files/checksum.h"

#include <gtest/gtest.h>

#include <string>

#include "files/sha256_blocks.h"

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

TEST(Sha256, KnownDigests)
{
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(Sha256().update("a").update("bc").hex(), sha256_hex("abc"));
}

std::string some_bytes(std::size_t size)
{
    std::string text(size, 0);
    for (std::size_t index = 0; index < size; ++index) {
        text[index] = static_cast<char>((7 * index + 3) % 251);
    }
    return text;
}

TEST(Sha256, OfEveryLengthAndOfAMillionBytes)
{
    std::string digests;
    for (std::size_t size = 0; size <= 300; ++size) {
        digests += sha256_hex(some_bytes(size));
    }
    EXPECT_EQ(sha256_hex(digests),
              "d6b1da27fe7815284e7db54a61063f2e279778c678c2d01fa4c25118bee39570");  // Python's hashlib
    EXPECT_EQ(sha256_hex(std::string(1000000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnThePieces)
{
    const std::string text = some_bytes(300);
    for (std::size_t first = 0; first <= 130; ++first) {
        for (const std::size_t second : {0, 1, 63, 64, 65, 128, 150}) {
            Sha256 hash;
            hash.update(text.substr(0, first)).update(text.substr(first, second)).update(text.substr(first + second));
            EXPECT_EQ(hash.hex(), sha256_hex(text)) << first << " + " << second;
        }
    }
}

TEST(Sha256, TheProcessorsInstructionsAndLibmdAgree)
{
    const std::string text = some_bytes(64 * 40);
    const auto* blocks = reinterpret_cast<const std::uint8_t*>(text.data());
    Sha256State state = {1, 2, 3, 4, 5, 0xFFFFFFFF, 7, 0x80000000}, by_libmd = state;
    for (const std::size_t count : {1, 0, 2, 40}) {
        add_sha256_blocks(state, blocks, count);
        add_sha256_blocks_by_libmd(by_libmd, blocks, count);
        EXPECT_EQ(state, by_libmd) << count;
    }
}

}  // namespace
}  // namespace attnsweep::files
