#pragma once

#include <memory>

#include "scheduler/transport.h"

namespace attnsweep::scheduler {

/// MPI as a scope: MPI_Init in the constructor, MPI_Finalize in close() or the destructor. Once per process.
class MpiScope {
public:
    MpiScope();  ///< throws Error
    ~MpiScope();
    MpiScope(const MpiScope&) = delete;
    MpiScope& operator=(const MpiScope&) = delete;

    /// Calls MPI_Finalize, which waits for all ranks: only if every one of them calls it too. Throws Error.
    void close();
    /// Skips MPI_Finalize, for a rank that ends while others may be lost or still busy.
    void abandon();

private:
    bool open_ = false;
};

/// Carries messages over its own communicator; MPI errors are returned (MPI_ERRORS_RETURN) and thrown as Error with
/// MPI's text. Sends by MPI_Isend and keeps each message until it and those before it to that receiver complete;
/// receives by MPI_Iprobe and MPI_Recv. An MpiScope must outlive it.
class MpiTransport : public Transport {
public:
    MpiTransport();
    ~MpiTransport() override;
    int rank() const override;
    int size() const override;
    void send(int to, const std::string& text) override;
    std::optional<Message> receive() override;
    /// Returns the ranks that receive() and send() found dead since the last call; always empty without fault
    /// tolerance.
    std::vector<int> lost_ranks() override;
    void give_up(int rank) override;
    /// Returns 0.05 ms after traffic, doubling with each empty receive() up to 5 ms: polling at 2 ms costs 0.4 % of a
    /// core.
    double poll_after_ms() const override;
    void flush() override;
    std::string library() const override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::scheduler
