#pragma once

#include <map>
#include <vector>

namespace attnsweep::runner {

/// Finds the peers that have not been heard for too long. Pure: the time is given, in seconds of one clock. A pause of the
/// listener itself (stopped, swapped out) does not count as silence of the others.
class HeartbeatTimeout {
public:
    explicit HeartbeatTimeout(double timeout_s) : timeout_s_(timeout_s) {}  ///< 0: nobody is ever too silent

    void heard(int peer, double now_s);  ///< the first time: from now on it is listened for
    void forget(int peer) { heard_s_.erase(peer); }
    bool listens_for(int peer) const { return heard_s_.contains(peer); }

    /// To be called several times within the timeout. Each peer is told once, then forgotten.
    std::vector<int> too_long(double now_s);

private:
    double timeout_s_;
    double last_call_s_ = -1;
    std::map<int, double> heard_s_;
};

}  // namespace attnsweep::runner
