#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::runner {

/// A checkpoint by its name, `checkpoint-EPOCH-BATCH.ckpt` (version 0.1.0: `.pt`): what can be said of it without reading
/// it.
struct CheckpointFile {
    std::filesystem::path path;
    int epoch = 1;           ///< the one being trained, from 1
    std::int64_t batch = 0;  ///< done of it

    int epochs_done() const { return epoch - 1; }
};

/// Reads a checkpoint's name. Returns nothing when the name is no checkpoint's (a temporary one's, another file's).
std::optional<CheckpointFile> checkpoint_file(const std::filesystem::path& path);

/// Returns all checkpoints that lie in the folders, in the order in which a trial goes on from them: the furthest of the first folder (the
/// newest attempt's) first. A folder that is not there has none.
std::vector<CheckpointFile> checkpoint_files(const std::vector<std::filesystem::path>& folders);

/// Returns temporary files of a process that was killed while it wrote one: hundreds of megabytes each for the paper's network.
std::vector<std::filesystem::path> torn_checkpoints(const std::vector<std::filesystem::path>& folders);

/// Removes all checkpoints, and what a killed process began of one: for a trial whose result is in the store. What cannot be
/// removed stays for `attnsweep gc`.
void remove_checkpoints(const std::vector<std::filesystem::path>& folders) noexcept;

}  // namespace attnsweep::runner
