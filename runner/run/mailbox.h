#pragma once

#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace attnsweep::runner {

/// What other threads want done on the loop's thread. The descriptor is readable while something waits.
class Mailbox {
public:
    Mailbox();  ///< throws Error
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    int descriptor() const { return descriptor_; }
    void post(std::function<void()> what);  ///< from any thread
    void run_all();                         ///< on the loop's thread

private:
    int descriptor_ = -1;
    std::mutex mutex_;
    std::deque<std::function<void()>> waiting_;
};

/// Work that touches disks or waits: each in a thread of its own, since one may wait long (for a process that is still
/// ending) and must not hold up the next. What it returns runs on the loop's thread.
class Errands {
public:
    explicit Errands(Mailbox& mailbox) : mailbox_(mailbox) {}
    ~Errands();  ///< waits for all
    Errands(const Errands&) = delete;
    Errands& operator=(const Errands&) = delete;

    /// `work` must not throw.
    void run(std::function<std::function<void()>()> work);
    bool idle() const { return threads_.empty(); }

private:
    Mailbox& mailbox_;
    std::list<std::thread> threads_;
};

}  // namespace attnsweep::runner
