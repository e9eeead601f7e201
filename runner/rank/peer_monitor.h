#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runner/node/node.h"
#include "runner/rank/heartbeat_timeout.h"
#include "runner/rank/messages.h"
#include "runner/rank/messenger.h"

namespace attnsweep::runner {

/// Finds out whether the other ranks live. MPI with fault tolerance reports dead ranks but never notices a stopped one (measured),
/// so rank 0 and each other rank exchange heartbeats. A silent rank is killed by another rank of its node: then it can do no harm,
/// and MPI reports it as dead. Used only on the loop's thread.
class PeerMonitor {
public:
    /// `timeout_s`: heartbeat timeout; 0: none.
    PeerMonitor(Messenger& messenger, const Launch& launch, double timeout_s);

    /// Sends PeerHello to rank 0, or as rank 0 to all, and heartbeats from then on. Later calls do nothing.
    void introduce();

    void heard(int from, double now_s);
    void handle(int from, const BetweenRanks& message, double now_s);

    struct LostPeer {
        int rank = 0;
        std::string reason;
    };
    /// Sends heartbeats if they are due. Returns the ranks found gone since the last call, each once: dead or silent for too long.
    std::vector<LostPeer> tick(double now_s);

    /// Returns whether some silent rank could not be killed, so that its process may still exist.
    bool one_may_live() const { return !unended_.empty(); }

private:
    void on(int from, const PeerHello& hello, double now_s);
    void on(int, const Heartbeat&, double) {}  // heard() was told of it, as of every message
    void on(int from, const EndRank& order, double now_s);
    bool is_gone(int rank) const { return gone_.contains(rank); }
    LostPeer end_silent(int rank);

    Messenger& messenger_;
    PeerHello self_;
    double timeout_s_;
    HeartbeatTimeout heartbeats_;
    bool introduced_ = false;
    double next_heartbeat_s_ = 0;
    std::map<int, PeerHello> known_;
    std::set<int> gone_, unended_;
};

}  // namespace attnsweep::runner
