#include "runner/cli/standard_output.h"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "files/disk_full.h"
#include "runner/error.h"

namespace attnsweep::runner {

namespace {

/// `reason`: errno of the write that failed.
[[noreturn]] void throw_unwritten(int reason)
{
    if (reason == EPIPE) {
        throw ReaderGone();
    }
    throw Error("cannot write to standard output" +
                    (reason == 0 ? std::string() : ": " + std::system_category().message(reason)),
                files::is_disk_full(reason) ? exit_no_space : exit_failed);
}

}  // namespace

void finish_output()
{
    // A stream that failed earlier writes nothing more, so errno is still that of its write.
    if (std::cout) {
        errno = 0;
        std::cout.flush();
    }
    if (!std::cout || std::ferror(stdout) != 0 || std::fflush(stdout) != 0) {
        throw_unwritten(errno);
    }
}

void write_output(const std::function<void(std::ostream&)>& write)
{
    try {
        std::cout.exceptions(std::ios::badbit);
        write(std::cout);
        std::cout.exceptions(std::ios::goodbit);
    } catch (const std::ios_base::failure&) {
        const int reason = errno;
        std::cout.exceptions(std::ios::goodbit);
        throw_unwritten(reason);
    }
    finish_output();
}

}  // namespace attnsweep::runner
