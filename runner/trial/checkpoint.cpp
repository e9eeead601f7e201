#include "runner/trial/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include "configs/json_reason.h"
#include "files/checkpoint_file.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "runner/error.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "attnsweep checkpoint 1\n";
constexpr std::size_t kept = 2;

}  // namespace

std::string_view Checkpoint::part(const std::string& name) const
{
    for (const CheckpointPart& part : parts) {
        if (part.name == name) {
            return part.bytes;
        }
    }
    throw Error(path.string() + ": it lacks the part '" + name + "'; it was written by another version of attnsweep");
}

std::string encode_checkpoint(const nlohmann::json& state, const std::vector<CheckpointPart>& parts)
{
    nlohmann::json table = nlohmann::json::array();
    std::size_t parts_size = 0;
    for (const CheckpointPart& part : parts) {
        table.push_back({{"name", part.name}, {"size", part.bytes.size()}});
        parts_size += part.bytes.size();
    }
    const std::string text = nlohmann::json{{"state", state}, {"parts", table}}.dump();
    const std::uint64_t text_size = text.size();

    // One allocation of the final size: a checkpoint of the paper's network takes several hundred megabytes.
    std::string bytes;
    bytes.reserve(magic.size() + sizeof text_size + text.size() + parts_size);
    bytes += magic;
    bytes.append(reinterpret_cast<const char*>(&text_size), sizeof text_size);
    bytes += text;
    for (const CheckpointPart& part : parts) {
        bytes += part.bytes;
    }
    return bytes;
}

Checkpoint decode_checkpoint(std::string bytes, const fs::path& path)
{
    const auto not_one = [&](const std::string& why) {
        return Error(path.string() + ": not a checkpoint of this version of attnsweep (" + why + ")");
    };
    std::uint64_t text_size = 0;
    const std::size_t text_begin = magic.size() + sizeof text_size;
    if (!bytes.starts_with(magic) || bytes.size() < text_begin) {
        throw not_one("its first bytes differ");
    }
    std::memcpy(&text_size, bytes.data() + magic.size(), sizeof text_size);
    if (text_size > bytes.size() - text_begin) {
        throw not_one("its table is longer than the file");
    }
    Checkpoint checkpoint;
    checkpoint.path = path;
    checkpoint.storage = std::move(bytes);
    const std::string_view storage = checkpoint.storage;
    std::string_view rest = storage.substr(text_begin + text_size);
    try {
        nlohmann::json content = nlohmann::json::parse(storage.substr(text_begin, text_size));
        for (const nlohmann::json& entry : content.at("parts")) {
            const auto size = entry.at("size").get<std::size_t>();
            if (size > rest.size()) {
                throw not_one("a part lies beyond its end");
            }
            checkpoint.parts.push_back({entry.at("name").get<std::string>(), rest.substr(0, size)});
            rest.remove_prefix(size);
        }
        checkpoint.state = std::move(content.at("state"));
    } catch (const nlohmann::json::exception& error) {
        throw not_one(configs::json_reason(error.what()));
    }
    if (!rest.empty()) {
        throw not_one("bytes follow its last part");
    }
    return checkpoint;
}

CheckpointFolders::CheckpointFolders(fs::path own, std::vector<fs::path> earlier, Log log) : log_(std::move(log))
{
    folders_.push_back(std::move(own));
    for (fs::path& folder : earlier) {
        if (std::find(folders_.begin(), folders_.end(), folder) == folders_.end()) {
            folders_.push_back(std::move(folder));
        }
    }
}

fs::path CheckpointFolders::write(int epoch, std::int64_t batch, std::string_view bytes)
{
    char name[64];
    std::snprintf(name, sizeof name, "checkpoint-%05d-%08lld.ckpt", epoch, static_cast<long long>(batch));
    fs::path path = folders_.front() / name;
    files::write_checked(path, bytes);
    remove_torn();
    // A damaged checkpoint must not replace an intact one among those kept.
    for (const fs::path& damaged : damaged_) {
        if (damaged != path) {
            files::remove_durably(damaged);
        }
    }
    damaged_.clear();
    const std::vector<fs::path> all = newest_first();
    for (std::size_t i = kept; i < all.size(); ++i) {
        files::remove_durably(all[i]);
    }
    return path;
}

std::optional<Checkpoint> CheckpointFolders::newest()
{
    for (const fs::path& path : newest_first()) {
        std::string why;
        try {
            return decode_checkpoint(files::read_checked(path), path);
        } catch (const files::Error& error) {
            if (error.code() != 0) {  // it could not be read, so it may be intact: it stays
                log_("checkpoint skipped: " + std::string(error.what()));
                continue;
            }
            why = error.what();
        } catch (const Error& error) {
            why = error.what();
        }
        log_("checkpoint skipped: " + why);
        damaged_.push_back(path);
    }
    return std::nullopt;
}

void CheckpointFolders::remove_torn() const
{
    for (const fs::path& torn : files::torn_checkpoints(folders_)) {
        files::remove_durably(torn);
    }
}

std::vector<fs::path> CheckpointFolders::newest_first() const
{
    std::vector<fs::path> all;
    for (files::CheckpointFile& checkpoint : files::checkpoint_files(folders_)) {
        all.push_back(std::move(checkpoint.path));
    }
    return all;
}

}  // namespace attnsweep::runner
