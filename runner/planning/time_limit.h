#pragma once

#include <optional>
#include <string>

namespace attnsweep::runner {

/// Reads "50:00" (minutes), "3:50:00" (hours) or "1-02:00:00" (days), as Slurm writes them, into seconds. Returns nothing for
/// another format and for a time of 0.
std::optional<double> time_limit_s(const std::string& text);

/// Says what is wrong with such a text, for CLI11's check(); empty: nothing.
std::string wrong_time_limit(const std::string& text);

/// Returns the seconds until Slurm ends the job of this process: by SLURM_JOB_END_TIME where it is set, else by `squeue`.
/// Returns nothing outside a job, for one without a limit, and where Slurm does not answer within 10 s.
std::optional<double> job_time_left_s();

}  // namespace attnsweep::runner
