#include "runner/rank/lease_keeper.h"

#include <chrono>
#include <csignal>
#include <utility>

namespace attnsweep::runner {

LeaseKeeper::LeaseKeeper(files::Lease& lease, EventLoopQueue& loop_queue, std::function<void(const std::string&)> lost)
    : lease_(lease), loop_queue_(loop_queue), lost_(std::move(lost))
{
    // Signals belong to the loop's thread.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([this] { work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LeaseKeeper::~LeaseKeeper()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wakes_.notify_one();
    thread_.join();
}

void LeaseKeeper::work()
{
    const std::chrono::duration<double> period(lease_.period_s());
    std::unique_lock lock(mutex_);
    while (!wakes_.wait_for(lock, period, [this] { return ending_; })) {
        lock.unlock();
        try {
            lease_.renew();
        } catch (const files::LeaseLost& lost) {
            loop_queue_.post([told = lost_, message = std::string(lost.what())] { told(message); });
            return;
        } catch (const files::Error&) {
            // Tried again next time; after three periods it is lost.
        }
        lock.lock();
    }
}

}  // namespace attnsweep::runner
