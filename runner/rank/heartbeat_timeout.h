#pragma once

#include <map>
#include <vector>

namespace attnsweep::runner {

/// Finds the peers that have not been heard for too long. Has no clock: callers pass the time, in seconds of one clock. A pause
/// of the caller itself (stopped, swapped out) does not count as silence of the others.
class HeartbeatTimeout {
public:
    explicit HeartbeatTimeout(double timeout_s) : timeout_s_(timeout_s) {}  ///< 0: no timeout

    void heard(int peer, double now_s);  ///< the first call starts listening for the peer
    void forget(int peer) { heard_s_.erase(peer); }
    bool listens_for(int peer) const { return heard_s_.contains(peer); }

    /// Returns the peers that have timed out, each once, and forgets them. Call it several times within the timeout.
    std::vector<int> too_long(double now_s);

private:
    double timeout_s_;
    double last_call_s_ = -1;
    std::map<int, double> heard_s_;
};

}  // namespace attnsweep::runner
