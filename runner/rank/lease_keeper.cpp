#include "runner/rank/lease_keeper.h"

#include <chrono>

#include "runner/rank/signals.h"

namespace attnsweep::runner {

LeaseKeeper::LeaseKeeper(files::Lease& lease, EventLoopQueue& loop_queue)
    : lease_(lease), loop_queue_(loop_queue), thread_(thread_without_signals([this] { work(); }))
{
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

std::optional<files::LeaseLost> LeaseKeeper::lost() const
{
    const std::lock_guard lock(mutex_);
    return lost_;
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
            lock.lock();
            lost_ = lost;
            lock.unlock();
            loop_queue_.post([] {});  // the loop's next turn calls lost()
            return;
        } catch (const files::Error&) {
            // Tried again in the next period; after three periods the lease is lost.
        }
        lock.lock();
    }
}

}  // namespace attnsweep::runner
