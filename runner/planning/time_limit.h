#pragma once

#include <optional>
#include <string>

namespace attnsweep::runner {

/// Seconds of "50:00" (minutes), "3:50:00" (hours) or "1-02:00:00" (days), as Slurm writes them; nothing for what is none of
/// these, or no time at all.
std::optional<double> time_limit_s(const std::string& text);

/// For CLI11's check(): what is wrong with such a text; empty: nothing.
std::string wrong_time_limit(const std::string& text);

/// Seconds until Slurm ends the job this process belongs to: SLURM_JOB_END_TIME where it is set, else what `squeue` says.
/// Nothing outside a job, for one without a limit, and where Slurm does not answer within 10 s.
std::optional<double> job_time_left_s();

}  // namespace attnsweep::runner
