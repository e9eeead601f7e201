#include "runner/rank/peer_monitor.h"

#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace attnsweep::runner {

PeerMonitor::PeerMonitor(scheduler::Transport& transport, const Launch& launch, double timeout_s)
    : transport_(transport), self_{node_name(launch), identity_of(::getpid())}, timeout_s_(timeout_s),
      silence_(timeout_s)
{
}

void PeerMonitor::introduce()
{
    if (std::exchange(introduced_, true)) {
        return;
    }
    known_[transport_.rank()] = self_;
    if (transport_.rank() != 0) {
        tell(0, self_);
    } else {
        for (int rank = 1; rank < transport_.size(); ++rank) {
            tell(rank, self_);
        }
    }
}

void PeerMonitor::handle(int from, const Introduction& introduction, double now_s)
{
    known_[from] = introduction;
    if (from != transport_.rank() && !is_gone(from)) {
        silence_.heard(from, now_s);
    }
}

void PeerMonitor::heard(int from, double now_s)
{
    if (silence_.listens_for(from)) {
        silence_.heard(from, now_s);
    }
}

void PeerMonitor::handle(const EndRank& order)
{
    const bool killed = kill_process(order.process);
    tell(0, Note{fmt::format("rank {} {}", order.rank,
                             killed ? "did not answer and was killed" : "had ended already when it was to be killed")});
}

std::vector<PeerMonitor::Gone> PeerMonitor::tick(double now_s)
{
    if (introduced_ && timeout_s_ > 0 && now_s >= next_sign_s_) {
        next_sign_s_ = now_s + timeout_s_ / 6;
        for (const auto& [rank, unused] : known_) {
            if (rank != transport_.rank() && !is_gone(rank)) {
                tell(rank, Alive{});
            }
        }
    }
    std::vector<Gone> gone;
    for (const int rank : transport_.lost_ranks()) {
        unended_.erase(rank);
        if (gone_.insert(rank).second) {
            gone.push_back({rank, "died"});
        }
    }
    for (const int rank : silence_.too_long(now_s)) {
        if (gone_.insert(rank).second) {
            gone.push_back(end_silent(rank));
        }
    }
    for (const Gone& each : gone) {
        silence_.forget(each.rank);
    }
    return gone;
}

PeerMonitor::Gone PeerMonitor::end_silent(int rank)
{
    // What was sent to it may never arrive.
    transport_.give_up(rank);
    const Introduction& silent = known_.at(rank);
    const std::string reason = fmt::format("has not been heard for {:.0f} s", timeout_s_);
    if (transport_.rank() != 0) {
        if (silent.node == self_.node) {
            kill_process(silent.process);
        }
        return {rank, reason};
    }
    for (const auto& [neighbour, who] : known_) {
        if (who.node == silent.node && neighbour != rank && !is_gone(neighbour)) {
            tell(neighbour, EndRank{rank, silent.process});
            return {rank, reason};
        }
    }
    unended_.insert(rank);
    return {rank, fmt::format("{}, and no other rank of {} is there to end it (process {} on {})", reason, silent.node,
                              silent.process.pid, silent.process.host)};
}

}  // namespace attnsweep::runner
