#include "tests/model/replicas/stand_in_nccl.h"

#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "model/cuda/plugin/nccl_interface.h"

namespace attnsweep::stand_in {

namespace {

struct Numbers {
    void* begin;
    std::size_t count;
    int type;
};

/// The communicators of one unique id.
struct Clique {
    std::mutex mutex;
    std::vector<std::vector<Numbers>> queued;  // by replica; empty: not queued
};

struct Replica {
    std::shared_ptr<Clique> clique;
    int rank = 0;
    std::vector<Numbers> in_group;
};

thread_local std::vector<Replica*> in_group;

template <typename Number> void add_up(const std::vector<std::vector<Numbers>>& queued, std::size_t index)
{
    for (std::size_t i = 0; i < queued[0][index].count; ++i) {
        Number sum = 0;
        for (const auto& each : queued) {
            sum += static_cast<const Number*>(each[index].begin)[i];
        }
        for (const auto& each : queued) {
            static_cast<Number*>(each[index].begin)[i] = sum;
        }
    }
}

void queue(Replica& replica)
{
    Clique& clique = *replica.clique;
    const std::lock_guard lock(clique.mutex);
    clique.queued[static_cast<std::size_t>(replica.rank)] = std::move(replica.in_group);
    replica.in_group.clear();
    for (const auto& each : clique.queued) {
        if (each.empty()) {
            return;
        }
    }
    for (std::size_t i = 0; i < clique.queued[0].size(); ++i) {
        clique.queued[0][i].type == nccl::float64 ? add_up<double>(clique.queued, i) : add_up<float>(clique.queued, i);
    }
    for (auto& each : clique.queued) {
        each.clear();
    }
}

}  // namespace

Nccl& nccl()
{
    static Nccl the_one;
    return the_one;
}

}  // namespace attnsweep::stand_in

using namespace attnsweep;

// NOLINTBEGIN(readability-identifier-naming): NCCL's names
extern "C" {

int ncclGetUniqueId(nccl::UniqueId* id)
{
    static std::atomic<int> number = 0;
    const int own = ++number;
    std::memcpy(id->bytes, &own, sizeof own);
    return stand_in::nccl().id_result;
}
int ncclCommInitRankConfig(nccl::Communicator* communicator, int ranks, nccl::UniqueId id, int rank,
                           nccl::Config* config)
{
    if (config->blocking != 0 || config->magic != 0xcafebeef || (rank == 1 && stand_in::nccl().init_result_of_1 != 0)) {
        return stand_in::nccl().init_result_of_1;
    }
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<stand_in::Clique>> cliques;
    const std::lock_guard lock(mutex);
    auto& known = cliques[std::string(id.bytes, sizeof(int))];
    auto clique = known.lock();
    if (!clique) {
        known = clique = std::make_shared<stand_in::Clique>();
        clique->queued.resize(static_cast<std::size_t>(ranks));
    }
    *communicator = new stand_in::Replica{clique, rank, {}};
    ++stand_in::nccl().alive;
    return nccl::in_progress;
}
int ncclGroupStart()
{
    stand_in::in_group.clear();
    return nccl::success;
}
int ncclAllReduce(const void*, void* to, std::size_t count, int type, int, nccl::Communicator communicator, void*)
{
    auto* const replica = static_cast<stand_in::Replica*>(communicator);
    if (replica->in_group.empty()) {
        stand_in::in_group.push_back(replica);
    }
    replica->in_group.push_back({to, count, type});
    return stand_in::nccl().sum_result;
}
int ncclGroupEnd()
{
    const int aborts = stand_in::nccl().stuck_until_aborts;
    if (aborts > 0 && !stand_in::in_group.empty() && stand_in::in_group.front()->rank == 0) {
        ++stand_in::nccl().stuck;
        for (int i = 0; i < 10000 && stand_in::nccl().aborted < aborts; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return 6;  // ncclRemoteError; the communicator is gone
    }
    for (stand_in::Replica* replica : stand_in::in_group) {
        stand_in::queue(*replica);
    }
    return nccl::in_progress;
}
int ncclCommGetAsyncError(nccl::Communicator communicator, int* result)
{
    const auto* const replica = static_cast<stand_in::Replica*>(communicator);
    const std::lock_guard lock(replica->clique->mutex);
    const bool is_queuing = !replica->clique->queued[static_cast<std::size_t>(replica->rank)].empty();
    *result = is_queuing ? nccl::in_progress : stand_in::nccl().error.load();
    return nccl::success;
}
int ncclCommFinalize(nccl::Communicator)
{
    return nccl::in_progress;
}
int ncclCommDestroy(nccl::Communicator communicator)
{
    delete static_cast<stand_in::Replica*>(communicator);
    --stand_in::nccl().alive;
    return nccl::success;
}
int ncclCommAbort(nccl::Communicator communicator)
{
    ++stand_in::nccl().aborted;
    return ncclCommDestroy(communicator);
}
const char* ncclGetErrorString(int result)
{
    return result == 1 ? "unhandled cuda error" : result == 2 ? "unhandled system error" : "another result";
}
const char* ncclGetLastError(nccl::Communicator)
{
    return stand_in::nccl().last_error;
}
}
// NOLINTEND(readability-identifier-naming)
