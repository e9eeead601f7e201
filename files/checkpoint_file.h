#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::files {

/// Describes a checkpoint by its name, `checkpoint-EPOCH-BATCH.ckpt` (version 0.1.0: `.pt`), without reading the file.
struct CheckpointFile {
    std::filesystem::path path;
    int epoch = 1;           ///< the one being trained, from 1
    std::int64_t batch = 0;  ///< batches done of that epoch

    int epochs_done() const { return epoch - 1; }
};

/// Parses a checkpoint's name. Returns nothing if the name is not a checkpoint's (a temporary file's, another file's).
std::optional<CheckpointFile> checkpoint_file(const std::filesystem::path& path);

/// Returns all checkpoints in the folders, in the order in which a trial tries to resume from them: the furthest of the first
/// folder (the newest attempt's) first. A missing folder has none.
std::vector<CheckpointFile> checkpoint_files(const std::vector<std::filesystem::path>& folders);

/// Returns the temporary files of processes that were killed while they wrote a checkpoint: hundreds of megabytes each for the
/// paper's network.
std::vector<std::filesystem::path> torn_checkpoints(const std::vector<std::filesystem::path>& folders);

/// Removes all checkpoints and unfinished temporary ones of a trial whose result is in the store. Files that cannot be removed
/// are left to `attnsweep gc`.
void remove_checkpoints(const std::vector<std::filesystem::path>& folders) noexcept;

}  // namespace attnsweep::files
