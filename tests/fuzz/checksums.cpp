#include "tests/fuzz/checksums.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "files/checksum.h"

// Exported by libhdf5, in none of its headers.
extern "C" std::uint32_t H5_checksum_lookup3(const void* bytes, std::size_t size, std::uint32_t initial);

namespace attnsweep::tests {

namespace {

constexpr std::string_view trailer_mark = "CRC32C:";
constexpr std::size_t digits = 8;

std::string crc_of(std::string_view bytes)
{
    std::array<char, digits + 1> text{};
    std::snprintf(text.data(), text.size(), "%08x", files::crc32c(bytes.data(), bytes.size()));
    return text.data();
}

std::uint32_t checksum_of(const std::string& bytes, std::size_t begin, std::size_t size, std::size_t checksum)
{
    std::string block = bytes.substr(begin, size);
    if (checksum < begin + size) {
        std::memset(block.data() + (checksum - begin), 0, sizeof(std::uint32_t));
    }
    return H5_checksum_lookup3(block.data(), block.size(), 0);
}

std::uint32_t number_at(const std::string& bytes, std::size_t at)
{
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
}

}  // namespace

std::string with_trailer(std::string bytes)
{
    const std::size_t size = trailer_mark.size() + digits;
    if (bytes.size() > size) {
        bytes.resize(bytes.size() - size);
        bytes += std::string(trailer_mark) + crc_of(bytes);
    }
    return bytes;
}

std::string with_crc_in_header(std::string bytes)
{
    constexpr std::string_view before = "{\"__metadata__\":{\"crc32c\":\"";
    const std::size_t place = sizeof(std::uint64_t) + before.size();
    if (bytes.size() < place + digits || bytes.compare(sizeof(std::uint64_t), before.size(), before) != 0) {
        return with_trailer(std::move(bytes));
    }
    bytes.replace(place, digits, std::string(digits, '0'));
    return bytes.replace(place, digits, crc_of(bytes));
}

std::string with_line_checksums(std::string bytes)
{
    for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
        if (end - begin > digits + 1) {
            const std::string_view text = std::string_view(bytes).substr(begin, end - begin).substr(digits + 1);
            bytes.replace(begin, digits + 1, crc_of(text) + " ");
        }
        begin = end + 1;
    }
    return bytes;
}

Hdf5Checksums::Hdf5Checksums(const std::vector<std::string>& files)
{
    // Superblock, object header and its continuation.
    for (const std::string_view signature : {"\x89HDF", "OHDR", "OCHK"}) {
        for (const std::string& file : files) {
            for (auto at = file.find(signature); at != std::string::npos; at = file.find(signature, at + 1)) {
                find(file, at);
            }
        }
    }
}

// The lengths stand in the metadata, in a different place in each kind of block: it is shorter to try them.
void Hdf5Checksums::find(const std::string& file, std::size_t begin)
{
    constexpr std::size_t longest = 4096, width = sizeof(std::uint32_t);
    const std::string signature = file.substr(begin, 4);
    const std::size_t rest = file.size() - begin;
    for (std::size_t size = 8; size < longest && size + width <= rest; ++size) {
        if (checksum_of(file, begin, size, begin + size) == number_at(file, begin + size)) {
            blocks_.push_back({signature, begin, size, begin + size});
            return;
        }
    }
    for (std::size_t size = 512; size <= longest && size <= rest; size *= 2) {
        for (std::size_t place = 13; place < 24; ++place) {
            if (checksum_of(file, begin, size, begin + place) == number_at(file, begin + place)) {
                blocks_.push_back({signature, begin, size, begin + place});
                return;
            }
        }
    }
}

std::string Hdf5Checksums::renew(std::string bytes) const
{
    for (const Block& block : blocks_) {
        const std::size_t end = std::max(block.begin + block.size, block.checksum + sizeof(std::uint32_t));
        if (bytes.size() >= end && bytes.compare(block.begin, 4, block.signature) == 0) {
            const std::uint32_t checksum = checksum_of(bytes, block.begin, block.size, block.checksum);
            std::memcpy(bytes.data() + block.checksum, &checksum, sizeof checksum);
        }
    }
    return bytes;
}

}  // namespace attnsweep::tests
