#include "files/safetensors.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <fcntl.h>

#include "files/checksum.h"
#include "files/descriptor.h"
#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::files {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian; so is this code");

namespace {

constexpr std::size_t length_bytes = 8;
// The beginning of a header that this program writes; the digits follow.
constexpr std::string_view metadata = "{\"__metadata__\":{\"crc32c\":\"";
constexpr std::string_view no_digits = "00000000";
constexpr std::size_t digits_at = length_bytes + metadata.size();

std::string digits_of(std::uint32_t crc)
{
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", crc);
    return digits.data();
}

bool is_with_metadata(std::string_view bytes)
{
    return bytes.size() >= digits_at + no_digits.size() && bytes.substr(length_bytes).starts_with(metadata);
}

/// Returns the JSON header of `bytes` without its padding; empty if there is none.
std::string_view header_of(std::string_view bytes, std::uint64_t& length)
{
    if (bytes.size() < length_bytes) {
        return {};
    }
    std::memcpy(&length, bytes.data(), length_bytes);
    if (length > bytes.size() - length_bytes) {
        return {};
    }
    const std::string_view header = bytes.substr(length_bytes, length);
    return header.substr(0, header.find_last_not_of(' ') + 1);
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::string_view bytes)
{
    std::uint64_t length = 0;
    const std::string_view header = header_of(bytes, length);
    if (header.size() < 2 || header.front() != '{' || is_with_metadata(bytes)) {
        throw Error(path, "cannot be written: its bytes do not begin with a safetensors header without metadata", 0);
    }
    const std::string_view numbers = bytes.substr(length_bytes + length);

    std::string text(metadata);
    text.append(no_digits).append(header == "{}" ? "\"}" : "\"},").append(header.substr(1));
    text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');  // aligns the numbers when mapped
    const std::uint64_t text_length = text.size();
    std::string head(reinterpret_cast<const char*>(&text_length), length_bytes);
    head += text;
    const std::uint32_t crc = crc32c(numbers.data(), numbers.size(), crc32c(head.data(), head.size()));
    head.replace(digits_at, no_digits.size(), digits_of(crc));

    write_durably(path, [&](const std::filesystem::path& temporary) {
        Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
        write_all(path, file.number(), head);
        write_all(path, file.number(), numbers);  // not joined with the header: they take hundreds of megabytes
        file.close();
    });
}

std::string read_safetensors(const std::filesystem::path& path)
{
    std::string bytes = read_file(path);
    if (!is_with_metadata(bytes)) {
        return read_checked(path);
    }
    const std::string digits = bytes.substr(digits_at, no_digits.size());
    bytes.replace(digits_at, no_digits.size(), no_digits);
    if (digits_of(crc32c(bytes.data(), bytes.size())) != digits) {
        throw Error(path, "damaged: its checksum does not match its " + std::to_string(bytes.size()) + " bytes", 0);
    }
    bytes.replace(digits_at, no_digits.size(), digits);
    return bytes;
}

}  // namespace attnsweep::files
