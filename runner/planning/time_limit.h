#pragma once

#include <optional>
#include <string>

namespace attnsweep::runner {

/// Reads "50:00" (minutes), "3:50:00" (hours) or "1-02:00:00" (days), as Slurm writes them, into seconds. Returns nothing for
/// another format and for a time of 0.
std::optional<double> time_limit_s(const std::string& text);

/// Says what is wrong with such a text, for CLI11's check(); empty: nothing.
std::string wrong_time_limit(const std::string& text);

/// Formats seconds as time_limit_s() reads them: "1:05", "3:50:00".
std::string time_text(double seconds);

/// The time until the job of this process ends.
struct JobTime {
    std::optional<double>
        left_s;            ///< empty: no job, one without a limit, or the resource manager does not answer within 10 s
    std::string source{};  ///< for people: where the limit is from
    std::string notice{};  ///< for people: why a limit that was found is not used; empty: nothing to say
};

/// Asks the resource manager. Slurm: SLURM_JOB_END_TIME, or `squeue` where that is not set or past (the job may have been extended); PBS:
/// `qstat -f`; LSF: `bjobs`. An end in the past is ignored: the shell outlived its job (tmux, an editor's terminal), or the job may run
/// longer than its limit.
JobTime job_time();

/// Says why no trial can start within the time that is left, where that is from, and what would be enough; empty if one can.
/// `first_checkpoint_s`: from a trial's first batch to its next checkpoint, the shortest of the trials left.
std::string too_short_for_any(const JobTime& time, double grace_s, double first_checkpoint_s);

}  // namespace attnsweep::runner
