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

/// Finds out whether the other ranks live. MPI reports those that died, where it can; a stopped one it never notices
/// (measured), so rank 0 and each other rank send each other heartbeats. A silent rank is killed by another rank of its node:
/// dead it can do no harm, and MPI's own way of noticing takes over. On the loop's thread alone.
class PeerMonitor {
public:
    /// `timeout_s`: so long may a rank be silent; 0: for ever.
    PeerMonitor(Messenger& messenger, const Launch& launch, double timeout_s);

    /// Says hello to rank 0, or as rank 0 to all, and sends them heartbeats from then on. Later calls do nothing.
    void introduce();

    void heard(int from, double now_s);
    void handle(int from, const BetweenRanks& message, double now_s);

    struct LostPeer {
        int rank = 0;
        std::string reason;
    };
    /// Sends heartbeats when they are due; the ranks found gone since the last call, each once: dead or too long silent.
    std::vector<LostPeer> tick(double now_s);

    /// Some rank is silent, and nobody could end it: its process may still stand.
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
