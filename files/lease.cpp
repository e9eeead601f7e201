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

struct Holder {
    std::string host, boot;
    long pid = 0;
};

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

Holder holder_in(const std::filesystem::path& path)
{
    Holder holder;
    std::ifstream file(path);
    file >> holder.host >> holder.boot >> holder.pid;
    return holder;
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
    const bool locked = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    const bool lockable = locked || errno == EWOULDBLOCK;
    const Holder holder = holder_in(path);
    const bool elsewhere = !holder.host.empty() && holder.host != host_name();
    const bool alive_here = !holder.host.empty() && !elsewhere && holder.boot == boot_id() && holder.pid > 0 &&
                            holder.pid != ::getpid() && (::kill(static_cast<pid_t>(holder.pid), 0) == 0 || errno == EPERM);
    if ((lockable && !locked) || (!lockable && (elsewhere || alive_here))) {
        ::close(descriptor_);
        throw refused(path, holder);
    }
    std::ostringstream text;
    text << host_name() << ' ' << boot_id() << ' ' << ::getpid() << '\n';
    const std::string line = text.str();
    if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()) ||
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

}  // namespace attnsweep::files
