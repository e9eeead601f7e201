#include "runner/planning/time_limit.h"

#include <charconv>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "runner/node/command_output.h"

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

std::optional<double> job_time_left_s()
{
    const char* job = std::getenv("SLURM_JOB_ID");
    if (job == nullptr || *job == '\0') {
        return std::nullopt;
    }
    std::optional<std::time_t> end;
    if (const char* told = std::getenv("SLURM_JOB_END_TIME"); told != nullptr && *told != '\0') {
        end = static_cast<std::time_t>(std::strtoll(told, nullptr, 10));
    } else {
        end = end_by_squeue(job);
    }
    if (!end || *end <= 0) {
        return std::nullopt;
    }
    return std::difftime(*end, std::time(nullptr));
}

}  // namespace attnsweep::runner
