#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "recorder.h"

// Plans and nodes of the tests of trials on several devices.
namespace attnsweep::scheduler {

inline SchedulerSettings each_on(int devices)
{
    SchedulerSettings settings{.lost_rank_grace_s = 10};
    settings.devices_per_trial = devices;
    return settings;
}

inline SchedulerSettings automatic(double efficiency = 1)
{
    SchedulerSettings settings = each_on(0);
    settings.speed = DeviceSpeed(efficiency);
    return settings;
}

inline std::vector<PlannedTrial> trials(const std::vector<double>& expected, Memory memory = {})
{
    std::vector<PlannedTrial> all;
    for (const double each : expected) {
        all.push_back(planned(std::string(1, static_cast<char>('a' + all.size())), each));
        all.back().memory = memory;
    }
    return all;
}

inline RankJoined gpus(int devices, const std::string& node = "n", int rank = 0)
{
    return {rank, node, devices, devices, {}};
}

inline RankJoined cores(int slots, std::int64_t host_bytes = 0)
{
    return {0, "n", slots, 1, {0, host_bytes}, true};
}

}  // namespace attnsweep::scheduler
