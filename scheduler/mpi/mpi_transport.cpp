#include "scheduler/mpi/mpi_transport.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <mpi.h>

#include "scheduler/error.h"
#include "scheduler/mpi/mpi_check.h"
#include "scheduler/mpi/process_failures.h"

#ifdef __SANITIZE_ADDRESS__
// MPI keeps its allocations until the process ends; leaks of this program are still reported.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions()
{
    // vasprintf: called by MPI alone, through frames that cannot be unwound.
    return "leak:libmpi.so\nleak:libopen-pal.so\nleak:libpmix.so\nleak:mca_\nleak:libhwloc\nleak:vasprintf\n";
}
#endif

namespace attnsweep::scheduler {

namespace {

constexpr int message_tag = 1;
constexpr double shortest_poll_ms = 0.05, longest_poll_ms = 5;

}  // namespace

MpiScope::MpiScope()
{
    int initialised = 0;
    MPI_Initialized(&initialised);
    if (initialised) {
        throw Error("MPI is initialized already: one MpiScope per process");
    }
    // Only the event loop's thread calls MPI; the store's writer and the starters of trials do not.
    int provided = 0;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
    open_ = true;
    check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

MpiScope::~MpiScope()
{
    if (open_) {
        MPI_Finalize();
    }
}

void MpiScope::close()
{
    if (!std::exchange(open_, false)) {
        return;
    }
    check(MPI_Finalize(), "MPI_Finalize");
}

void MpiScope::abandon()
{
    open_ = false;
}

struct MpiTransport::State {
    struct Sending {
        MPI_Request request;
        std::string text;
    };
    MPI_Comm communicator = MPI_COMM_NULL;
    int rank = 0, size = 1;
    std::map<int, std::deque<Sending>> sending;  // by receiver, oldest first; deques, since the buffers must not move
    std::set<int> lost, given_up;
    std::vector<int> newly_lost;
    double poll_ms = shortest_poll_ms;

    void lose(int peer)
    {
        if (lost.insert(peer).second) {
            newly_lost.push_back(peer);
        }
    }

    void lose_the_dead()
    {
        for (const int peer : acknowledge_failures(MPI_Comm_c2f(communicator))) {
            lose(peer);
        }
    }

    // Only the oldest per receiver: a test of an incomplete send yields the processor if ranks outnumber cores, and
    // each yield may last a time slice while trials compute. Hundreds of sends took seconds per turn.
    void complete_sends()
    {
        for (auto& [to, sends] : sending) {
            while (!sends.empty() && is_complete(to, sends.front())) {
                sends.pop_front();
            }
        }
    }

    bool is_complete(int to, Sending& sent)
    {
        int complete = 0;
        const int code = MPI_Test(&sent.request, &complete, MPI_STATUS_IGNORE);
        if (is_process_failure(code)) {
            lose(to);
            return true;
        }
        check(code, "MPI_Test");
        return complete != 0;
    }
};

MpiTransport::MpiTransport() : state_(std::make_unique<State>())
{
    check(MPI_Comm_dup(MPI_COMM_WORLD, &state_->communicator), "MPI_Comm_dup");
    check(MPI_Comm_set_errhandler(state_->communicator, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(state_->communicator, &state_->rank), "MPI_Comm_rank");
    check(MPI_Comm_size(state_->communicator, &state_->size), "MPI_Comm_size");
}

// The communicator is left to MPI_Finalize: MPI_Comm_free is collective, and a destructor may run on one rank alone.
MpiTransport::~MpiTransport() = default;

int MpiTransport::rank() const
{
    return state_->rank;
}

int MpiTransport::size() const
{
    return state_->size;
}

void MpiTransport::send(int to, const std::string& text)
{
    if (to < 0 || to >= state_->size || to == state_->rank) {
        throw Error(fmt::format("a message of rank {} to rank {}: there are {} ranks", state_->rank, to, state_->size));
    }
    state_->poll_ms = shortest_poll_ms;
    if (state_->lost.contains(to)) {
        return;
    }
    std::deque<State::Sending>& sends = state_->sending[to];
    State::Sending& sent = sends.emplace_back(State::Sending{MPI_REQUEST_NULL, text});
    const int code = MPI_Isend(sent.text.data(), static_cast<int>(sent.text.size()), MPI_CHAR, to, message_tag,
                               state_->communicator, &sent.request);
    if (code == MPI_SUCCESS) {
        return;
    }
    sends.pop_back();
    if (!is_process_failure(code)) {
        check(code, "MPI_Isend");
    }
    state_->lose(to);
}

std::optional<Message> MpiTransport::receive()
{
    state_->complete_sends();
    int there = 0;
    MPI_Status status{};
    const int probed = MPI_Iprobe(MPI_ANY_SOURCE, message_tag, state_->communicator, &there, &status);
    if (is_process_failure(probed)) {
        state_->lose_the_dead();
        there = 0;  // the next call finds what live ranks have sent
    } else {
        check(probed, "MPI_Iprobe");
    }
    if (!there) {
        state_->poll_ms = std::min(state_->poll_ms * 2, longest_poll_ms);
        return std::nullopt;
    }
    state_->poll_ms = shortest_poll_ms;
    int size = 0;
    check(MPI_Get_count(&status, MPI_CHAR, &size), "MPI_Get_count");
    Message message{status.MPI_SOURCE, std::string(static_cast<std::size_t>(size), '\0')};
    const int received = MPI_Recv(message.text.data(), size, MPI_CHAR, message.from, message_tag, state_->communicator,
                                  MPI_STATUS_IGNORE);
    if (is_process_failure(received)) {
        state_->lose(message.from);
        return std::nullopt;
    }
    check(received, "MPI_Recv");
    return message;
}

std::vector<int> MpiTransport::lost_ranks()
{
    return std::exchange(state_->newly_lost, {});
}

double MpiTransport::poll_after_ms() const
{
    return state_->poll_ms;
}

void MpiTransport::give_up(int rank)
{
    state_->given_up.insert(rank);
}

std::string MpiTransport::library() const
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
    int length = 0;
    if (MPI_Get_library_version(text, &length) != MPI_SUCCESS) {
        return {};
    }
    // "Open MPI v5.0.11, package: ...", "MPICH Version: 4.1\n..."
    const std::string whole = text;
    return whole.substr(0, whole.find_first_of(",\n"));
}

void MpiTransport::flush()
{
    const auto awaited = [this](const auto& sends) {
        return !sends.second.empty() && !state_->given_up.contains(sends.first);
    };
    while (state_->complete_sends(), std::any_of(state_->sending.begin(), state_->sending.end(), awaited)) {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
}

}  // namespace attnsweep::scheduler
