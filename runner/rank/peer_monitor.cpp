#include "runner/rank/peer_monitor.h"

#include <csignal>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace attnsweep::runner {

PeerMonitor::PeerMonitor(Messenger& messenger, const Launch& launch, double timeout_s)
    : messenger_(messenger), self_{node_name(launch), identity_of(::getpid())}, timeout_s_(timeout_s),
      heartbeats_(timeout_s)
{
}

void PeerMonitor::introduce()
{
    if (std::exchange(introduced_, true)) {
        return;
    }
    known_[messenger_.rank()] = self_;
    if (messenger_.rank() != 0) {
        messenger_.send_to_peer(0, self_);
    } else {
        for (int rank = 1; rank < messenger_.size(); ++rank) {
            messenger_.send_to_peer(rank, self_);
        }
    }
}

void PeerMonitor::handle(int from, const BetweenRanks& message, double now_s)
{
    std::visit([&](const auto& one) { on(from, one, now_s); }, message);
}

void PeerMonitor::on(int from, const PeerHello& hello, double now_s)
{
    known_[from] = hello;
    if (from != messenger_.rank() && !is_gone(from)) {
        heartbeats_.heard(from, now_s);
    }
}

void PeerMonitor::heard(int from, double now_s)
{
    if (heartbeats_.listens_for(from)) {
        heartbeats_.heard(from, now_s);
    }
}

void PeerMonitor::on(int, const EndRank& order, double)
{
    const bool killed = signal_process(order.process, SIGKILL);
    messenger_.send_to_coordinator(
        Note{fmt::format("rank {} {}", order.rank,
                         killed ? "did not answer and was killed" : "had ended already when it was to be killed")});
}

std::vector<PeerMonitor::LostPeer> PeerMonitor::tick(double now_s)
{
    if (introduced_ && timeout_s_ > 0 && now_s >= next_heartbeat_s_) {
        next_heartbeat_s_ = now_s + timeout_s_ / 6;
        for (const auto& [rank, unused] : known_) {
            if (rank != messenger_.rank() && !is_gone(rank)) {
                messenger_.send_to_peer(rank, Heartbeat{});
            }
        }
    }
    std::vector<LostPeer> gone;
    for (const int rank : messenger_.lost_ranks()) {
        unended_.erase(rank);
        if (gone_.insert(rank).second) {
            gone.push_back({rank, "died"});
        }
    }
    for (const int rank : heartbeats_.too_long(now_s)) {
        if (gone_.insert(rank).second) {
            gone.push_back(end_silent(rank));
        }
    }
    for (const LostPeer& each : gone) {
        heartbeats_.forget(each.rank);
    }
    return gone;
}

PeerMonitor::LostPeer PeerMonitor::end_silent(int rank)
{
    // What was sent to it may never arrive.
    messenger_.give_up(rank);
    const PeerHello& silent = known_.at(rank);
    const std::string reason = fmt::format("has not been heard for {:.0f} s", timeout_s_);
    if (messenger_.rank() != 0) {
        if (silent.node == self_.node) {
            signal_process(silent.process, SIGKILL);
        }
        return {rank, reason};
    }
    for (const auto& [neighbour, who] : known_) {
        if (who.node == silent.node && neighbour != rank && !is_gone(neighbour)) {
            messenger_.send_to_peer(neighbour, EndRank{rank, silent.process});
            return {rank, reason};
        }
    }
    unended_.insert(rank);
    return {rank, fmt::format("{}, and no other rank of {} is left to kill it (process {} on {})", reason, silent.node,
                              silent.process.pid, silent.process.host)};
}

}  // namespace attnsweep::runner
