#include "runner/rank/trial_starter.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "files/error.h"
#include "runner/exit_code.h"
#include "runner/node/fenced_start.h"
#include "runner/node/node.h"

namespace attnsweep::runner {

TrialStarter::TrialStarter(EventLoopQueue& loop_queue, const std::atomic<bool>& draining, Callbacks callbacks)
    : loop_queue_(loop_queue), draining_(draining), callbacks_(std::move(callbacks))
{
}

void TrialStarter::set_up(const std::string& node, double grace_s)
{
    node_ = node;
    grace_s_ = grace_s;
}

void TrialStarter::start(int place, TrialStart start)
{
    const Key key{start.order.trial.id, start.order.attempt};
    Start& one = starts_.insert_or_assign(key, Start{place, std::move(start)}).first->second;
    attempt(key, one);
}

void TrialStarter::attempt(const Key& key, Start& start)
{
    start.due = Clock::time_point::max();
    BackgroundTasks& starter = starters_.try_emplace(start.place, loop_queue_).first->second;
    if (!starter.try_run([this, key, start = start.start] { return in_background(key, start); })) {
        again(key, "no thread can be started: Resource temporarily unavailable");
    }
}

std::function<void()> TrialStarter::in_background(const Key& key, const TrialStart& start)
{
    const auto waits = [&](const std::string& for_what) {
        loop_queue_.post([this, note = Note{start.order.trial.label + " " + for_what, start.order.trial.id}] {
            callbacks_.note(note);
        });
    };
    try {
        const std::optional<TrialProcess> process =
            start_fenced(start, grace_s_, waits, [this] { return draining_.load(); });
        if (!process) {
            return [this, key] { callbacks_.ended(drained(key)); };
        }
        return [this, key, started = *process] { callbacks_.began(key, started); };
    } catch (const NotStarted& error) {
        return [this, key, why = std::string(error.what())] { again(key, why); };
    } catch (const files::Error& error) {
        Judgement judgement = drained(key);
        judgement.node_error = node_error(node_, error);
        return [this, judgement] { callbacks_.ended(judgement); };
    } catch (const std::exception& error) {
        return [this, judgement = not_started(start.order, host_name(), error.what(), node_)] {
            callbacks_.ended(judgement);
        };
    }
}

void TrialStarter::again(const Key& key, const std::string& why)
{
    Start& start = starts_.at(key);
    const std::optional<double> pause_s = draining_ ? std::nullopt : start.pauses.next();
    if (pause_s) {
        start.due = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*pause_s));
        if (!std::exchange(is_told_, true)) {
            const configs::Trial& trial = start.start.order.trial;
            callbacks_.note({fmt::format("{} on {}: {}; it is not the trial's fault: tried again, for up to {:.0f} s",
                                         trial.label, node_, why, start.pauses.patience_s()),
                             trial.id});
        }
        return;
    }
    Judgement judgement = drained(key);
    if (!draining_) {
        judgement.node_error = NodeError{
            exit_not_started, fmt::format("on {}: no trial can be started; the last of several tries in {:.0f} s: {}",
                                          node_, start.pauses.patience_s(), why)};
    }
    callbacks_.ended(judgement);
}

Judgement TrialStarter::drained(const Key& key) const
{
    return {AttemptEnded{key.first, key.second, scheduler::Ending::drained, {}, {}, {}}, {}, {}};
}

void TrialStarter::tick()
{
    std::vector<Key> due;
    for (const auto& [key, start] : starts_) {
        if (start.due != Clock::time_point::max() && (draining_ || start.due <= Clock::now())) {
            due.push_back(key);
        }
    }
    for (const Key& key : due) {
        if (draining_) {
            callbacks_.ended(drained(key));
        } else {
            attempt(key, starts_.at(key));
        }
    }
}

double TrialStarter::sleep_s() const
{
    auto next = Clock::time_point::max();
    for (const auto& [key, start] : starts_) {
        next = std::min(next, start.due);
    }
    return next == Clock::time_point::max() ? std::numeric_limits<double>::infinity()
                                            : std::max(0.0, std::chrono::duration<double>(next - Clock::now()).count());
}

}  // namespace attnsweep::runner
