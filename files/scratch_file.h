#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace attnsweep::files {

/// Where temporary files go: TMPDIR, else /tmp. Not looked at.
std::filesystem::path scratch_folder();

/// What to do where they cannot.
inline constexpr const char* scratch_remedy = "name another folder with TMPDIR";

/// Bytes put aside that would be too many for memory. What is more than a few hundred kB lies in a file without a name in
/// scratch_folder(), which is gone with the object, or with the process however it ends. Not thread-safe.
class ScratchFile {
public:
    ScratchFile() = default;
    ~ScratchFile();
    ScratchFile(ScratchFile&& other) noexcept;
    ScratchFile& operator=(ScratchFile&&) = delete;

    /// Behind all that is there; returns where it begins. Throws Error.
    std::uint64_t append(std::string_view bytes);

    /// So many bytes from `offset`, all of which were appended. Throws Error.
    std::string read(std::uint64_t offset, std::size_t bytes) const;

    /// What was appended, a line at a time, without the line ends. Throws Error.
    void each_line(const std::function<void(std::string_view)>& taken) const;

private:
    void write_out();

    std::filesystem::path folder_;
    int file_ = -1;              // none yet
    std::uint64_t written_ = 0;  // bytes in the file
    std::string unwritten_;      // that come behind them
};

}  // namespace attnsweep::files
