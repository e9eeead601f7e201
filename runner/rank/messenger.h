#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runner/rank/messages.h"
#include "scheduler/transport.h"

namespace attnsweep::runner {

/// Carries messages between ranks, in order between any two of them. The only user of the transport. Messages to the own rank
/// bypass the transport and its JSON, which would be wasted on a rank that runs alone and on rank 0's own trials. Used only on the
/// loop's thread; the transport outlives it.
class Messenger {
public:
    explicit Messenger(scheduler::Transport& transport) : transport_(transport) {}

    struct Envelope {
        int from = 0;
        RankMessage message;
    };

    int rank() const { return transport_.rank(); }
    int size() const { return transport_.size(); }
    /// Returns the library that carries the messages, for people; empty: none.
    std::string library() const { return transport_.library(); }

    /// Sends without blocking. Drops a message to a rank known to be lost. Throws scheduler::Error.
    void send_to_rank(int to, ToRank message) { send(to, std::move(message)); }
    void send_to_coordinator(ToCoordinator message) { send(0, std::move(message)); }
    void send_to_peer(int to, BetweenRanks message) { send(to, std::move(message)); }

    /// Takes the next message, if there is one. Never blocks. Throws scheduler::Error, and Error if the text is not a message.
    std::optional<Envelope> receive()
    {
        if (!own_.empty()) {
            Envelope envelope{rank(), std::move(own_.front())};
            own_.pop_front();
            return envelope;
        }
        if (const auto received = transport_.receive()) {
            return Envelope{received->from, message_from(received->text)};
        }
        return std::nullopt;
    }

    /// Drops unread what other ranks have sent so far: for a rank that only waits for the others to end.
    void discard_received()
    {
        while (transport_.receive()) {
        }
    }

    /// Returns the ranks found dead since the last call; always empty if MPI has no fault tolerance.
    std::vector<int> lost_ranks() { return transport_.lost_ranks(); }
    /// Makes flush() not wait for what is sent to a rank that may never take it.
    void give_up(int to) { transport_.give_up(to); }
    /// Waits until what was sent has left. Throws scheduler::Error.
    void flush() { transport_.flush(); }

    /// Returns the milliseconds that the loop may sleep before it must call receive(); negative: nothing to poll for.
    double poll_after_ms() const { return own_.empty() ? transport_.poll_after_ms() : 0; }

private:
    void send(int to, RankMessage message)
    {
        if (to == rank()) {
            own_.push_back(std::move(message));
        } else {
            transport_.send(to, to_text(message));
        }
    }

    scheduler::Transport& transport_;
    std::deque<RankMessage> own_;
};

}  // namespace attnsweep::runner
