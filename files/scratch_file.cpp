#include "files/scratch_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "files/disk_full.h"
#include "files/error.h"

namespace attnsweep::files {

namespace {

constexpr std::size_t piece_bytes = std::size_t{256} * 1024;

/// Opens a file in `folder` whose name is removed already.
int open_unnamed(const std::filesystem::path& folder)
{
    std::string name = (folder / "attnsweep-scratch-XXXXXX").string();
    const int file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file < 0) {
        throw Error(name, "cannot be created", errno, scratch_remedy);
    }
    ::unlink(name.c_str());
    return file;
}

}  // namespace

std::filesystem::path scratch_folder()
{
    const char* variable = std::getenv("TMPDIR");
    std::filesystem::path named = variable == nullptr || *variable == '\0' ? "/tmp" : variable;
    for (const std::filesystem::path& folder :
         {named, std::filesystem::path("/tmp"), std::filesystem::path("/var/tmp")}) {
        std::error_code none;
        if (std::filesystem::is_directory(folder, none) && ::access(folder.c_str(), W_OK | X_OK) == 0) {
            return folder;
        }
    }
    return named;
}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : folder_(std::move(other.folder_)), file_(std::exchange(other.file_, -1)),
      written_(std::exchange(other.written_, 0)), unwritten_(std::exchange(other.unwritten_, {}))
{
}

ScratchFile::~ScratchFile()
{
    if (file_ >= 0) {
        ::close(file_);
    }
}

std::uint64_t ScratchFile::append(std::string_view bytes)
{
    const std::uint64_t offset = written_ + unwritten_.size();
    unwritten_ += bytes;
    if (unwritten_.size() >= piece_bytes) {
        write_out();
    }
    return offset;
}

void ScratchFile::write_out()
{
    if (file_ < 0) {
        folder_ = scratch_folder();
        file_ = open_unnamed(folder_);
    }
    for (std::size_t done = 0; done < unwritten_.size();) {
        const ssize_t count = ::write(file_, unwritten_.data() + done, unwritten_.size() - done);
        if (count < 0 && errno != EINTR) {
            throw Error(folder_,
                        errno != EFBIG && is_disk_full(errno) ? "has no room for a temporary file"
                                                              : "a temporary file there cannot be written",
                        errno, scratch_remedy);
        }
        done += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    written_ += unwritten_.size();
    unwritten_.clear();
}

std::string ScratchFile::read(std::uint64_t offset, std::size_t bytes) const
{
    std::string text(bytes, '\0');
    std::size_t done = 0;
    while (done < bytes && offset + done < written_) {
        const std::size_t there = std::min<std::uint64_t>(bytes - done, written_ - offset - done);
        const ssize_t count = ::pread(file_, text.data() + done, there, static_cast<off_t>(offset + done));
        if (count == 0 || (count < 0 && errno != EINTR)) {
            throw Error(folder_, "a temporary file there cannot be read", count == 0 ? EIO : errno, scratch_remedy);
        }
        done += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    if (done < bytes) {
        unwritten_.copy(text.data() + done, bytes - done, offset + done - written_);
    }
    return text;
}

void ScratchFile::each_line(const std::function<void(std::string_view)>& taken) const
{
    const std::uint64_t end = written_ + unwritten_.size();
    std::string piece;
    for (std::uint64_t at = 0; at < end;) {
        const std::size_t count = std::min<std::uint64_t>(piece_bytes, end - at);
        piece += read(at, count);
        at += count;
        std::size_t begin = 0;
        for (std::size_t line_end; (line_end = piece.find('\n', begin)) != std::string::npos; begin = line_end + 1) {
            taken(std::string_view(piece).substr(begin, line_end - begin));
        }
        piece.erase(0, begin);
    }
    if (!piece.empty()) {
        taken(piece);
    }
}

}  // namespace attnsweep::files
