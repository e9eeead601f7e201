#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "runner/rank/messages.h"
#include "scheduler/transport.h"

namespace attnsweep::runner {

/// Carries messages between ranks: as text (messages.h) to another, as they are to oneself - a rank that runs alone, and
/// rank 0 with what it runs itself, would else write and read every order as JSON for nothing. In order between any two
/// ranks. On the loop's thread alone; the transport outlives it.
class Messenger {
public:
    explicit Messenger(scheduler::Transport& transport) : transport_(transport) {}

    struct Envelope {
        int from = 0;
        RankMessage message;
    };

    int rank() const { return transport_.rank(); }
    int size() const { return transport_.size(); }

    /// Never blocks. Throws scheduler::Error.
    void send(int to, RankMessage message)
    {
        if (to == rank()) {
            own_.push_back(std::move(message));
        } else {
            transport_.send(to, to_text(message));
        }
    }

    /// The next one, if one is there. Never blocks. Throws scheduler::Error, and Error for what is no message.
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

    /// As the transport's.
    double poll_after_ms() const { return own_.empty() ? transport_.poll_after_ms() : 0; }

private:
    scheduler::Transport& transport_;
    std::deque<RankMessage> own_;
};

}  // namespace attnsweep::runner
