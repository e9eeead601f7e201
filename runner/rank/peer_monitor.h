#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runner/node/node.h"
#include "runner/rank/heartbeat_timeout.h"
#include "runner/rank/messages.h"
#include "scheduler/transport.h"

namespace attnsweep::runner {

/// Whether the other ranks live. MPI tells of those that died, where it can; a stopped one it never notices (measured), so
/// rank 0 and each other rank give each other signs of life. A silent one is killed by a rank of its node: dead it can
/// do no harm, and MPI's own way of noticing takes over. On the loop's thread alone.
class PeerMonitor {
public:
    /// `timeout_s`: so long may a rank be silent; 0: for ever.
    PeerMonitor(scheduler::Transport& transport, const Launch& launch, double timeout_s);

    /// From then on this rank gives signs of life: to rank 0, or as rank 0 to all.
    void introduce();

    void heard(int from, double now_s);
    void handle(int from, const Introduction& introduction, double now_s);
    void handle(const EndRank& order);

    struct Gone {
        int rank = 0;
        std::string reason;
    };
    /// Gives signs of life; the ranks found gone since the last call, each once: dead or too long silent.
    std::vector<Gone> tick(double now_s);

    /// Some rank is silent, and nobody could end it: its process may still stand.
    bool one_may_live() const { return !unended_.empty(); }

private:
    void tell(int rank, const RankMessage& message) { transport_.send(rank, to_text(message)); }
    bool is_gone(int rank) const { return gone_.contains(rank); }
    Gone end_silent(int rank);

    scheduler::Transport& transport_;
    Introduction self_;
    double timeout_s_;
    Silence silence_;
    bool introduced_ = false;
    double next_sign_s_ = 0;
    std::map<int, Introduction> known_;
    std::set<int> gone_, unended_;
};

}  // namespace attnsweep::runner
