#include "runner/standard_descriptors.h"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace attnsweep::runner {

void open_standard_descriptors()
{
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(number, F_GETFD) < 0 && errno == EBADF) {
            // The lowest free number is this one. Kept over exec: the next program needs it as well.
            [[maybe_unused]] const int opened = ::open("/dev/null", O_RDWR);
        }
    }
}

void let_long_files_fail()
{
    std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace attnsweep::runner
