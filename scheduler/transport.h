#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace attnsweep::scheduler {

/// Between ranks: JSON text, in order between any two ranks. Not thread-safe: one thread, the rank's loop, uses it.
struct Message {
    int from = 0;
    std::string text;
};

class Transport {
public:
    virtual ~Transport() = default;

    virtual int rank() const = 0;
    virtual int size() const = 0;

    /// Never blocks; to oneself too. What goes to a rank known to be lost is dropped. Throws Error.
    virtual void send(int to, const std::string& text) = 0;

    /// The next message, if one is there. Never blocks. Throws Error.
    virtual std::optional<Message> receive() = 0;

    /// Ranks found dead since the last call. Where MPI has no fault tolerance a dead rank ends the job, and this stays empty.
    virtual std::vector<int> lost_ranks() { return {}; }

    /// flush() waits no more for what is sent to a rank that may never take it.
    virtual void give_up(int /*rank*/) {}

    /// Until when the loop may sleep before it must call receive() again, milliseconds; negative: nothing to poll for.
    virtual double poll_after_ms() const { return -1; }

    /// The library that carries it, for people: "Open MPI v5.0.11"; empty: none.
    virtual std::string library() const { return {}; }

    /// Waits until what was sent has left, before the end. Throws Error.
    virtual void flush() {}
};

/// One rank, no MPI: what it sends to itself comes back.
class LocalTransport : public Transport {
public:
    int rank() const override { return 0; }
    int size() const override { return 1; }
    void send(int to, const std::string& text) override;
    std::optional<Message> receive() override;
    double poll_after_ms() const override { return inbox_.empty() ? -1 : 0; }

private:
    std::deque<Message> inbox_;
};

}  // namespace attnsweep::scheduler
