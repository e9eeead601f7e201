#include "runner/planning/forecast.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <variant>

#include "runner/planning/trial_timing.h"
#include "scheduler/virtual_clock.h"

namespace attnsweep::runner {

namespace {

constexpr int most_of_a_trial = 64;  // devices

scheduler::SchedulerSettings settings_of(const TimePlanned& time, const SlotsPlanned& slots)
{
    scheduler::SchedulerSettings settings;
    settings.startup_s = startup_s;
    settings.devices_per_trial = slots.devices_per_trial;
    settings.speed = slots.speed;
    if (time.limit_s) {
        settings.ends_at_s = *time.limit_s;
        settings.drain_s = time.grace_s + after_grace_s;
    }
    return settings;
}

/// Plays a sweep in which nothing fails and each trial takes its expected time.
class Play {
public:
    /// `lasts_s`: of a trial, on so many devices.
    Play(std::vector<scheduler::PlannedTrial> trials, const TimePlanned& time, const SlotsPlanned& slots,
         std::function<double(std::size_t, int)> lasts_s)
        : lasts_s_(std::move(lasts_s)),
          clock_(std::move(trials), settings_of(time, slots), [this](const scheduler::Action& action) { act(action); })
    {
    }

    void run(const SlotsPlanned& slots)
    {
        for (int node = 0; node < slots.nodes; ++node) {
            clock_.tell(scheduler::RankJoined{node, "n" + std::to_string(node), slots.on_a_node, slots.devices,
                                              slots.memory, slots.of_cores, node + 1 < slots.nodes, slots.one_each,
                                              slots.bytes_of_devices});
        }
        clock_.run();
    }

    const std::vector<PlannedStart>& starts() const { return starts_; }
    double end_s() const { return end_s_; }

private:
    void act(const scheduler::Action& action)
    {
        const double now_s = clock_.now_s();
        if (const auto* assign = std::get_if<scheduler::Assign>(&action)) {
            const std::size_t trial = std::stoul(assign->assignment.trials.front()), start = starts_.size();
            const auto devices = static_cast<int>(assign->assignment.slots.size());
            starts_.push_back({trial, now_s, lasts_s_(trial, devices), false, devices});
            attempts_.push_back(assign->assignment.attempt);
            running_.insert(start);
            clock_.plan(now_s + starts_.back().lasts_s, [this, start] {
                if (running_.erase(start) > 0) {
                    end(start, scheduler::Ending::done);
                }
            });
        } else if (std::holds_alternative<scheduler::DrainTrials>(action)) {
            for (const std::size_t start : std::exchange(running_, {})) {
                starts_[start].is_stopped = true;
                clock_.plan(now_s, [this, start] { end(start, scheduler::Ending::drained); });
            }
        }
    }

    void end(std::size_t start, scheduler::Ending how)
    {
        end_s_ = clock_.now_s();
        const std::string trial = std::to_string(starts_[start].trial);
        clock_.tell(scheduler::TrialEnded{trial, attempts_[start], how, {}});
        if (how == scheduler::Ending::done) {
            clock_.tell(scheduler::Committed{trial, attempts_[start]});
        }
    }

    std::function<double(std::size_t, int)> lasts_s_;
    std::vector<PlannedStart> starts_;
    std::vector<int> attempts_;      // of each start
    std::set<std::size_t> running_;  // starts
    double end_s_ = 0;
    scheduler::VirtualClock clock_;
};

}  // namespace

double TimePlanned::drains_after_s() const
{
    return limit_s ? std::max(*limit_s - grace_s - after_grace_s, 0.0) : std::numeric_limits<double>::infinity();
}

int Forecast::stopped() const
{
    return static_cast<int>(
        std::count_if(starts.begin(), starts.end(), [](const PlannedStart& start) { return start.is_stopped; }));
}

SlotsPlanned slots_used(const SlotsPlanned& slots, std::size_t trials)
{
    const std::size_t each = slots.devices_per_trial == 1 ? 1 : most_of_a_trial;
    const int most = static_cast<int>(std::min<std::size_t>(std::max<std::size_t>(trials * each, 1), 1'000'000'000));
    SlotsPlanned used = slots;
    used.nodes = std::min(slots.nodes, most);
    if (slots.devices == 0 && slots.memory == scheduler::Memory{}) {  // slots that know nothing of each other
        used.on_a_node = std::min(slots.on_a_node, most);
    }
    return used;
}

Forecast forecast_of(const std::vector<TrialOutlook>& outlooks, const std::vector<ExpectedDuration>& durations,
                     const SlotsPlanned& slots, const TimePlanned& time, const std::vector<scheduler::Memory>& memory)
{
    // Trials that run already have begun before all others.
    constexpr double before_all_s = 1e12;
    Forecast forecast;
    std::vector<scheduler::PlannedTrial> planned;
    for (std::size_t i = 0; i < outlooks.size(); ++i) {
        if (!outlooks[i].remains()) {
            continue;
        }
        const bool runs = outlooks[i].action == PlannedAction::running;
        scheduler::PlannedTrial& trial = planned.emplace_back();
        trial.id = std::to_string(i);
        trial.is_begun = outlooks[i].has_begun();
        trial.expected = durations[i].left_s - (runs ? before_all_s : 0);
        trial.first_checkpoint_s = first_checkpoint_s(time.checkpoint_every_s, durations[i].epoch_s);
        if (!memory.empty()) {
            trial.memory = memory[i];
        }
        if (!slots.most_devices.empty()) {
            trial.most_devices = slots.most_devices[i];
        }
        forecast.longest_s = std::max(forecast.longest_s, durations[i].left_s);
        forecast.total_s += durations[i].left_s;
        forecast.is_measured = forecast.is_measured && durations[i].is_measured();
    }
    const int each = std::max(slots.devices_per_trial, 1);
    forecast.lower_bound_s =
        forecast.total_s / static_cast<double>(std::int64_t{slots.nodes} * std::max(slots.on_a_node / each, 1));
    double fastest = 1;
    for (int devices = 2; slots.devices_per_trial == 0 && devices <= std::min(slots.most_together(), most_of_a_trial);
         devices *= 2) {
        fastest = std::max(fastest, slots.speed.of(devices));
    }
    for (std::size_t i = 0; i < outlooks.size(); ++i) {
        if (outlooks[i].remains()) {
            forecast.lower_bound_s =
                std::max(forecast.lower_bound_s, durations[i].at_speed(durations[i].left_s, fastest));
        }
    }
    if (planned.empty()) {
        return forecast;
    }
    const auto play = [&](double ExpectedDuration::* lasts_s) {
        auto played = std::make_unique<Play>(planned, time, slots, [&, lasts_s](std::size_t i, int devices) {
            const double time_s = durations[i].*lasts_s;
            return slots.devices_per_trial == 0 ? durations[i].at_speed(time_s, slots.speed.of(devices)) : time_s;
        });
        played->run(slots_used(slots, planned.size()));
        return played;
    };
    forecast.makespan_low_s = play(&ExpectedDuration::left_low_s)->end_s();
    forecast.makespan_high_s = play(&ExpectedDuration::left_high_s)->end_s();
    const auto expected = play(&ExpectedDuration::left_s);
    forecast.makespan_s = expected->end_s();
    forecast.starts = expected->starts();
    std::set<std::size_t> started;
    for (const PlannedStart& start : forecast.starts) {
        started.insert(start.trial);
    }
    for (std::size_t i = 0; i < outlooks.size(); ++i) {
        if (outlooks[i].remains() && !started.contains(i)) {
            forecast.not_started.push_back(i);
        }
    }
    return forecast;
}

}  // namespace attnsweep::runner
