// `attnsweep drain`: asks the sweep that runs on a store to write checkpoints and exit, from any shell or login node.
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "files/error.h"
#include "runner/cli/command.h"
#include "runner/cli/store_option.h"
#include "runner/cli/sweep/live_runs.h"
#include "runner/drain_request_name.h"
#include "runner/duration_text.h"
#include "runner/error.h"

namespace attnsweep::runner {

namespace {

using Clock = std::chrono::steady_clock;

struct DrainOptions {
    std::string store = default_store();
    bool wait = false;
};

// A rank checks once a second; over a network file system it may see the request later.
constexpr std::chrono::seconds answer_limit{5};
constexpr std::chrono::milliseconds look_again_after{100};

void ask(const LiveRun& run)
{
    const std::filesystem::path request = run.folder / drain_request_name;
    const int file = ::open(request.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
        throw files::Error(request, "cannot be created", errno,
                           "drain it as the user who runs it, or send SIGUSR1 to its mpirun");
    }
    ::close(file);
}

bool is_taken(const LiveRun& run)
{
    std::error_code ignored;
    return !std::filesystem::exists(run.folder / drain_request_name, ignored);
}

bool holds_still(const LiveRun& run)
{
    const auto now = files::Lease::holder(run.folder / "lease");
    return now && now->host == run.holder->host && now->pid == run.holder->pid;
}

template <class Condition> bool within(Clock::duration limit, Condition condition)
{
    for (const auto until = Clock::now() + limit; !condition(); std::this_thread::sleep_for(look_again_after)) {
        if (Clock::now() >= until) {
            return false;
        }
    }
    return true;
}

void wait_for_end(const LiveRun& run)
{
    const auto begun = Clock::now();
    while (holds_still(run)) {
        std::this_thread::sleep_for(look_again_after);
    }
    const double waited_s = std::chrono::duration<double>(Clock::now() - begun).count();
    const auto last = store::read_live_status(run.folder);
    if (last && last->state == "ended" && last->pid == run.holder->pid) {
        fmt::print("{}: ended after {} with code {}: {} of {} trials done, {} failed\n", last->sweep,
                   duration_text(waited_s), last->exit_code, last->done, last->total, last->failed);
    } else {
        fmt::print("{}: process {} is gone after {} and did not say how it ended; rerun its command to resume\n",
                   run.store.string(), run.holder->pid, duration_text(waited_s));
    }
}

int drain(const DrainOptions& options)
{
    std::vector<LiveRun> held;
    for (LiveRun& run : live_runs(options.store)) {
        if (run.holder) {
            held.push_back(std::move(run));
        }
    }
    if (held.empty()) {
        fmt::print("nothing runs on {}\n", options.store);
        return exit_nothing_runs;
    }
    for (const LiveRun& run : held) {
        ask(run);
        fmt::print("{}: asked process {} on {} to drain\n", run.store.string(), run.holder->pid, run.holder->host);
    }
    std::fflush(stdout);
    for (const LiveRun& run : held) {
        if (!within(answer_limit, [&] { return is_taken(run) || !holds_still(run); })) {
            fmt::print(
                "{}: not seen by process {} yet; it checks once a second, over a network file system with a delay\n",
                run.store.string(), run.holder->pid);
        } else if (!options.wait) {
            fmt::print(
                "its trials write a checkpoint and exit; `attnsweep status` shows it, `drain --wait` waits for it\n");
        }
        std::fflush(stdout);
        if (options.wait) {
            wait_for_end(run);
        }
    }
    return exit_done;
}

}  // namespace

void add_drain(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<DrainOptions>();
    CLI::App* command = app.add_subcommand(
        "drain",
        "Asks the sweep that runs on a store to write checkpoints and exit, from any machine that sees the store");
    command->add_option("--store", options->store, "The store, or a folder of stores (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command->add_flag("--wait", options->wait, "Wait until the sweep has ended, and print how");
    command->footer(
        "The sweep exits with code 75: rerun its command to resume. Exit code 8: nothing runs on the store.\n\n"
        "Example:\n  attnsweep drain --store results.db --wait");
    command->callback([&chosen, options] { chosen = [options] { return drain(*options); }; });
}

}  // namespace attnsweep::runner
