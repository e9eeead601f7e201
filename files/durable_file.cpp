#include "files/durable_file.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <set>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "files/checksum.h"
#include "files/error.h"
#include "files/file_system.h"

namespace attnsweep::files {

namespace {

class Descriptor {
public:
    Descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0644) : path_(path)
    {
        do
            number_ = ::open(path.c_str(), flags | O_CLOEXEC, mode);
        while (number_ < 0 && errno == EINTR);
        if (number_ < 0)
            throw Error(path, (flags & O_CREAT) ? "cannot be created" : "cannot be opened", errno);
    }
    ~Descriptor()
    {
        if (number_ >= 0)
            ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const { return number_; }

    void sync() const
    {
        // A file system that cannot sync a folder says EINVAL: there is nothing more to ask of it.
        if (::fsync(number_) != 0 && errno != EINVAL)
            throw Error(path_, "cannot be synced to disk", errno);
    }

    /// All of the file system it is on.
    void sync_file_system() const
    {
        if (::syncfs(number_) != 0)
            throw Error(path_, "its file system cannot be synced to disk", errno);
    }

    void close()
    {
        const int number = number_;
        number_ = -1;
        // Network file systems report a failed write here.
        if (::close(number) != 0 && errno != EINTR)
            throw Error(path_, "cannot be closed", errno);
    }

private:
    std::filesystem::path path_;
    int number_ = -1;
};

std::filesystem::path folder_of(const std::filesystem::path& path)
{
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::filesystem::path temporary_name(const std::filesystem::path& path)
{
    static std::atomic<unsigned> counter{0};
    return path.string() + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

/// A file's new content under a name of its own beside it, until it is put in place; removed if it never is.
class Temporary {
public:
    explicit Temporary(const std::filesystem::path& target) : target_(target), name_(temporary_name(target)) {}
    ~Temporary()
    {
        if (!in_place_)
            ::unlink(name_.c_str());
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    const std::filesystem::path& name() const { return name_; }
    const std::filesystem::path& target() const { return target_; }

    void put_in_place()
    {
        if (::rename(name_.c_str(), target_.c_str()) != 0)
            throw Error(target_, "cannot be put in place", errno);
        in_place_ = true;
    }

private:
    std::filesystem::path target_, name_;
    bool in_place_ = false;
};

/// Up to `size` bytes; 0 at the file's end.
std::size_t read_some(const std::filesystem::path& path, int number, char* bytes, std::size_t size)
{
    ssize_t got = 0;
    do
        got = ::read(number, bytes, size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        throw Error(path, "cannot be read", errno);
    return static_cast<std::size_t>(got);
}

void write_all(const std::filesystem::path& path, int number, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(number, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw Error(path, "cannot be written", errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// Each folder above `path` that has an entry below `top`, and `top`.
void insert_folders_above(const std::filesystem::path& path, const std::filesystem::path& top,
                          std::set<std::filesystem::path>& folders)
{
    for (std::filesystem::path folder = path; folder != top && folder != folder_of(folder);)
        folders.insert(folder = folder_of(folder));
}

/// Whether it is quicker to have all of their file system synced, twice, than each of them and its folders, and as safe.
bool are_synced_as_one(const std::deque<Descriptor>& files)
{
    constexpr std::size_t few = 4;
    if (files.size() < few)
        return false;
    struct stat first {};
    struct statfs kind {};
    struct utsname kernel {};
    if (::fstat(files.front().number(), &first) != 0 || ::fstatfs(files.front().number(), &kind) != 0 ||
        ::uname(&kernel) != 0 || !syncs_as_one(kind.f_type, kernel.release))
        return false;
    return std::all_of(files.begin(), files.end(), [&first](const Descriptor& file) {
        struct stat status {};
        return ::fstat(file.number(), &status) == 0 && status.st_dev == first.st_dev;
    });
}

void sync_each(const std::deque<Descriptor>& files)
{
    // All are on their way before the first is waited for: a journal then takes them in one go. A hint, no promise.
    if (files.size() > 1)
        for (const Descriptor& file : files)
            (void)::sync_file_range(file.number(), 0, 0, SYNC_FILE_RANGE_WRITE);
    for (const Descriptor& file : files)
        file.sync();
}

/// `named`: what a failed write names.
void write_new(const std::filesystem::path& path, std::string_view bytes, const std::filesystem::path& named)
{
    Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
    write_all(named, file.number(), bytes);
    file.close();
}

template <class Made> void make_folders(const std::filesystem::path& path, const Made& made_in)
{
    if (path.empty())
        return;
    const std::filesystem::path parent = folder_of(path);
    int code = ::mkdir(path.c_str(), 0755) == 0 ? 0 : errno;
    if (code == ENOENT && parent != path) {
        make_folders(parent, made_in);
        code = ::mkdir(path.c_str(), 0755) == 0 ? 0 : errno;
    }
    // Whatever mkdir says of one that is there (EEXIST, or EROFS, EACCES, EISDIR): it is there.
    std::error_code unseen;
    if (code != 0 && std::filesystem::is_directory(path, unseen))
        return;
    if (code != 0)
        throw Error(path, "the folder cannot be made", code);
    made_in(parent);
}

/// `top` empty: the folders above stay as they are. `as_one`: may be synced with all else on their file system.
void write_together(std::span<const NewFile> files, const std::filesystem::path& top, bool as_one)
{
    std::deque<Temporary> temporaries;
    std::deque<Descriptor> open;
    for (const NewFile& file : files) {
        const Temporary& temporary = temporaries.emplace_back(file.path);
        write_all(file.path, open.emplace_back(temporary.name(), O_WRONLY | O_CREAT | O_TRUNC).number(), file.bytes);
    }
    as_one = as_one && are_synced_as_one(open);
    if (as_one)
        open.front().sync_file_system();
    else
        sync_each(open);
    for (Descriptor& file : open)
        file.close();
    std::set<std::filesystem::path> folders;
    for (Temporary& temporary : temporaries) {
        temporary.put_in_place();
        folders.insert(folder_of(temporary.target()));
        if (!top.empty())
            insert_folders_above(folder_of(temporary.target()), top, folders);
    }
    if (as_one)
        return Descriptor(*folders.begin(), O_RDONLY | O_DIRECTORY).sync_file_system();
    for (const std::filesystem::path& folder : folders)
        sync_folder(folder);
}

constexpr std::string_view trailer_mark = "CRC32C:";  // then 8 hex digits

std::string trailer(std::string_view bytes)
{
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", crc32c(bytes.data(), bytes.size()));
    return std::string(trailer_mark) + digits.data();
}

}  // namespace

void sync_folder(const std::filesystem::path& folder)
{
    Descriptor(folder, O_RDONLY | O_DIRECTORY).sync();
}

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

void write_durably(std::span<const NewFile> files)
{
    write_together(files, {}, false);
}

void write_burst_durably(std::span<const NewFile> files, const std::filesystem::path& top)
{
    write_together(files, top, true);
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
    if (::link(file.c_str(), name.c_str()) == 0)
        return;
    Temporary temporary(name);
    if (::link(file.c_str(), temporary.name().c_str()) != 0) {
        write_atomically(name, read_file(file));
        return;
    }
    temporary.put_in_place();
    ::unlink(temporary.name().c_str());  // there still when both were the same file already: rename then does nothing
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
    if (durable)
        out.sync();
    out.close();
    return copied;
}

std::string read_file(const std::filesystem::path& path)
{
    const Descriptor file(path, O_RDONLY);
    struct stat status {};
    if (::fstat(file.number(), &status) != 0)
        throw Error(path, "cannot be read", errno);
    if (S_ISDIR(status.st_mode))
        throw Error(path, "is a folder, a file was expected", 0);
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t done = 0;
    for (;;) {
        if (done == bytes.size())
            bytes.resize(bytes.size() + 4096);  // it may have grown, or be a pipe that has no size
        const std::size_t got = read_some(path, file.number(), bytes.data() + done, bytes.size() - done);
        if (got == 0)
            break;
        done += got;
    }
    bytes.resize(done);
    return bytes;
}

void remove_durably(const std::filesystem::path& path)
{
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT)
            return;
        throw Error(path, "cannot be removed", errno);
    }
    sync_folder(folder_of(path));
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
    for (const std::filesystem::path& folder : folders)
        sync_folder(folder);
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
    if (!whole)
        throw Error(path, "damaged: its checksum does not match its " + std::to_string(bytes.size()) + " bytes", 0);
    bytes.resize(bytes.size() - trailer_size);
    return bytes;
}

}  // namespace attnsweep::files
