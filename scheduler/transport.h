#pragma once

#include <optional>
#include <string>
#include <vector>

namespace attnsweep::scheduler {

/// A message as it arrives.
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

    /// Sends to another rank without blocking. What goes to a rank known to be lost is dropped. Throws Error.
    virtual void send(int to, const std::string& text) = 0;

    /// Returns the next message, if one is there, without blocking. Throws Error.
    virtual std::optional<Message> receive() = 0;

    /// Returns the ranks found dead since the last call. Where MPI has no fault tolerance a dead rank ends the job, and this
    /// stays empty.
    virtual std::vector<int> lost_ranks() { return {}; }

    /// Lets flush() not wait for what is sent to this rank, which may never take it.
    virtual void give_up(int /*rank*/) {}

    /// Returns for how long the loop may sleep before it must call receive() again, milliseconds; negative: for ever.
    virtual double poll_after_ms() const { return -1; }

    /// Names the library that carries the messages, for people: "Open MPI v5.0.11"; empty: none.
    virtual std::string library() const { return {}; }

    /// Waits until what was sent has left, before the end. Throws Error.
    virtual void flush() {}
};

/// Serves a single rank without MPI, which has nobody to send to.
class LocalTransport : public Transport {
public:
    int rank() const override { return 0; }
    int size() const override { return 1; }
    void send(int to, const std::string& text) override;
    std::optional<Message> receive() override { return std::nullopt; }
};

}  // namespace attnsweep::scheduler
