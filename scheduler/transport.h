#pragma once

#include <optional>
#include <string>
#include <vector>

namespace attnsweep::scheduler {

/// A received message.
struct Message {
    int from = 0;  ///< rank
    std::string text;
};

/// Carries JSON text between ranks, in order between any two of them. Not thread-safe: one thread, the rank's loop, uses it.
class Transport {
public:
    virtual ~Transport() = default;

    virtual int rank() const = 0;
    virtual int size() const = 0;

    /// Sends to another rank without blocking. Messages to a rank known to be lost are dropped. Throws Error.
    virtual void send(int to, const std::string& text) = 0;

    /// Returns the next message, or nullopt, without blocking. Throws Error.
    virtual std::optional<Message> receive() = 0;

    /// Returns the ranks found dead since the last call. Always empty if MPI has no fault tolerance: then a dead rank
    /// ends the job.
    virtual std::vector<int> lost_ranks() { return {}; }

    /// Makes flush() not wait for messages to this rank, which may never receive them.
    virtual void give_up(int /*rank*/) {}

    /// Returns how long the loop may sleep before it must call receive() again, in milliseconds; negative: forever.
    virtual double poll_after_ms() const { return -1; }

    /// Returns the name and version of the message library, for display: "Open MPI v5.0.11"; empty: none.
    virtual std::string library() const { return {}; }

    /// Waits until all messages have been sent; call it before the end. Throws Error.
    virtual void flush() {}
};

/// Transport of a single rank without MPI, which has no other rank to send to.
class LocalTransport : public Transport {
public:
    int rank() const override { return 0; }
    int size() const override { return 1; }
    void send(int to, const std::string& text) override;
    std::optional<Message> receive() override { return std::nullopt; }
};

}  // namespace attnsweep::scheduler
