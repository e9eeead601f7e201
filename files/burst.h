#pragma once

#include <filesystem>
#include <span>
#include <string_view>

namespace attnsweep::files {

struct NewFile {
    std::filesystem::path path;
    std::string_view bytes;
};

/// Writes several files durably, each atomically. Writing to disk starts for all before the first is waited for, and a
/// folder that holds several is synced once. When it throws Error, some may be in place; temporary files are removed.
void write_durably(std::span<const NewFile> files);

/// Writes a burst of files durably into folders just created below `top`; also syncs the folders above them, up to the
/// entries in `top`. Syncs many files together with the rest of their file system (syncfs) if that is as safe. Throws
/// Error.
void write_burst_durably(std::span<const NewFile> files, const std::filesystem::path& top);

}  // namespace attnsweep::files
