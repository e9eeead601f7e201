#pragma once

#include <string_view>

#include <sys/types.h>

namespace attnsweep::runner {

/// Writes where the launcher of this rank writes its errors. A rank's own stderr is a pipe to the launcher, which passes on what it
/// reads there: what a rank says while the launcher crashes or ends is lost on that way. Not for anything else: launcher and rank
/// do not know of each other's lines. Any thread may write.
class LauncherStderr {
public:
    /// Opens the launcher's stderr while it lives. Where that cannot be done, or `launcher` is 0 (none), it is this process's own.
    explicit LauncherStderr(pid_t launcher);
    ~LauncherStderr();
    LauncherStderr(const LauncherStderr&) = delete;
    LauncherStderr& operator=(const LauncherStderr&) = delete;

    /// Writes as far as can be done without waiting; a signal handler may call it.
    void write(std::string_view text) const noexcept;

private:
    int descriptor_;
};

}  // namespace attnsweep::runner
