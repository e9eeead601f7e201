#pragma once

namespace attnsweep::runner {

/// Describes a process of this machine by /proc/PID/stat.
struct ProcessPulse {
    double cpu_s = -1;                  ///< processor time of it and its threads, seconds; negative if it is gone
    char state = 'X';                   ///< "R", "S", "D", "T", "Z" ...
    unsigned long long start_time = 0;  ///< clock ticks since boot; 0 if it is gone

    bool stopped() const { return state == 'T' || state == 't'; }
    bool gone() const { return state == 'X' || state == 'Z'; }
};
ProcessPulse pulse_of(int process);

}  // namespace attnsweep::runner
