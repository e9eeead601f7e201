#include "runner/planning/time_limit.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "configs/printable.h"
#include "runner/node/command_output.h"
#include "runner/planning/trial_timing.h"

namespace attnsweep::runner {

namespace {

std::optional<long> number(const char* begin, const char* end)
{
    long value = 0;
    const auto [stop, error] = std::from_chars(begin, end, value);
    return error == std::errc{} && stop == end && value >= 0 && value < 1000000 ? std::optional(value) : std::nullopt;
}

/// Parses "2026-11-24T15:00:00", in local time.
std::optional<std::time_t> local_time(const std::string& text)
{
    std::tm broken{};
    broken.tm_isdst = -1;
    const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &broken);
    if (rest == nullptr || (*rest != '\0' && *rest != '\n')) {
        return std::nullopt;
    }
    return std::mktime(&broken);
}

std::optional<std::time_t> end_by_squeue(const std::string& job)
{
    if (job.find_first_not_of("0123456789_+") != std::string::npos) {
        return std::nullopt;
    }
    const std::string command =
        "SLURM_TIME_FORMAT=standard timeout 10 squeue -h -j " + job + " -o %e 2>/dev/null </dev/null";
    return local_time(command_output(command));
}

}  // namespace

std::optional<double> time_limit_s(const std::string& text)
{
    const std::size_t dash = text.find('-');
    double days = 0;
    std::size_t begin = 0;
    if (dash != std::string::npos) {
        const auto whole = number(text.data(), text.data() + dash);
        if (!whole) {
            return std::nullopt;
        }
        days = static_cast<double>(*whole);
        begin = dash + 1;
    }
    std::vector<long> parts;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(':', begin), text.size());
        const auto part = number(text.data() + begin, text.data() + end);
        if (!part || (!parts.empty() && *part > 59)) {
            return std::nullopt;
        }
        parts.push_back(*part);
        begin = end + 1;
    }
    const bool with_days = dash != std::string::npos;
    if (parts.size() > 3 || parts.size() < (with_days ? 3U : 2U)) {
        return std::nullopt;
    }
    double seconds = 0;
    for (const long part : parts) {
        seconds = 60 * seconds + static_cast<double>(part);
    }
    seconds += 86400 * days;
    return seconds > 0 ? std::optional(seconds) : std::nullopt;
}

std::string wrong_time_limit(const std::string& text)
{
    return time_limit_s(text) ? std::string()
                              : "'" + text + "' is not a time: expected H:MM:SS, MM:SS or D-HH:MM:SS, such as 3:50:00";
}

std::string time_text(double seconds)
{
    const auto all = static_cast<long>(std::ceil(seconds));
    return all < 3600 ? fmt::format("{}:{:02}", all / 60, all % 60)
                      : fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

namespace {

/// By qstat of OpenPBS, PBS Professional or Torque: the wall time asked for, less what was used.
std::optional<double> left_by_qstat(const std::string& job)
{
    std::istringstream lines(
        command_output("timeout 10 qstat -f " + configs::shell_quoted(job) + " 2>/dev/null </dev/null"));
    std::optional<double> limit_s;
    double used_s = 0;
    std::string name, equals, value, rest;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        if (!(words >> name >> equals >> value) || equals != "=") {
            continue;
        }
        if (name == "Resource_List.walltime") {
            limit_s = time_limit_s(value);
        } else if (name == "resources_used.walltime") {
            used_s = time_limit_s(value).value_or(0);
        }
    }
    return limit_s ? std::optional(std::max(*limit_s - used_s, 1.0)) : std::nullopt;
}

/// By bjobs of LSF, which answers "3:59 L": hours and minutes until the hard limit; other letters are estimates.
std::optional<double> left_by_bjobs(const std::string& job)
{
    const std::string said = command_output("timeout 10 bjobs -noheader -o time_left " + configs::shell_quoted(job) +
                                            " 2>/dev/null </dev/null");
    long hours = 0, minutes = 0;
    char kind = 0;
    if (std::sscanf(said.c_str(), "%ld:%ld %c", &hours, &minutes, &kind) != 3 || kind != 'L') {
        return std::nullopt;
    }
    return std::max(3600.0 * static_cast<double>(hours) + 60.0 * static_cast<double>(minutes), 1.0);
}

std::string variable(const char* name)
{
    const char* text = std::getenv(name);
    return text == nullptr ? std::string() : std::string(text);
}

JobTime slurm_time(const std::string& job)
{
    const std::time_t now = std::time(nullptr);
    std::time_t told = 0;
    if (const char* text = std::getenv("SLURM_JOB_END_TIME"); text != nullptr && *text != '\0') {
        told = static_cast<std::time_t>(std::strtoll(text, nullptr, 10));
    }
    if (told > now) {
        return {std::difftime(told, now), fmt::format("Slurm job {} (SLURM_JOB_END_TIME)", job)};
    }
    if (const auto end = end_by_squeue(job); end && *end > now) {
        return {std::difftime(*end, now), fmt::format("Slurm job {} (squeue)", job)};
    }
    if (told <= 0) {
        return {};
    }
    return {std::nullopt, "",
            fmt::format(
                "Slurm job {} was to end {} ago (SLURM_JOB_END_TIME), so its limit is ignored; give --time-limit if "
                "this run must end",
                job, time_text(std::difftime(now, told)))};
}

}  // namespace

JobTime job_time()
{
    if (const std::string job = variable("SLURM_JOB_ID"); !job.empty()) {
        return slurm_time(job);
    }
    if (const std::string job = variable("PBS_JOBID"); !job.empty()) {
        return {left_by_qstat(job), fmt::format("PBS job {} (qstat)", job)};
    }
    if (const std::string job = variable("LSB_JOBID"); !job.empty()) {
        const std::string index = variable("LSB_JOBINDEX");
        const std::string full = index.empty() || index == "0" ? job : job + "[" + index + "]";
        return {left_by_bjobs(full), fmt::format("LSF job {} (bjobs)", full)};
    }
    return {};
}

std::string too_short_for_any(const JobTime& time, double grace_s, double first_checkpoint_s)
{
    const double needed_s = grace_s + after_grace_s + startup_s + first_checkpoint_s;
    if (!time.left_s || *time.left_s >= needed_s) {
        return {};
    }
    return fmt::format(
        "the time limit, {} from now by {}, is too short for any trial: {} are kept back to end it (--grace {:.0f}), "
        "and about {} are needed to start one and reach a first checkpoint; {} would be enough, or a shorter "
        "--grace",
        time_text(*time.left_s), time.source, time_text(grace_s + after_grace_s), grace_s,
        time_text(startup_s + first_checkpoint_s), time_text(needed_s + 1));
}

}  // namespace attnsweep::runner
