#include "files/lease.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::files {

namespace {

using Holder = Lease::Holder;

std::string host_name()
{
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

std::string boot_id()
{
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    file >> id;
    return id.empty() ? "unknown" : id;
}

/// Field 22 of /proc/PID/stat, the first after the name's closing bracket being the third; empty when there is no such
/// process.
std::string start_of(long pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos)
        return {};
    std::istringstream fields(line.substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number)
        fields >> field;
    return field;
}

Holder holder_in(const std::filesystem::path& path)
{
    Holder holder;
    std::ifstream file(path);
    file >> holder.host >> holder.boot >> holder.pid >> holder.started;
    return holder;
}

bool is_of_this_boot(const Holder& holder)
{
    return holder.host == host_name() && holder.boot == boot_id();
}

/// Of a holder of this boot.
bool is_alive(const Holder& holder)
{
    if (holder.pid <= 0 || (::kill(static_cast<pid_t>(holder.pid), 0) != 0 && errno != EPERM))
        return false;
    return holder.started.empty() || holder.started == start_of(holder.pid);
}

enum class Locking { taken, held_by_another, impossible };

Locking try_lock(int descriptor, int kind)
{
    if (::flock(descriptor, kind | LOCK_NB) == 0)
        return Locking::taken;
    return errno == EWOULDBLOCK ? Locking::held_by_another : Locking::impossible;
}

/// Readers that ask who holds it (Lease::holder) hold a shared lock for a moment: they are sat out, a holder is not.
Locking lock_past_readers(int descriptor)
{
    constexpr int tries = 1000;
    constexpr useconds_t pause_us = 10'000;
    for (int i = 0; i < tries; ++i) {
        const Locking locking = try_lock(descriptor, LOCK_EX);
        if (locking != Locking::held_by_another || try_lock(descriptor, LOCK_SH) != Locking::taken)
            return locking;
        ::flock(descriptor, LOCK_UN);
        ::usleep(pause_us);
    }
    return Locking::held_by_another;
}

Error refused(const std::filesystem::path& path, const Holder& holder)
{
    return {path,
            "the store is in use by process " + std::to_string(holder.pid) + " on " +
                (holder.host.empty() ? "an unknown host" : holder.host),
            0, "wait for it, stop it, or give another --store"};
}

}  // namespace

Lease::Lease(const std::filesystem::path& path) : path_(path)
{
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0)
        throw Error(path, "cannot be created", errno);
    // The lock answers on this machine, whatever became of the holder; the text answers for other machines.
    const Locking locking = lock_past_readers(descriptor_);
    const Holder holder = holder_in(path);
    const bool elsewhere = !holder.host.empty() && holder.host != host_name();
    const bool alive_here = is_of_this_boot(holder) && holder.pid != ::getpid() && is_alive(holder);
    if (locking == Locking::held_by_another || (locking == Locking::impossible && (elsewhere || alive_here))) {
        ::close(descriptor_);
        throw refused(path, holder);
    }
    std::ostringstream text;
    text << host_name() << ' ' << boot_id() << ' ' << ::getpid() << ' ' << start_of(::getpid()) << '\n';
    const std::string line = text.str();
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()) ||
        ::fsync(descriptor_) != 0) {
        const int code = errno;
        ::close(descriptor_);
        throw Error(path, "cannot be written", code);
    }
}

Lease::~Lease()
{
    // Emptied, not unlinked: a waiter may hold the same inode open.
    [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, 0);
    ::close(descriptor_);
}

std::optional<Lease::Holder> Lease::holder(const std::filesystem::path& path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::nullopt;
        throw Error(path, "cannot be read", errno);
    }
    const Holder holder = holder_in(path);
    bool holds = false;
    if (is_of_this_boot(holder)) {
        holds = is_alive(holder);
    } else if (!holder.host.empty()) {
        const Locking locking = try_lock(descriptor, LOCK_SH);
        holds = locking == Locking::held_by_another ||
                (locking == Locking::impossible && holder.host != host_name());  // this host, another boot: dead
    }
    ::close(descriptor);
    return holds ? std::optional(holder) : std::nullopt;
}

}  // namespace attnsweep::files
