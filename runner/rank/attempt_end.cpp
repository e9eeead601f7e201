#include "runner/rank/attempt_end.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "configs/error.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "runner/attempt_files.h"
#include "runner/exit_code.h"
#include "runner/node/start_pauses.h"
#include "runner/utc_time.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;
using Kind = configs::FailureKind;

struct Found {
    fs::path path;
    configs::TrialResult result;
};

std::optional<Found> result_in(const fs::path& folder, const std::string& trial)
{
    const fs::path path = folder / result_name;
    std::error_code failure;
    if (!fs::exists(path, failure)) {
        if (failure) {
            throw files::Error(path, "cannot be read", failure.value());
        }
        return std::nullopt;
    }
    try {
        Found found{path, nlohmann::json::parse(files::read_file(path)).get<configs::TrialResult>()};
        if (found.result.trial_id == trial) {
            return found;
        }
    } catch (const files::Error&) {
        throw;  // unreadable is not missing: a failed result would replace one that may be done
    } catch (const std::exception&) {
        // Not a partial file, since it is written durably, but somebody else's: counts as missing.
    }
    return std::nullopt;
}

/// Returns the result of success that the trial announced, which may be an earlier attempt's.
std::optional<fs::path> done_result(const TrialOrder& order)
{
    return finished_result(order, [](const std::string&) {});
}

/// Returns the last line of the log, for a failure without a better message.
std::string last_line(const fs::path& log)
{
    std::ifstream file(log, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : 0;
    const std::streamoff length = std::min<std::streamoff>(size, 2000);
    std::string text(static_cast<std::size_t>(length), '\0');
    file.seekg(size - length);
    file.read(text.data(), length);
    while (!text.empty() && std::strchr("\n\r ", text.back()) != nullptr) {
        text.pop_back();
    }
    const std::size_t begin = text.rfind('\n');
    return begin == std::string::npos ? text : text.substr(begin + 1);
}

/// Returns the text as JSON stores it: a log may hold bytes that are not UTF-8.
std::string as_written(std::string text)
{
    if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
        return text;
    }
    return nlohmann::json::parse(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

configs::Failure failure_of(const AttemptEnd& end, const fs::path& log)
{
    if (!end.hang.empty()) {
        return {Kind::hang, end.hang + "; its log says what its threads did", 0};
    }
    const int status = end.status;
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        if (number == SIGKILL && end.memory_was_short) {
            return {Kind::out_of_memory, "killed by the kernel for lack of memory", number};
        }
        std::string message = fmt::format("killed by signal {} ({})", number, signal_name(number));
        if (number == SIGKILL) {
            message += ", by a person or for lack of memory (see dmesg)";
        }
        return {Kind::signal, message, number};
    }
    const int code = WEXITSTATUS(status);
    const std::string said = last_line(log);
    return {code == exit_no_device ? Kind::device : Kind::error,
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
    result.execution.replicas = end.order.replicas;
    result.attempt_folder = relative_attempt_folder(end.order);
    return result;
}

bool ended_as_asked(const AttemptEnd& end)
{
    if (WIFEXITED(end.status)) {
        return WEXITSTATUS(end.status) == exit_run_again;
    }
    const int number = WTERMSIG(end.status);
    return end.asked_to_end && (number == SIGTERM || number == SIGKILL || number == SIGXCPU);
}

struct Case {
    Judgement judgement;
    std::optional<configs::TrialResult> missing;  ///< the result its process should have left
};

void fail(Case& one, const AttemptEnd& end, configs::Failure failure)
{
    AttemptEnded& ended = one.judgement.ended;
    ended.ending = scheduler::Ending::failed;
    ended.result = (end.order.attempt_folder / result_name).string();
    failure.message = as_written(std::move(failure.message));
    ended.failure = std::move(failure);
    one.missing = failed_result(end, ended.failure);
}

/// Returns whether the process ended for lack of a thread or process, or before its first epoch of a library.
bool is_to_start_again(const AttemptEnd& end, const fs::path& log)
{
    constexpr int library_missing = 127;  // of the dynamic loader
    if (!end.hang.empty() || end.asked_to_end) {
        return false;
    }
    if (!end.epochs.empty()) {
        return WIFEXITED(end.status) && WEXITSTATUS(end.status) == exit_not_started;
    }
    if (!WIFEXITED(end.status)) {
        return WTERMSIG(end.status) == SIGABRT && tells_of_shortage(last_line(log));
    }
    const int code = WEXITSTATUS(end.status);
    return code == library_missing || code == exit_not_started ||
           (code != exit_done && code != exit_run_again && tells_of_shortage(last_line(log)));
}

Case open_case(const TrialOrder& order)
{
    const std::string log = (order.attempt_folder / "log.txt").string();
    return {{{order.trial.id, order.attempt, scheduler::Ending::drained, {}, {}, log}, {}}, {}};
}

/// Throws files::Error.
void hear(Case& one, const AttemptEnd& end)
{
    const TrialOrder& order = end.order;
    AttemptEnded& ended = one.judgement.ended;
    const std::optional<Found> own = result_in(order.attempt_folder, order.trial.id);
    const bool own_is_done = own && own->result.outcome == configs::Outcome::done;
    if (const auto done = own_is_done ? own->path : done_result(order)) {
        ended.ending = scheduler::Ending::done;
        ended.result = done->string();
        return;
    }
    const int code = WIFEXITED(end.status) ? WEXITSTATUS(end.status) : exit_done;
    if (!own && is_to_start_again(end, ended.log)) {
        one.judgement.not_started = end.said.empty() ? last_line(ended.log) : end.said;
        return;
    }
    if (is_environment_failure(code) && !own) {
        const std::string said = end.said.empty() ? last_line(ended.log) : end.said;
        one.judgement.node_error = NodeError{code, fmt::format("{} on {}: {}", order.trial.label, end.host, said)};
        return;
    }
    if (ended_as_asked(end)) {
        return;
    }
    if (!own && WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGXCPU) {
        one.judgement.node_error =
            NodeError{exit_not_started, fmt::format("{} on {}: its process reached the limit on processor time "
                                                    "(SIGXCPU); raise it or remove it (`ulimit -St`, the job's limits)",
                                                    order.trial.label, end.host)};
        return;
    }
    fail(one, end, own ? own->result.failure : failure_of(end, ended.log));
    if (own) {
        one.missing.reset();  // the trial has written and announced it itself
    }
}

void node_failed(Case& one, const AttemptEnd& end, const std::string& node, const std::exception& error)
{
    one = open_case(end.order);
    one.judgement.node_error = node_error(node, error);
}

void write_missing(std::vector<Case>& cases, std::span<const AttemptEnd> ends, const std::string& node)
{
    std::vector<OwnResult> results;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        if (cases[i].missing) {
            results.push_back({ends[i].order, *cases[i].missing});
        }
    }
    try {
        publish(results);
        return;
    } catch (const std::exception&) {
        // One of them cannot be written, perhaps not the others: try them one by one.
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
        try {
            if (cases[i].missing) {
                publish(ends[i].order, *cases[i].missing);
            }
        } catch (const std::exception& error) {
            node_failed(cases[i], ends[i], node, error);
        }
    }
}

Judgement judgement_of(Case&& one)
{
    if (one.missing) {
        one.judgement.ended.written = std::make_shared<configs::TrialResult>(std::move(*one.missing));
    }
    return std::move(one.judgement);
}

}  // namespace

