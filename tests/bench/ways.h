#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace attnsweep::bench {

/// What a piece of work took: by the clock, of the processors, and of memory beyond what the process had.
struct Measured {
    double wall_s = 0, cpu_s = 0, extra_mb = 0;
};

inline double clock_s(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

inline double memory_mb(const std::string& line)
{
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == line) {
            double kb = 0;
            status >> kb;
            return kb / 1024;
        }
    }
    return 0;
}

inline Measured measure(const std::function<void()>& what)
{
    std::ofstream("/proc/self/clear_refs") << 5;  // VmHWM begins anew
    const double before_mb = memory_mb("VmRSS:"), wall = clock_s(CLOCK_MONOTONIC),
                 cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    what();
    return {clock_s(CLOCK_MONOTONIC) - wall, clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu, memory_mb("VmHWM:") - before_mb};
}

inline double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// One of several ways to do the same, and what each round of it took.
struct Way {
    std::string name;
    std::function<void()> run;
    std::vector<Measured> rounds = {};

    double median_of(double Measured::* figure) const
    {
        std::vector<double> values;
        for (const Measured& round : rounds) {
            values.push_back(round.*figure);
        }
        return median(values);
    }
    // The median of what this takes more than the other in the same round.
    double ratio_to(const Way& other, double Measured::* figure) const
    {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < rounds.size(); ++i) {
            ratios.push_back(rounds[i].*figure / (other.rounds[i].*figure));
        }
        return median(ratios);
    }
};

}  // namespace attnsweep::bench
