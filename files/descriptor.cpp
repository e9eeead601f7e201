#include "files/descriptor.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "files/error.h"

namespace attnsweep::files {

Descriptor::Descriptor(const std::filesystem::path& path, int flags, mode_t mode) : path_(path)
{
    do {
        number_ = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    } while (number_ < 0 && errno == EINTR);
    if (number_ < 0) {
        const int code = errno;
        const bool may_not_read = (flags & O_ACCMODE) == O_RDONLY && (code == EACCES || code == EPERM);
        throw Error(path, (flags & O_CREAT) ? "cannot be created" : "cannot be opened", code,
                    may_not_read ? "give yourself read permission there" : "");
    }
}

Descriptor::~Descriptor()
{
    if (number_ >= 0) {
        ::close(number_);
    }
}

void Descriptor::sync() const
{
    // EINVAL: the file system cannot sync a folder, so there is nothing to do.
    if (::fsync(number_) != 0 && errno != EINVAL) {
        throw Error(path_, "cannot be synced to disk", errno);
    }
}

void Descriptor::sync_file_system() const
{
    if (::syncfs(number_) != 0) {
        throw Error(path_, "its file system cannot be synced to disk", errno);
    }
    // A file system that became read-only after an error reports success, since it has nothing to sync.
    struct statvfs status{};
    if (::fstatvfs(number_, &status) != 0 || (status.f_flag & ST_RDONLY) != 0) {
        throw Error(path_, "its file system cannot be synced to disk", EROFS);
    }
}

void Descriptor::close()
{
    if (::close(std::exchange(number_, -1)) != 0 && errno != EINTR) {
        throw Error(path_, "cannot be closed", errno);
    }
}

std::size_t read_some(const std::filesystem::path& path, int number, char* bytes, std::size_t size)
{
    ssize_t got = 0;
    do {
        got = ::read(number, bytes, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        throw Error(path, "cannot be read", errno);
    }
    return static_cast<std::size_t>(got);
}

void write_all(const std::filesystem::path& path, int number, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(number, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            throw Error(path, "cannot be written", errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace attnsweep::files
