#pragma once

#include <vector>

#include "scheduler/device_speed.h"

namespace attnsweep::scheduler {

/// A slot, and when it is expected to be free.
struct SlotTime {
    int device = 0;
    double free_at_s = 0;
};

/// The slots of a node that trials can use.
struct NodeSlots {
    bool of_cores = false;  ///< a trial on several takes any; else each on another device
    std::vector<SlotTime> slots;
    bool one_each = false;  ///< no trial takes several
};

/// A trial that waits for devices.
struct WaitingTrial {
    double expected_s = 0;  ///< on one device
    int most_devices = 1;
};

/// When a waiting trial is to start, and on how many devices of a node.
struct TailStart {
    int devices = 1;
    double starts_at_s = 0;
};

/// Decides on how many devices each of the last trials of a sweep starts, fewer than there are slots, and which of them wait for slots
/// that are not free yet, so that all end as early as possible. `trials`: in the order of starting. Returns a start for each trial, or
/// nothing if one device for each, as soon as one is free, is as good: several must save a twentieth of the time that is left.
///
/// Each trial in turn takes the smallest power of two of devices on which it ends by a common time, which is searched by halving:
/// so only trials that would end last get several. Expected times may be wrong; who calls it again at each event corrects that.
std::vector<TailStart> plan_tail(const std::vector<NodeSlots>& nodes, const std::vector<WaitingTrial>& trials,
                                 const DeviceSpeed& speed, double now_s);

}  // namespace attnsweep::scheduler
