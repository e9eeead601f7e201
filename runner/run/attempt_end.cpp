#include "runner/run/attempt_end.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "configs/error.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "runner/attempt_files.h"
#include "runner/utc_time.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

struct Found {
    fs::path path;
    configs::TrialResult result;
};

std::optional<Found> result_in(const fs::path& folder, const std::string& trial)
{
    const fs::path path = folder / result_name;
    std::error_code failure;
    if (!fs::exists(path, failure)) {
        if (failure)
            throw files::Error(path, "cannot be read", failure.value());
        return std::nullopt;
    }
    try {
        Found found{path, nlohmann::json::parse(files::read_file(path)).get<configs::TrialResult>()};
        if (found.result.trial_id == trial)
            return found;
    } catch (const files::Error&) {
        throw;  // not read is not "not there": a failed result would take the place of one that may be done
    } catch (const std::exception&) {
        // Half a file cannot be there (written durably), a foreign one can: as if there were none.
    }
    return std::nullopt;
}

/// A trial may find that an earlier attempt had ended well, and announce that one's result.
std::optional<fs::path> done_result(const TrialOrder& order)
{
    return finished_result(order, [](const std::string&) {});
}

/// What the process said last, for a failure that has no better words.
std::string last_line(const fs::path& log)
{
    std::ifstream file(log, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : 0;
    const std::streamoff length = std::min<std::streamoff>(size, 2000);
    std::string text(static_cast<std::size_t>(length), '\0');
    file.seekg(size - length);
    file.read(text.data(), length);
    while (!text.empty() && std::strchr("\n\r ", text.back()) != nullptr)
        text.pop_back();
    const std::size_t begin = text.rfind('\n');
    return begin == std::string::npos ? text : text.substr(begin + 1);
}

configs::Failure failure_of(const AttemptEnd& end, const fs::path& log)
{
    if (!end.hang.empty())
        return {"hang", end.hang + "; its log says what its threads did", 0};
    const int status = end.status;
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        if (number == SIGKILL && end.memory_was_short)
            return {"out_of_memory", "killed by the kernel for want of memory", number};
        std::string message = fmt::format("killed by signal {} ({})", number, signal_name(number));
        if (number == SIGKILL)
            message += ", by a person or for want of memory (dmesg says)";
        return {"signal", message, number};
    }
    const int code = WEXITSTATUS(status);
    const std::string said = last_line(log);
    return {code == exit_no_device ? "device" : "error",
            fmt::format("ended with exit status {} and left no result{}{}", code, said.empty() ? "" : ": ", said), 0};
}

configs::TrialResult failed_result(const AttemptEnd& end, configs::Failure failure)
{
    configs::TrialResult result;
    result.trial_id = end.order.trial.id;
    result.label = end.order.trial.label;
    result.attempt = end.order.attempt;
    result.outcome = configs::Outcome::failed;
    result.failure = std::move(failure);
    result.epochs = end.epochs;
    result.started_at = end.started_at;
    result.duration_s = end.duration_s;
    result.execution.host = end.host;
    result.execution.device = end.order.device;
    result.execution.threads = end.order.threads;
    result.attempt_folder = relative_attempt_folder(end.order);
    return result;
}

bool ended_as_asked(const AttemptEnd& end)
{
    if (WIFEXITED(end.status))
        return WEXITSTATUS(end.status) == exit_run_again;
    return end.asked_to_end && (WTERMSIG(end.status) == SIGTERM || WTERMSIG(end.status) == SIGKILL);
}

}  // namespace

std::optional<Trouble> fault_of_surroundings(const AttemptEnd& end)
{
    const int code = WIFEXITED(end.status) ? WEXITSTATUS(end.status) : exit_done;
    if (!is_of_surroundings(code))
        return std::nullopt;
    if (done_result(end.order) || result_in(end.order.attempt_folder, end.order.trial.id))
        return std::nullopt;
    const std::string said = end.said.empty() ? last_line(end.order.attempt_folder / "log.txt") : end.said;
    return Trouble{code, fmt::format("{} on {}: {}", end.order.trial.label, end.host, said)};
}

Ended judge(const AttemptEnd& end)
{
    const TrialOrder& order = end.order;
    Ended ended{
        order.trial.id, order.attempt, scheduler::Ending::done, {}, {}, (order.attempt_folder / "log.txt").string()};
    const std::optional<Found> own = result_in(order.attempt_folder, order.trial.id);
    if (own && own->result.outcome == configs::Outcome::done) {
        ended.result = own->path.string();
        return ended;
    }
    if (const auto done = done_result(order)) {
        ended.result = done->string();
        return ended;
    }
    if (ended_as_asked(end)) {
        ended.ending = scheduler::Ending::drained;
        return ended;
    }
    ended.ending = scheduler::Ending::failed;
    ended.result = (order.attempt_folder / result_name).string();
    if (own) {
        ended.failure = own->result.failure;
        return ended;
    }
    ended.failure = failure_of(end, ended.log);
    publish(order, failed_result(end, ended.failure));
    return ended;
}

Ended not_started(const TrialOrder& order, const std::string& host, const std::string& message)
{
    AttemptEnd end;
    end.order = order;
    end.host = host;
    end.started_at = utc_now();
    Ended ended{order.trial.id,
                order.attempt,
                scheduler::Ending::failed,
                {"error", message, 0},
                (order.attempt_folder / result_name).string(),
                (order.attempt_folder / "log.txt").string()};
    publish(order, failed_result(end, ended.failure));
    return ended;
}

std::string signal_name(int number)
{
    const char* name = ::sigabbrev_np(number);
    return name != nullptr ? std::string("SIG") + name : "unknown";
}

}  // namespace attnsweep::runner
