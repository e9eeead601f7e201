#include "tests/faults/shim_recorder.h"

#include <atomic>
#include <cerrno>
#include <cstring>

#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace attnsweep::shim {

namespace {

struct Control {
    std::atomic<std::uint64_t> calls, failed;
    std::atomic_flag locked;
};

struct Settings {
    const char* below = std::getenv("FAULTS_BELOW");
    std::uint64_t at = 0;
    std::string kind;
    bool for_good = false;
    int trace = -1;
    Control* control = nullptr;

    Settings()
    {
        const char* control_file = std::getenv("FAULTS_CONTROL");
        if (below == nullptr || control_file == nullptr) {
            return;
        }
        REAL(open64);
        const int file = real_open64(control_file, O_RDWR | O_CLOEXEC);
        void* shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (file < 0 || shared == MAP_FAILED) {
            std::abort();
        }
        ::close(file);
        if (const char* number = std::getenv("FAULTS_AT")) {
            at = std::strtoull(number, nullptr, 10);
        }
        if (const char* word = std::getenv("FAULTS_KIND")) {
            kind = word;
        }
        for_good = std::getenv("FAULTS_FOR_GOOD") != nullptr;
        if (const char* path = std::getenv("FAULTS_TRACE")) {
            trace = real_open64(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        }
        control = static_cast<Control*>(shared);
    }
};

const Settings& settings()
{
    static const Settings& once = *new Settings;  // used until the very end of the process
    return once;
}

struct Header {
    std::uint32_t op;
    std::uint32_t path_size, other_size;
    std::uint32_t data_size;
    std::uint64_t inode;
    std::int64_t offset;
};

}  // namespace

bool watched(const char* path)
{
    const Settings& s = settings();
    return s.control != nullptr && path != nullptr && std::strncmp(path, s.below, std::strlen(s.below)) == 0;
}

std::string path_of(int descriptor)
{
    char link[64], path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = ::readlink(link, path, sizeof path - 1);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

bool watched(int descriptor)
{
    return settings().control != nullptr && watched(path_of(descriptor).c_str());
}

Fault fault_now(Takes takes)
{
    const Settings& s = settings();
    if (s.at == 0) {
        return Fault::none;
    }
    const bool counts = s.kind == "short" ? takes == Takes::bytes : s.kind == "ENOSPC" ? takes != Takes::nothing : true;
    // After a short write the disk is full: that counts calls which take space, and only once the write has been short.
    if (!counts && !(s.kind == "short" && s.for_good && takes == Takes::space && s.control->failed != 0)) {
        return Fault::none;
    }
    // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): without `control` `at` is 0
    const std::uint64_t number = counts ? ++s.control->calls : s.control->calls.load();
    if (number < s.at || (number > s.at && !s.for_good)) {
        return Fault::none;
    }
    const bool first = s.control->failed++ == 0;
    if (s.kind == "short" && first) {
        return Fault::half;
    }
    errno = s.kind == "EIO" ? EIO : ENOSPC;
    return Fault::fails;
}

bool records()
{
    return settings().trace >= 0;
}

Recording::Recording() : records_(records())
{
    while (records_ && settings().control->locked.test_and_set(std::memory_order_acquire)) {
        ::sched_yield();
    }
}

Recording::~Recording()
{
    if (records_) {
        // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): without `control` nothing is recorded
        settings().control->locked.clear(std::memory_order_release);
    }
}

void Recording::write(Op op, const std::string& path, const std::string& other, std::uint64_t inode,
                      std::int64_t offset, const void* data, std::size_t size) const
{
    if (!records_) {
        return;
    }
    const int before = errno;
    const Header header{static_cast<std::uint32_t>(op),
                        static_cast<std::uint32_t>(path.size()),
                        static_cast<std::uint32_t>(other.size()),
                        static_cast<std::uint32_t>(size),
                        inode,
                        offset};
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes += path;
    bytes += other;
    bytes.append(static_cast<const char*>(data), size);
    REAL(write);
    if (real_write(settings().trace, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
        std::abort();
    }
    errno = before;
}

std::uint64_t inode_of(int descriptor)
{
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

bool is_folder(int descriptor)
{
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace attnsweep::shim
