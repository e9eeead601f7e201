#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace attnsweep::files {

/// Returns the folder for temporary files: TMPDIR, or /tmp or /var/tmp where TMPDIR names a folder that is gone (that of an
/// earlier job) or cannot be written. If none of them can be used, the one that was named.
std::filesystem::path scratch_folder();

/// Remedy for when files cannot be written there.
inline constexpr const char* scratch_remedy = "name another folder with TMPDIR";

/// Stores bytes that may be too many for memory. Beyond a few hundred kB they go to an unnamed file in
/// scratch_folder(), which is gone with the object, or with the process however it ends. Not thread-safe.
class ScratchFile {
public:
    ScratchFile() = default;
    ~ScratchFile();
    ScratchFile(ScratchFile&& other) noexcept;
    ScratchFile& operator=(ScratchFile&&) = delete;

    /// Appends bytes; returns their offset. Throws Error.
    std::uint64_t append(std::string_view bytes);

    /// Returns `bytes` bytes from `offset`, all of which were appended. Throws Error.
    std::string read(std::uint64_t offset, std::size_t bytes) const;

    /// Calls `taken` for each appended line, without line ends. Throws Error.
    void each_line(const std::function<void(std::string_view)>& taken) const;

private:
    void write_out();

    std::filesystem::path folder_;
    int file_ = -1;              // none yet
    std::uint64_t written_ = 0;  // bytes in the file
    std::string unwritten_;      // that follow those
};

}  // namespace attnsweep::files
