#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace attnsweep::files {

/// Returns the CRC-32C (Castagnoli) of `size` bytes; `start` is that of the bytes before them. Thread-safe.
std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t start = 0);

/// Returns the SHA-256 as 64 hex digits.
std::string sha256_hex(std::string_view bytes);

/// Computes the SHA-256 of bytes that arrive in pieces.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    Sha256& update(const void* data, std::size_t size);
    Sha256& update(std::string_view bytes) { return update(bytes.data(), bytes.size()); }
    std::string hex();  ///< once, at the end

private:
    struct Context;
    Context* context_;
};

/// Computes the MD5 of bytes that arrive in pieces: to check files whose format holds one (FLAC), for nothing else.
class Md5 {
public:
    Md5();
    ~Md5();
    Md5(const Md5&) = delete;
    Md5& operator=(const Md5&) = delete;
    void update(const void* data, std::size_t size);
    std::array<std::uint8_t, 16> digest();  ///< once, at the end

private:
    struct Context;
    Context* context_;
};

}  // namespace attnsweep::files
