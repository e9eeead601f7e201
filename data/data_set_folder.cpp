#include "data/data_set_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <regex>
#include <set>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "data/error.h"

namespace attnsweep::data {
namespace {

namespace fs = std::filesystem;

// Kind, generation, and the ending of a file that is still being written.
const std::regex& shard_pattern()
{
    static const std::regex pattern(R"((stft|cqt)-\d{5,9}(?:-(\d{1,9}))?\.h5(\.partial|\.tmp-.*)?)");
    return pattern;
}

std::int64_t generation_of(const std::string& name, configs::Spectrogram spectrogram)
{
    std::smatch parts;
    if (!std::regex_match(name, parts, shard_pattern()) || parts[1] != configs::to_string(spectrogram)) {
        return 0;
    }
    return parts[2].matched ? std::stoll(parts[2]) : 1;
}

std::set<std::string> names_in(const fs::path& folder)
{
    std::set<std::string> names;
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        names.insert(entry->path().filename().string());
    }
    return names;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
{
    if (descriptor_ < 0) {
        throw Error(fmt::format("{}: cannot be opened: {}", folder.string(), std::strerror(errno)), folder, errno);
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        ::close(descriptor_);
        throw Error(
            fmt::format("{}: another ingest is writing here; wait for it or give another --out", folder.string()),
            folder);
    }
}

FolderLock::~FolderLock()
{
    ::close(descriptor_);
}

bool FolderLock::is_of(const fs::path& folder) const
{
    struct stat locked{}, there{};
    return ::fstat(descriptor_, &locked) == 0 && ::stat(folder.c_str(), &there) == 0 && locked.st_dev == there.st_dev &&
           locked.st_ino == there.st_ino;
}

std::string what_is_no_file(const fs::path& path)
{
    std::error_code code;
    switch (fs::status(path, code).type()) {
    case fs::file_type::directory:
        return "is a folder, no file";
    case fs::file_type::fifo:
        return "is a pipe (FIFO), no file";
    case fs::file_type::socket:
        return "is a socket, no file";
    case fs::file_type::block:
    case fs::file_type::character:
        return "is a device, no file";
    default:
        return {};
    }
}

std::string shard_name(configs::Spectrogram spectrogram, std::int64_t number, std::int64_t generation)
{
    return fmt::format("{}-{:05}{}.h5", configs::to_string(spectrogram), number,
                       generation > 1 ? fmt::format("-{}", generation) : "");
}

std::int64_t free_generation(const fs::path& folder, configs::Spectrogram spectrogram,
                             const std::optional<DataSetFile>& there)
{
    std::set<std::string> names = names_in(folder);
    if (there) {
        names.merge(listed_shards(*there));
    }
    std::int64_t newest = 0;
    for (const std::string& name : names) {
        newest = std::max(newest, generation_of(name, spectrogram));
    }
    return newest + 1;
}

std::vector<std::string> other_shards(const fs::path& folder, const DataSetFile& file)
{
    const std::set<std::string> listed = listed_shards(file);
    std::vector<std::string> names;
    for (const std::string& name : names_in(folder)) {
        if (std::regex_match(name, shard_pattern()) && !listed.contains(name)) {
            names.push_back(name);
        }
    }
    return names;
}

void remove_other_shards(const fs::path& folder, const std::optional<DataSetFile>& stays,
                         const std::set<std::string>& kept)
{
    std::set<std::string> listed = kept;
    if (stays) {
        listed.merge(listed_shards(*stays));
    }
    for (const std::string& name : names_in(folder)) {
        const bool is_half_description = name.starts_with(std::string(data_set_file_name) + ".tmp-");
        std::error_code ignored;
        if ((is_half_description || std::regex_match(name, shard_pattern())) && !listed.contains(name)) {
            fs::remove(folder / name, ignored);
        }
    }
}

bool may_list(const fs::path& folder, const std::string& shard)
{
    std::error_code code;
    if (!fs::exists(folder / data_set_file_name, code) && !code) {
        return false;
    }
    try {
        return listed_shards(read_data_set_file(folder)).contains(shard);
    } catch (const Error&) {
        return true;
    }
}

}  // namespace attnsweep::data
