#include "files/durable_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/burst.h"
#include "files/checksum.h"
#include "files/descriptor.h"
#include "files/error.h"
#include "files/temporary.h"

namespace attnsweep::files {

namespace {

/// `named`: the path that a failed write reports.
void write_new(const std::filesystem::path& path, std::string_view bytes, const std::filesystem::path& named)
{
    Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
    write_all(named, file.number(), bytes);
    file.close();
}

/// Waits for the first bytes in a pipe; what follows may take its time.
void wait_for_writer(const std::filesystem::path& path, const Descriptor& pipe)
{
    constexpr int limit_ms = 5000;
    pollfd asked{pipe.number(), POLLIN, 0};
    // The shell's <(command) is a pipe without a name, which has a writer.
    const bool is_named = !path.string().starts_with("/dev/fd/") && !path.string().starts_with("/proc/");
    if (::poll(&asked, 1, is_named ? limit_ms : -1) == 0) {
        throw Error(path, "is a pipe into which no process has written anything for 5 s; give a file", 0);
    }
    ::fcntl(pipe.number(), F_SETFL, ::fcntl(pipe.number(), F_GETFL) & ~O_NONBLOCK);
}

constexpr std::string_view trailer_mark = "CRC32C:";  // then 8 hex digits

std::string trailer(std::string_view bytes)
{
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", crc32c(bytes.data(), bytes.size()));
    return std::string(trailer_mark) + digits.data();
}

}  // namespace

void write_durably(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& write)
{
    Temporary temporary(path);
    write(temporary.name());
    {
        Descriptor file(temporary.name(), O_RDONLY);
        file.sync();
        file.close();
    }
    temporary.put_in_place();
    sync_folder(folder_of(path));
}

void write_durably(const std::filesystem::path& path, std::string_view bytes)
{
    const NewFile file{path, bytes};
    write_durably(std::span(&file, 1));
}

void write_atomically(const std::filesystem::path& path, std::string_view bytes)
{
    Temporary temporary(path);
    write_new(temporary.name(), bytes, path);
    temporary.put_in_place();
}

void write_unsynced(const std::filesystem::path& path, std::string_view bytes)
{
    write_new(path, bytes, path);
}

void link_atomically(const std::filesystem::path& file, const std::filesystem::path& name)
{
    if (::link(file.c_str(), name.c_str()) == 0) {
        return;
    }
    Temporary temporary(name);
    if (::link(file.c_str(), temporary.name().c_str()) != 0) {
        write_atomically(name, read_file(file));
        return;
    }
    temporary.put_in_place();
    ::unlink(temporary.name().c_str());  // still exists if both were the same file already: then rename does nothing
}

CopiedFile copy_file(const std::filesystem::path& from, const std::filesystem::path& to, bool durable)
{
    const Descriptor in(from, O_RDONLY);
    Descriptor out(to, O_WRONLY | O_CREAT | O_TRUNC);
    CopiedFile copied;
    std::vector<char> piece(1 << 20);
    while (const std::size_t size = read_some(from, in.number(), piece.data(), piece.size())) {
        write_all(to, out.number(), {piece.data(), size});
        copied.crc32c = crc32c(piece.data(), size, copied.crc32c);
        copied.bytes += size;
    }
    if (durable) {
        out.sync();
    }
    out.close();
    return copied;
}

std::string read_file(const std::filesystem::path& path)
{
    const Descriptor file(path, O_RDONLY | O_NONBLOCK);  // a named pipe would block until another process opens it
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) {
        throw Error(path, "cannot be read", errno);
    }
    if (S_ISFIFO(status.st_mode)) {
        wait_for_writer(path, file);
    }
    if (S_ISDIR(status.st_mode)) {
        throw Error(path, "is a folder, a file was expected", 0);
    }
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {  // it may have no end
        throw Error(path, "is a device, a file was expected", 0);
    }
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t done = 0;
    for (;;) {
        if (done == bytes.size()) {
            bytes.resize(bytes.size() + 4096);  // it may have grown, or be a pipe that has no size
        }
        const std::size_t got = read_some(path, file.number(), bytes.data() + done, bytes.size() - done);
        if (got == 0) {
            break;
        }
        done += got;
    }
    bytes.resize(done);
    return bytes;
}

void remove_durably(const std::filesystem::path& path)
{
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT) {
            return;
        }
        throw Error(path, "cannot be removed", errno);
    }
    sync_folder(folder_of(path));
}

void write_checked(const std::filesystem::path& path, std::string_view bytes)
{
    write_durably(path, [&](const std::filesystem::path& temporary) {
        Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
        write_all(path, file.number(), bytes);
        write_all(path, file.number(), trailer(bytes));
        file.close();
    });
}

std::string read_checked(const std::filesystem::path& path)
{
    std::string bytes = read_file(path);
    const std::size_t trailer_size = trailer_mark.size() + 8;
    const bool whole =
        bytes.size() >= trailer_size && bytes.substr(bytes.size() - trailer_size) ==
                                            trailer(std::string_view(bytes).substr(0, bytes.size() - trailer_size));
    if (!whole) {
        throw Error(path, "damaged: its checksum does not match its " + std::to_string(bytes.size()) + " bytes", 0);
    }
    bytes.resize(bytes.size() - trailer_size);
    return bytes;
}

}  // namespace attnsweep::files
