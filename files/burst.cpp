#include "files/burst.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include "files/descriptor.h"
#include "files/durable_file.h"
#include "files/file_system.h"
#include "files/temporary.h"

namespace attnsweep::files {

namespace {

// syncfs also writes what other processes wrote: if it once took this long, each file is synced alone from then on.
constexpr std::chrono::milliseconds too_long{500};
std::atomic<bool> took_too_long = false;

/// Returns whether syncing the whole file system twice is faster than syncing each file and its folders, and as safe.
bool are_synced_as_one(const std::deque<Descriptor>& files)
{
    constexpr std::size_t few = 4;
    if (files.size() < few || took_too_long) {
        return false;
    }
    struct stat first{};
    struct statfs kind{};
    struct utsname kernel{};
    if (::fstat(files.front().number(), &first) != 0 || ::fstatfs(files.front().number(), &kind) != 0 ||
        ::uname(&kernel) != 0 || !syncs_as_one(kind.f_type, kernel.release)) {
        return false;
    }
    return std::all_of(files.begin(), files.end(), [&first](const Descriptor& file) {
        struct stat status{};
        return ::fstat(file.number(), &status) == 0 && status.st_dev == first.st_dev;
    });
}

void sync_as_one(const Descriptor& one)
{
    const auto began = std::chrono::steady_clock::now();
    one.sync_file_system();
    if (std::chrono::steady_clock::now() - began > too_long) {
        took_too_long = true;
    }
}

void sync_each(const std::deque<Descriptor>& files)
{
    // Starts writing all before waiting for the first: a journal then commits them together. A hint, not a guarantee.
    if (files.size() > 1) {
        for (const Descriptor& file : files) {
            (void)::sync_file_range(file.number(), 0, 0, SYNC_FILE_RANGE_WRITE);
        }
    }
    for (const Descriptor& file : files) {
        file.sync();
    }
}

/// `top` empty: neither the folders above nor the rest of the file system are synced.
void write_together(std::span<const NewFile> files, const std::filesystem::path& top)
{
    std::deque<Temporary> temporaries;
    std::deque<Descriptor> open;
    for (const NewFile& file : files) {
        const Temporary& temporary = temporaries.emplace_back(file.path);
        write_all(file.path, open.emplace_back(temporary.name(), O_WRONLY | O_CREAT | O_TRUNC).number(), file.bytes);
    }
    const bool as_one = !top.empty() && are_synced_as_one(open);
    if (as_one) {
        sync_as_one(open.front());
    } else {
        sync_each(open);
    }
    for (Descriptor& file : open) {
        file.close();
    }
    std::set<std::filesystem::path> folders;
    for (Temporary& temporary : temporaries) {
        temporary.put_in_place();
        folders.insert(folder_of(temporary.target()));
        if (!top.empty()) {
            insert_folders_above(folder_of(temporary.target()), top, folders);
        }
    }
    if (as_one) {
        return sync_as_one(Descriptor(*folders.begin(), O_RDONLY | O_DIRECTORY));
    }
    for (const std::filesystem::path& folder : folders) {
        sync_folder(folder);
    }
}

}  // namespace

void write_durably(std::span<const NewFile> files)
{
    write_together(files, {});
}

void write_burst_durably(std::span<const NewFile> files, const std::filesystem::path& top)
{
    write_together(files, top);
}

}  // namespace attnsweep::files
