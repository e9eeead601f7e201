// attnsweep-run: a rank. Under mpirun one of many, without it the only one; then MPI is not started.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

#include "runner/error.h"
#include "runner/exit_code.h"
#include "runner/last_resort.h"
#include "runner/node/launcher_bond.h"
#include "runner/node/node.h"
#include "runner/rank/mpi_start_limit.h"
#include "runner/rank/rank.h"
#include "runner/run_options.h"
#include "runner/standard_descriptors.h"
#include "scheduler/mpi/mpi_transport.h"
#include "scheduler/transport.h"

namespace {

using namespace attnsweep;

void refuse_to_be_alone_among_many(const runner::RunOptions& options, int ranks)
{
    if (const std::string wrong = runner::wrong_launch(ranks); !wrong.empty() && !options.part) {
        throw runner::Error(wrong, runner::exit_usage);
    }
}

/// After MPI: other ranks would wait for this one in MPI_Finalize.
void call_on_end(const runner::RunOptions& options, const runner::RankEnding& ending)
{
    if (ending.report) {
        runner::run_on_end(options, *ending.report, ending.exit_code);
    }
}

int run_alone(const runner::RunOptions& options, const runner::Launch& launch)
{
    refuse_to_be_alone_among_many(options, 1);
    scheduler::LocalTransport transport;
    const runner::RankEnding ending = runner::run_rank(options, launch, transport);
    call_on_end(options, ending);
    return ending.exit_code;
}

int tell(const runner::Launch& launch, const std::exception& error)
{
    std::fprintf(stderr, "attnsweep-run (rank %d): %s\n", launch.rank, runner::last_words_of(error).c_str());
    return runner::exit_code_of(error, runner::exit_store);
}

/// Exits without MPI_Finalize, which would wait for ranks that are gone or still busy.
[[noreturn]] void leave_at_once(int exit_code)
{
    std::fflush(nullptr);
    std::_Exit(exit_code);
}

volatile std::sig_atomic_t code_at_alarm = 0;

/// Exits through MPI_Finalize, which waits for all ranks, for ever for one that dies on its way there. Everything is done by now.
void end_by_itself(int exit_code)
{
    constexpr unsigned enough_s = 20;
    code_at_alarm = exit_code;
    std::signal(SIGALRM, [](int) { std::_Exit(code_at_alarm); });
    ::alarm(enough_s);
}

int run_under_mpi(const runner::RunOptions& options, runner::Launch launch)
{
    const runner::LauncherStderr words(launch.launcher);
    std::optional<runner::LauncherBond> bond(std::in_place, launch.launcher, words);
    std::optional<runner::MpiStartLimit> limit(launch.rank);
    scheduler::MpiScope mpi;
    try {
        scheduler::MpiTransport transport;
        limit.reset();
        bond.reset();
        launch.rank = transport.rank();
        launch.size = transport.size();
        refuse_to_be_alone_among_many(options, launch.size);
        const runner::RankEnding ending = runner::run_rank(options, launch, transport);
        if (!ending.together) {
            call_on_end(options, ending);
            leave_at_once(ending.exit_code);
        }
        end_by_itself(ending.exit_code);
        bond.emplace(launch.launcher, words);
        mpi.close();
        ::alarm(0);
        call_on_end(options, ending);
        // mpirun kills all ranks when the first exits with a code other than 0: rank 0 may still have its command to run.
        return launch.rank == 0 || options.on_end.empty() ? ending.exit_code : runner::exit_done;
    } catch (const std::exception& error) {
        leave_at_once(tell(launch, error));
    }
}

}  // namespace

int main(int argc, char** argv)
{
    runner::open_standard_descriptors();
    runner::let_long_files_fail();
    std::signal(SIGUSR2, SIG_IGN);  // a bond or the loop takes it; not between them
    const runner::Launch launch = runner::launch_from_environment();
    const runner::ParsedOptions parsed = runner::parse_options(argc, argv, launch.rank == 0);
    if (!parsed.options) {
        return parsed.exit_code;
    }
    try {
        return launch.under_launcher ? run_under_mpi(*parsed.options, launch) : run_alone(*parsed.options, launch);
    } catch (const std::exception& error) {
        return tell(launch, error);
    }
}
