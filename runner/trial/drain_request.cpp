#include "runner/trial/drain_request.h"

#include <csignal>
#include <initializer_list>

namespace attnsweep::runner {
namespace {

// A signal handler may use only such a variable.
volatile std::sig_atomic_t requested = 0;

extern "C" void on_drain_signal(int number)
{
    if (number == SIGINT && requested != 0) {
        std::signal(SIGINT, SIG_DFL);
        std::raise(SIGINT);
    }
    requested = 1;
}

}  // namespace

void catch_drain_signals()
{
    struct sigaction action = {};
    action.sa_handler = on_drain_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (int number : {SIGTERM, SIGUSR1, SIGINT}) {
        sigaction(number, &action, nullptr);
    }
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
}

bool drain_requested()
{
    return requested != 0;
}

}  // namespace attnsweep::runner
