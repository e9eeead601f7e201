#include "runner/rank/signals.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "runner/error.h"
#include "runner/node/start_pauses.h"

namespace attnsweep::runner {

namespace {

// A signal handler may use only such a variable.
volatile int pipe_for_handler = -1;
volatile std::sig_atomic_t is_to_end = 0;

extern "C" void on_signal(int number)
{
    const int saved = errno;
    is_to_end = number == SIGCHLD ? is_to_end : 1;
    const auto byte = static_cast<unsigned char>(number);
    [[maybe_unused]] const ssize_t ignored = ::write(pipe_for_handler, &byte, 1);
    errno = saved;
}

// USR2: LSF's, at a job's run limit. XCPU: a limit on processor time.
constexpr std::array caught = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGCHLD};

std::thread start_without_signals(const std::function<void()>& work)
{
    // A thread inherits the signal mask of the one that starts it.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    try {
        std::thread thread(work);
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return thread;
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
}

void wait_for_threads(StartPauses& pauses, bool is_first, const std::string& why)
{
    const std::optional<double> pause_s = pauses.next();
    if (!pause_s) {
        throw Error(
            fmt::format("no thread can be started: {}; tried for {:.0f} s; the number of processes and threads is "
                        "limited here (ulimit -u, or the job's); rerun the command to resume",
                        why, pauses.patience_s()),
            exit_not_started);
    }
    if (is_first) {
        std::fputs(fmt::format("attnsweep: no thread can be started: {}; tried again for up to {:.0f} s\n", why,
                               pauses.patience_s())
                       .c_str(),
                   stderr);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(*pause_s);
    while (std::chrono::steady_clock::now() < until) {
        if (is_to_end != 0) {
            throw Error("ended while no thread could be started; rerun the command to resume", exit_run_again);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace

Signals::Signals()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        throw Error(std::string("pipe2: ") + std::strerror(errno));
    }
    read_end_ = ends[0];
    write_end_ = ends[1];
    pipe_for_handler = write_end_;
    struct sigaction action = {};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = on_signal;
    sigset_t all;
    sigemptyset(&all);
    for (const int number : caught) {
        struct sigaction before = {};
        sigaction(number, nullptr, &before);
        if (number == SIGHUP && before.sa_handler == SIG_IGN) {
            continue;  // nohup
        }
        sigaction(number, &action, nullptr);
        sigaddset(&all, number);
    }
    // The parent process may have blocked them.
    pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
}

Signals::~Signals()
{
    for (const int number : caught) {
        std::signal(number, number == SIGCHLD ? SIG_DFL : SIG_IGN);
    }
    ::close(read_end_);
    ::close(write_end_);
}

Signals::Taken Signals::take()
{
    Taken taken;
    std::array<unsigned char, 64> bytes{};
    for (ssize_t count = 0; (count = ::read(read_end_, bytes.data(), bytes.size())) > 0;) {
        taken.numbers.insert(bytes.begin(), bytes.begin() + count);
    }
    return taken;
}

std::thread thread_without_signals(const std::function<void()>& work)
{
    StartPauses pauses;
    for (bool is_first = true;; is_first = false) {
        try {
            return start_without_signals(work);
        } catch (const std::system_error& error) {
            wait_for_threads(pauses, is_first, error.code().message());
        }
    }
}

}  // namespace attnsweep::runner
