#include "runner/rank/mpi_start_limit.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "runner/node/node.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

namespace {

// Written before the alarm is set and read by its handler, which may neither allocate nor lock.
std::array<char, 400> waiting_text{}, ending_text{};
unsigned start_rest_s = 0;
volatile std::sig_atomic_t is_told = 0;

void keep_text(std::array<char, 400>& place, const std::string& text)
{
    place.fill('\0');
    text.copy(place.data(), place.size() - 1);
}

void write_out(const std::array<char, 400>& text)
{
    std::size_t length = 0;
    while (length < text.size() && text[length] != '\0') {
        ++length;
    }
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), length);
}

void at_alarm(int)
{
    const int interrupted = errno;
    if (is_told == 0 && start_rest_s > 0) {
        is_told = 1;
        write_out(waiting_text);
        ::alarm(start_rest_s);
        errno = interrupted;
        return;
    }
    write_out(ending_text);
    std::_Exit(exit_failed);
}

/// The limit of all ranks; 600 where the variable is no whole number of seconds.
unsigned start_limit_s()
{
    const std::optional<int> named = number_in_environment("ATTNSWEEP_MPI_START_LIMIT_S");
    return named && *named >= 0 ? static_cast<unsigned>(*named) : 600;
}

}  // namespace

MpiStartLimit::MpiStartLimit(int rank)
{
    unsigned limit = start_limit_s();
    if (limit == 0) {
        return;
    }
    if (rank > 1) {
        limit += 5;  // whoever exits first has mpirun kill the others: those that say why come before
    }
    const unsigned first = std::max(limit / 10, 1U);
    start_rest_s = limit - std::min(first, limit);
    is_told = 0;
    std::string waiting, ending;
    if (rank <= 1) {  // of a thousand ranks not every one
        waiting = fmt::format(
            "attnsweep-run (rank {}): MPI has not started after {} s: a rank is missing, or the nodes cannot reach "
            "each other; it waits {} s more\n",
            rank, first, start_rest_s);
        ending = fmt::format(
            "attnsweep-run (rank {}): MPI has not started within {} s: a rank ended before it, or the nodes cannot "
            "reach each other (docs/cluster.md); ATTNSWEEP_MPI_START_LIMIT_S=SECONDS waits longer, 0 for ever\n",
            rank, limit);
    }
    keep_text(waiting_text, waiting);
    keep_text(ending_text, ending);
    std::signal(SIGALRM, at_alarm);
    ::alarm(first);
}

MpiStartLimit::~MpiStartLimit()
{
    ::alarm(0);
    std::signal(SIGALRM, SIG_DFL);
}

}  // namespace attnsweep::runner
