#include "runner/rank/signals.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "runner/error.h"

namespace attnsweep::runner {

namespace {

// A signal handler may use only such a variable.
volatile int pipe_for_handler = -1;

extern "C" void on_signal(int number)
{
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(number);
    [[maybe_unused]] const ssize_t ignored = ::write(pipe_for_handler, &byte, 1);
    errno = saved;
}

constexpr std::array caught = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD};

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

std::thread thread_without_signals(std::function<void()> work)
{
    // A thread inherits the signal mask of the one that starts it.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    std::thread thread(std::move(work));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

}  // namespace attnsweep::runner
