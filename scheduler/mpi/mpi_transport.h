#pragma once

#include <memory>

#include "scheduler/transport.h"

namespace attnsweep::scheduler {

/// MPI as a scope: MPI_Init in the constructor, MPI_Finalize in close() or the destructor. One a process, once.
class MpiScope {
public:
    MpiScope();  ///< throws Error
    ~MpiScope();
    MpiScope(const MpiScope&) = delete;
    MpiScope& operator=(const MpiScope&) = delete;

    /// MPI_Finalize, which waits for all ranks: only when every one of them gets here. Throws Error.
    void close();
    /// No MPI_Finalize: for a rank that ends while others may be gone or still busy.
    void abandon();

private:
    bool open_ = false;
};

/// Messages over a communicator of its own, errors returned (MPI_ERRORS_RETURN) and thrown as Error with MPI's text.
/// Sends are MPI_Isend kept until they and those before them to that receiver complete; receives MPI_Iprobe then MPI_Recv.
/// An MpiScope must outlive it.
class MpiTransport : public Transport {
public:
    MpiTransport();
    ~MpiTransport() override;
    int rank() const override;
    int size() const override;
    void send(int to, const std::string& text) override;
    std::optional<Message> receive() override;
    /// Filled by receive() and send(), under an MPI with fault tolerance.
    std::vector<int> lost_ranks() override;
    void give_up(int rank) override;
    /// 0.05 ms after traffic, doubling with each empty receive() to 5 ms: polling at 2 ms costs 0.4 % of a core.
    double poll_after_ms() const override;
    void flush() override;
    std::string library() const override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::scheduler
