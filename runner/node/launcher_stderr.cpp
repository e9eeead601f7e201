#include "runner/node/launcher_stderr.h"

#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace attnsweep::runner {

namespace {

int opened_stderr_of(pid_t launcher)
{
    if (launcher == 0) {
        return STDERR_FILENO;
    }
    // A description of our own: that it does not wait, and appends, is nobody else's business.
    const std::string path = "/proc/" + std::to_string(launcher) + "/fd/2";
    const int opened = ::open(path.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return opened < 0 ? STDERR_FILENO : opened;
}

}  // namespace

LauncherStderr::LauncherStderr(pid_t launcher) : descriptor_(opened_stderr_of(launcher)) {}

LauncherStderr::~LauncherStderr()
{
    if (descriptor_ != STDERR_FILENO) {
        ::close(descriptor_);
    }
}

void LauncherStderr::write(std::string_view text) const noexcept
{
    [[maybe_unused]] const ssize_t ignored = ::write(descriptor_, text.data(), text.size());
}

}  // namespace attnsweep::runner
