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

/// A named piece of a checkpoint: the network's weights, the optimizer's state. Kept bit by bit.
struct CheckpointPart {
    std::string name;
    std::string_view bytes;  ///< the owner's when writing, of Checkpoint::storage when reading
};

/// A checkpoint as read: the parts' bytes lie in `storage`, so it is moved, not copied.
struct Checkpoint {
    std::filesystem::path path;
    nlohmann::json state;
    std::vector<CheckpointPart> parts;
    std::string storage;

    Checkpoint() = default;
    Checkpoint(Checkpoint&&) = default;
    Checkpoint& operator=(Checkpoint&&) = default;
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;

    /// Throws Error naming the checkpoint and the part when it is not there.
    std::string_view part(const std::string& name) const;
};

/// Where a trial's checkpoints lie: its own attempt's folder, into which it writes, and those of earlier attempts, from
/// which it may go on. Files are `checkpoint-EPOCH-BATCH.ckpt` with a checksum over all (files::write_checked); of all
/// these folders the two newest are kept: the newest, and one to fall back on should that be damaged.
class CheckpointFolders {
public:
    using Log = std::function<void(const std::string&)>;

    /// `earlier`: newest first.
    CheckpointFolders(std::filesystem::path own, std::vector<std::filesystem::path> earlier, Log log);

    /// `bytes`: encode_checkpoint's. Durable on return; then the third newest and older go. Throws files::Error; what was
    /// there stays then.
    std::filesystem::path write(int epoch, std::int64_t batch, std::string_view bytes);

    /// The newest that is whole: the furthest of the newest attempt that has any. Damaged ones are named in the log,
    /// passed over, and removed when the next checkpoint stands.
    std::optional<Checkpoint> newest();

private:
    std::vector<std::filesystem::path> newest_first() const;
    void remove_torn() const;

    std::vector<std::filesystem::path> folders_;  // newest attempt first; [0] is the own one
    std::vector<std::filesystem::path> damaged_;
    Log log_;
};

/// The bytes of a checkpoint: magic, length of the JSON text, JSON (state and table of parts), parts.
std::string encode_checkpoint(const nlohmann::json& state, const std::vector<CheckpointPart>& parts);
/// Throws Error when the bytes are no checkpoint of this version.
Checkpoint decode_checkpoint(std::string bytes, const std::filesystem::path& path);

}  // namespace attnsweep::runner
