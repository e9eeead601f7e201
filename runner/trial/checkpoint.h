#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace attnsweep::runner {

/// A named part of a checkpoint, such as the network's weights or the optimizer's state. Kept bit by bit.
struct CheckpointPart {
    std::string name;
    std::string_view bytes;  ///< when writing the caller's, when reading in Checkpoint::storage
};

/// Holds a checkpoint as read. The parts point into `storage`, so it can be moved but not copied.
struct Checkpoint {
    std::filesystem::path path;
    nlohmann::json state;
    std::vector<CheckpointPart> parts;
    std::string storage;

    Checkpoint() = default;  // NOLINT(bugprone-exception-escape): the JSON null of `state` takes no memory
    Checkpoint(Checkpoint&&) = default;
    Checkpoint& operator=(Checkpoint&&) = default;
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;

    /// Returns a part's bytes. Throws Error naming the checkpoint and the part if the part is missing.
    std::string_view part(const std::string& name) const;
};

/// Writes and finds a trial's checkpoints: in its own attempt's folder, into which it writes, and in those of earlier attempts,
/// from which it may resume. Files are `checkpoint-EPOCH-BATCH.ckpt` with a checksum of the whole file (files::write_checked). The
/// two newest in all these folders are kept: the newest, and one to fall back on if that is damaged.
class CheckpointFolders {
public:
    using Log = std::function<void(const std::string&)>;

    /// `earlier`: newest first.
    CheckpointFolders(std::filesystem::path own, std::vector<std::filesystem::path> earlier, Log log);

    /// Writes a checkpoint, durable on return, then removes all but the two newest. `bytes`: from encode_checkpoint(). Throws
    /// files::Error; the checkpoints there then stay.
    std::filesystem::path write(int epoch, std::int64_t batch, std::string_view bytes);

    /// Returns the newest intact checkpoint: the furthest of the newest attempt that has any. Damaged ones are logged, skipped, and
    /// removed when the next checkpoint has been written.
    std::optional<Checkpoint> newest();

private:
    std::vector<std::filesystem::path> newest_first() const;
    void remove_torn() const;

    std::vector<std::filesystem::path> folders_;  // newest attempt first; [0] is the own one
    std::vector<std::filesystem::path> damaged_;
    Log log_;
};

/// Returns the bytes of a checkpoint: magic, length of the JSON text, JSON (state and table of parts), parts.
std::string encode_checkpoint(const nlohmann::json& state, const std::vector<CheckpointPart>& parts);
/// Decodes the bytes of a checkpoint. `path`: for messages. Throws Error if they are not a checkpoint of this version.
Checkpoint decode_checkpoint(std::string bytes, const std::filesystem::path& path);

}  // namespace attnsweep::runner
