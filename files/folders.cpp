#include "files/folders.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "files/descriptor.h"
#include "files/error.h"

namespace attnsweep::files {

namespace {

template <class Made> void make_folders(const std::filesystem::path& path, const Made& made_in)
{
    if (path.empty()) {
        return;
    }
    const std::filesystem::path parent = folder_of(path);
    int code = ::mkdir(path.c_str(), 0777) == 0 ? 0 : errno;
    if (code == ENOENT && parent != path) {
        make_folders(parent, made_in);
        code = ::mkdir(path.c_str(), 0777) == 0 ? 0 : errno;
    }
    // mkdir on an existing folder may fail with EEXIST, EROFS, EACCES or EISDIR: it exists.
    std::error_code unseen;
    if (code != 0 && std::filesystem::is_directory(path, unseen)) {
        return;
    }
    if (code != 0) {
        throw Error(path, "the folder cannot be created", code);
    }
    made_in(parent);
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& path)
{
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void insert_folders_above(const std::filesystem::path& path, const std::filesystem::path& top,
                          std::set<std::filesystem::path>& folders)
{
    for (std::filesystem::path folder = path; folder != top && folder != folder_of(folder);) {
        folders.insert(folder = folder_of(folder));
    }
}

void sync_folder(const std::filesystem::path& folder)
{
    Descriptor(folder, O_RDONLY | O_DIRECTORY).sync();
}

void create_folders(const std::filesystem::path& path)
{
    make_folders(path, sync_folder);
}

void create_folders_unsynced(const std::filesystem::path& path)
{
    make_folders(path, [](const std::filesystem::path&) {});
}

void sync_folders(const std::filesystem::path& path, const std::filesystem::path& top)
{
    std::set<std::filesystem::path> folders;
    insert_folders_above(path, top, folders);
    for (const std::filesystem::path& folder : folders) {
        sync_folder(folder);
    }
}

}  // namespace attnsweep::files
