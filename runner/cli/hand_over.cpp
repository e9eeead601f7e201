#include "runner/cli/hand_over.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <sys/mman.h>
#include <unistd.h>

#include "runner/error.h"
#include "runner/memory_tunables.h"

namespace attnsweep::runner {

void hand_over(const std::string& program, const std::vector<std::string>& arguments, const std::string& input)
{
    std::error_code code;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", code);
    const std::filesystem::path path = self.parent_path() / program;
    if (!input.empty()) {
        // A file in memory: a pipe would need a process that stays to write to it.
        const int file = ::memfd_create("order", 0);
        if (file < 0 || ::write(file, input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
            ::lseek(file, 0, SEEK_SET) != 0 || ::dup2(file, STDIN_FILENO) < 0) {
            throw Error(std::string("cannot pass the order to ") + program + ": " + std::strerror(errno));
        }
        ::close(file);
    }
    std::vector<char*> words{const_cast<char*>(path.c_str())};
    for (const std::string& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    if (const std::string tunables = memory_tunables(); !tunables.empty()) {
        ::setenv("GLIBC_TUNABLES", tunables.c_str(), 1);
    }
    ::execv(path.c_str(), words.data());
    const int failure = errno;
    const std::string what = path.string() + ": cannot be started: " + std::strerror(failure);
    if (failure == EAGAIN || failure == ENOMEM || failure == ETXTBSY) {
        throw Error(what + "; rerun the command", exit_not_started);
    }
    throw Error(what +
                "; attnsweep, attnsweep-run and attnsweep-trial must lie in one folder: build or install all three");
}

}  // namespace attnsweep::runner
