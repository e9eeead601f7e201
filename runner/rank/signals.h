#pragma once

#include <functional>
#include <set>
#include <thread>

namespace attnsweep::runner {

/// Signals as something to poll for: the descriptor is readable when one has come. INT, TERM, HUP, USR1 and CHLD are
/// caught, PIPE is ignored. One object a process. Throws Error.
class Signals {
public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    int descriptor() const { return read_end_; }

    struct Taken {
        std::multiset<int> numbers;
    };
    /// Those that have come since the last call.
    Taken take();

private:
    int read_end_ = -1, write_end_ = -1;
};

/// Starts a thread that no signal is delivered to: signals belong to the loop's thread. Not for threads that start processes,
/// which inherit the blocked signals.
std::thread thread_without_signals(std::function<void()> work);

}  // namespace attnsweep::runner
