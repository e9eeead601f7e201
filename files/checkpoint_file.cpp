#include "files/checkpoint_file.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <tuple>

namespace attnsweep::files {

namespace fs = std::filesystem;

std::optional<CheckpointFile> checkpoint_file(const fs::path& path)
{
    constexpr std::string_view begin = "checkpoint-", end = ".ckpt", old_end = ".pt";
    const std::string name = path.filename().string();
    const std::size_t ending = name.ends_with(end) ? end.size() : name.ends_with(old_end) ? old_end.size() : 0;
    if (!name.starts_with(begin) || ending == 0 || name.size() < begin.size() + ending) {
        return std::nullopt;
    }
    CheckpointFile file{path, 0, 0};
    const char* const last = name.data() + name.size() - ending;
    const auto epoch = std::from_chars(name.data() + begin.size(), last, file.epoch);
    if (epoch.ec != std::errc() || epoch.ptr == last || *epoch.ptr != '-') {
        return std::nullopt;
    }
    const auto batch = std::from_chars(epoch.ptr + 1, last, file.batch);
    if (batch.ec != std::errc() || batch.ptr != last) {
        return std::nullopt;
    }
    return file;
}

std::vector<CheckpointFile> checkpoint_files(const std::vector<fs::path>& folders)
{
    std::vector<CheckpointFile> all;
    for (const fs::path& folder : folders) {
        const auto first_here = static_cast<std::ptrdiff_t>(all.size());
        std::error_code none;
        for (fs::directory_iterator entry(folder, none), end; !none && entry != end; entry.increment(none)) {
            if (auto file = checkpoint_file(entry->path())) {
                all.push_back(std::move(*file));
            }
        }
        std::sort(all.begin() + first_here, all.end(), [](const CheckpointFile& a, const CheckpointFile& b) {
            return std::tie(a.epoch, a.batch) > std::tie(b.epoch, b.batch);
        });
    }
    return all;
}

std::vector<fs::path> torn_checkpoints(const std::vector<fs::path>& folders)
{
    std::vector<fs::path> torn;
    for (const fs::path& folder : folders) {
        std::error_code none;
        for (fs::directory_iterator entry(folder, none), end; !none && entry != end; entry.increment(none)) {
            const std::string name = entry->path().filename().string();
            if (name.starts_with("checkpoint-") && name.find(".tmp-") != std::string::npos) {
                torn.push_back(entry->path());
            }
        }
    }
    return torn;
}

void remove_checkpoints(const std::vector<fs::path>& folders) noexcept
{
    // Not synced: `attnsweep gc` removes a file that a power cut brings back.
    std::error_code none;
    for (const CheckpointFile& checkpoint : checkpoint_files(folders)) {
        fs::remove(checkpoint.path, none);
    }
    for (const fs::path& torn : torn_checkpoints(folders)) {
        fs::remove(torn, none);
    }
}

}  // namespace attnsweep::files
