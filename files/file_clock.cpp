#include "files/file_clock.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/error.h"

namespace attnsweep::files {

std::optional<double> changed_at(const std::filesystem::path& path)
{
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return seconds_of(status.st_mtim);
}

double file_system_time(const std::filesystem::path& folder)
{
    const std::filesystem::path probe = folder / ("clock.tmp-" + std::to_string(::getpid()));
    const int descriptor = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        throw Error(probe, "cannot be created", errno);
    }
    // Written to, since otherwise a server would keep the creation time of an earlier probe.
    const bool written = ::write(descriptor, "\n", 1) == 1;
    const int code = errno;
    ::close(descriptor);
    const std::optional<double> now = changed_at(probe);
    ::unlink(probe.c_str());
    if (!written || !now) {
        throw Error(probe, "cannot be written", written ? ENOENT : code);
    }
    return *now;
}

double seconds_of(const timespec& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace attnsweep::files