std::vector<Judgement> judge(std::span<const AttemptEnd> ends, const std::string& node)
{
    std::vector<Case> cases;
    for (const AttemptEnd& end : ends) {
        Case& one = cases.emplace_back(open_case(end.order));
        try {
            hear(one, end);
        } catch (const std::exception& error) {
            node_failed(one, end, node, error);
        }
    }
    write_missing(cases, ends, node);
    std::vector<Judgement> judgements;
    judgements.reserve(cases.size());
    for (Case& one : cases) {
        judgements.push_back(judgement_of(std::move(one)));
    }
    return judgements;
}

Judgement not_started(const TrialOrder& order, const std::string& host, const std::string& message,
                      const std::string& node)
{
    AttemptEnd end;
    end.order = order;
    end.host = host;
    end.started_at = utc_now();
    std::vector<Case> cases = {open_case(order)};
    fail(cases.front(), end, {Kind::error, message, 0});
    write_missing(cases, std::span(&end, 1), node);
    return judgement_of(std::move(cases.front()));
}

NodeError node_error(const std::string& node, const std::exception& error)
{
    return {exit_code_of(error, exit_store), fmt::format("on {}: {}", node, error.what())};
}

std::string signal_name(int number)
{
    const char* name = ::sigabbrev_np(number);
    return name != nullptr ? std::string("SIG") + name : "unknown";
}

}  // namespace attnsweep::runner
