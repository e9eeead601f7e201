// `attnsweep status`: shows the progress of a store's sweeps, and what runs there now.
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "reports/status.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/cli/sweep/live_runs.h"
#include "runner/protocol.h"
#include "runner/terminal.h"
#include "runner/value_checks.h"

namespace attnsweep::runner {

namespace {

struct StatusOptions {
    std::string store = default_store(), sweep, format = "text";
    bool watch = false;
    double every_s = 2;
};

volatile std::sig_atomic_t interrupted = 0;

extern "C" void on_interrupt(int)
{
    interrupted = 1;
}

struct Screen {
    bool terminal = false;
    std::size_t columns = 10000, rows = 10000;
};

Screen screen()
{
    Screen here;
    winsize size{};
    if (redraws_lines(STDOUT_FILENO) && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 &&
        size.ws_row > 4) {
        here = {true, size.ws_col, size.ws_row};
    }
    return here;
}

/// Shows running sweeps as their rank 0 published them, and all others as the store has them.
std::string text_of(const StatusOptions& options, const std::vector<LiveRun>& runs, std::size_t columns)
{
    std::string text, running;
    for (const LiveRun& run : runs) {
        if (run.is_running() && (options.sweep.empty() || options.sweep == run.published->sweep)) {
            text += live_text(run, columns) + "\n";
            running = run.published->sweep;
        }
    }
    if (!running.empty() && options.sweep == running) {
        return text;
    }
    const store::Store store = store::Store::open_to_read(options.store);
    std::vector<reports::SweepStatus> sweeps = reports::read_status(store, options.sweep);
    std::erase_if(sweeps, [&](const reports::SweepStatus& status) { return status.sweep.name == running; });
    return running.empty() || !sweeps.empty() ? text + reports::render_status(store, sweeps) : text;
}

nlohmann::json json_of(const reports::SweepStatus& status)
{
    nlohmann::json failures = nlohmann::json::array();
    for (const reports::FailedTrial& trial : status.failed) {
        failures.push_back({{"label", trial.label},
                            {"attempts", trial.attempts},
                            {"kind", trial.failure.kind},
                            {"message", trial.failure.message},
                            {"tried_again", trial.is_tried_again}});
    }
    return {{"sweep", status.sweep.name},         {"revision", status.sweep.revision}, {"total", status.counts.repeats},
            {"done", status.counts.done},         {"running", status.counts.running},  {"failed", status.counts.failed},
            {"missing", status.counts.missing()}, {"to_resume", status.resumable},     {"hidden", status.hidden},
            {"failures", std::move(failures)}};
}

std::string json_text_of(const StatusOptions& options, const std::vector<LiveRun>& runs)
{
    nlohmann::json live = nlohmann::json::array(), sweeps = nlohmann::json::array();
    for (const LiveRun& run : runs) {
        if (run.is_running()) {
            nlohmann::json json = *run.published;
            json["age_s"] = run.age_s;
            json["store"] = run.store.string();
            live.push_back(std::move(json));
        }
    }
    const store::Store store = store::Store::open_to_read(options.store);
    for (const reports::SweepStatus& status : reports::read_status(store, options.sweep)) {
        sweeps.push_back(json_of(status));
    }
    return nlohmann::json{{"running", std::move(live)}, {"sweeps", std::move(sweeps)}}.dump(
               2, ' ', false, nlohmann::json::error_handler_t::replace) +
           "\n";
}

void put(const std::string& text)
{
    std::cout << text;
    finish_output();
}

std::string now_text(const StatusOptions& options, const std::vector<LiveRun>& runs, std::size_t columns)
{
    return options.format == "json" ? json_text_of(options, runs) : text_of(options, runs, columns);
}

/// Draws the text over the previous one line by line, so that nothing flickers.
std::string redrawn(const std::string& text, std::size_t rows)
{
    std::string out = "\x1b[H";
    std::size_t row = 1;
    for (std::size_t begin = 0; begin < text.size() && row < rows; ++row) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        out += text.substr(begin, end - begin) + "\x1b[K\n";
        begin = end + 1;
    }
    return out + "\x1b[J";
}

void pause(double seconds)
{
    timespec left{static_cast<time_t>(seconds),
                  static_cast<long>((seconds - static_cast<double>(static_cast<time_t>(seconds))) * 1e9)};
    ::nanosleep(&left, nullptr);  // a signal ends it early
}

bool anything_runs(const std::vector<LiveRun>& runs)
{
    for (const LiveRun& run : runs) {
        if (run.holder) {
            return true;
        }
    }
    return false;
}

/// Until Ctrl-C, or until what ran has ended.
int watch(const StatusOptions& options)
{
    struct sigaction action = {};
    action.sa_handler = on_interrupt;  // without SA_RESTART: the pause ends
    sigaction(SIGINT, &action, nullptr);
    std::string shown;
    for (bool first = true; interrupted == 0; first = false) {
        const Screen here = screen();
        const std::vector<LiveRun> runs = live_runs(options.store);
        const std::string text = now_text(options, runs, here.columns);
        if (here.terminal) {
            put((first ? "\x1b[2J" : "") + redrawn(text, here.rows));
        } else if (text != shown) {
            put(text + "\n");
        }
        shown = text;
        if (!anything_runs(runs)) {
            break;
        }
        pause(options.every_s);
    }
    return exit_done;
}

int status(const StatusOptions& options)
{
    if (options.watch) {
        return watch(options);
    }
    put(now_text(options, live_runs(options.store), screen().columns));
    return exit_done;
}

}  // namespace

void add_status(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<StatusOptions>();
    CLI::App* command = app.add_subcommand(
        "status", "Shows the progress of each sweep of a store, what runs now, when it will end, what failed and why");
    command->add_option("--store", options->store, "The store, or a folder of stores (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command->add_option("--sweep", options->sweep, "Only this sweep, by name or NAME@REVISION");
    command->add_flag("--watch", options->watch, "Refresh until the run has ended, or Ctrl-C");
    command->add_option("--every", options->every_s, "Seconds between two refreshes of --watch")
        ->check(wrong_positive_amount)
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    command->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    command->footer(
        "A running sweep is shown as its rank 0 published it, at most a few seconds ago, on any machine that sees "
        "the store.\n\n"
        "Examples:\n"
        "  attnsweep status\n"
        "  attnsweep status --store results.db --watch");
    command->callback([&chosen, options] { chosen = [options] { return status(*options); }; });
}

}  // namespace attnsweep::runner
