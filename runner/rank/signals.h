#pragma once

#include <functional>
#include <set>
#include <thread>

namespace attnsweep::runner {

/// Makes signals pollable: the descriptor is readable once one has arrived. Catches INT, TERM, HUP, USR1, USR2, XCPU and CHLD, ignores PIPE.
/// One object per process. The constructor throws Error.
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
    /// Returns the signals that have arrived since the last call.
    Taken take();

private:
    int read_end_ = -1, write_end_ = -1;
};

/// Starts a thread with all signals blocked, so that they are delivered to the loop's thread. Not for threads that start
/// processes, which would inherit the blocked signals. Where the system starts no thread, says so and tries again with growing pauses;
/// throws Error with exit_not_started at last, with exit_run_again if a signal asked to end meanwhile.
std::thread thread_without_signals(const std::function<void()>& work);

}  // namespace attnsweep::runner
