#pragma once

#include <map>

namespace attnsweep::scheduler {

/// Says how many times as fast a trial trains on several devices of a node as on one: the number of devices times their efficiency.
/// That of a number of devices is measured, else in proportion between those that are, by doublings. Beyond what is measured each
/// doubling has the assumed efficiency: with 0.8, two devices are 1.6 times, four 2.56 times as fast as one.
class DeviceSpeed {
public:
    static constexpr double usually_assumed = 0.8;

    explicit DeviceSpeed(double assumed = usually_assumed) : assumed_(assumed) {}

    /// Takes the measured efficiency of so many devices (2 or more).
    void measure(int devices, double efficiency) { measured_[devices] = efficiency; }

    double efficiency(int devices) const;
    double of(int devices) const { return devices * efficiency(devices); }

    double assumed() const { return assumed_; }
    const std::map<int, double>& measured() const { return measured_; }  ///< efficiencies, by devices

private:
    double assumed_;
    std::map<int, double> measured_;
};

}  // namespace attnsweep::scheduler
