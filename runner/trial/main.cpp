// attnsweep-trial: the program that trains. Orders come on standard input, events go to the descriptor asked for, what must
// last goes to files. runner/protocol.h.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <torch/version.h>

#include "configs/json_reason.h"
#include "configs/names.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "runner/error.h"
#include "runner/exit_code.h"
#include "runner/last_resort.h"
#include "runner/protocol.h"
#include "runner/standard_descriptors.h"
#include "runner/trial/drain_request.h"
#include "runner/trial/event_writer.h"
#include "runner/trial/failure_naming.h"
#include "runner/trial/foreground.h"
#include "runner/trial/machine.h"
#include "runner/trial/prediction.h"
#include "runner/trial/profiling.h"
#include "runner/trial/stack_dump.h"
#include "runner/trial/training.h"
#include "runner/utc_time.h"
#include "runner/version.h"

namespace {

using namespace attnsweep;
using namespace attnsweep::runner;

// A stopped rank must not block a trial that has ended; all that the rank needs is in files.
constexpr std::chrono::seconds last_events_limit{10};

template <typename Order> Order read_order()
{
    const std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    try {
        return nlohmann::json::parse(text).get<Order>();
    } catch (const nlohmann::json::exception& error) {
        throw Error("the order on standard input is not as expected: " + configs::json_reason(error.what()) +
                        "; this program is started by `attnsweep run`, `attnsweep trial` and `attnsweep predict`",
                    exit_usage);
    }
}

/// The failure is in result.json: the rank does not need the exit code to tell.
int code_for_rank(const TrialEnding& ending)
{
    return ending.kind == TrialEnding::Kind::failed && !is_environment_failure(ending.exit_code) ? exit_failed
                                                                                                 : ending.exit_code;
}

/// After a failure a GPU may make CUDA's own destructors fail, and a replica that hangs may use what they free: ends the process
/// without them.
void exit_if_unsafe(const TrialOrder& order, const TrialEnding& ending, int code)
{
    if (ending.kind == TrialEnding::Kind::failed && (order.device != "cpu" || order.replicas > 1)) {
        std::fflush(nullptr);
        std::_Exit(code);
    }
}

int train_for_rank(int events_descriptor)
{
    EventWriter events(events_descriptor);
    const TrialOrder order = read_order<TrialOrder>();
    TrialCallbacks callbacks;
    callbacks.announce = [&](const TrialEvent& event) { events.write(event); };
    callbacks.drain_wanted = [&] { return drain_requested() || events.reader_gone(); };
    callbacks.log = [](const std::string& line) {
        std::fprintf(stderr, "%s %s\n", utc_now().c_str(), on_one_line(line).c_str());
    };
    try {
        const bool is_to_drain = !wait_for_gpu(order.device, callbacks.log, callbacks.drain_wanted);
        const TrialEnding ending = is_to_drain ? TrialEnding{TrialEnding::Kind::drained, {}, exit_run_again, {}}
                                               : run_trial(order, callbacks, true);
        if (ending.kind == TrialEnding::Kind::failed) {
            callbacks.log("failed (" + configs::to_string(ending.failure.kind) + "): " + ending.failure.message);
        }
        events.flush(last_events_limit);
        exit_if_unsafe(order, ending, code_for_rank(ending));
        return code_for_rank(ending);
    } catch (const std::exception& error) {
        TrialEvent failed;
        failed.kind = TrialEvent::Kind::failed;
        failed.trial_id = order.trial.id;
        failed.attempt = order.attempt;
        failed.failure = configs::Failure{configs::FailureKind::error, error.what(), 0};
        events.write(failed);
        events.flush(last_events_limit);
        std::fprintf(stderr, "attnsweep-trial: %s\n", on_one_line(error.what()).c_str());
        return exit_code_of(error, exit_store);  // its files are the store's
    }
}

/// `result_path` empty: the result is only printed.
int train_in_foreground(const std::string& result_path)
{
    const TrialOrder order = read_order<TrialOrder>();
    ForegroundPrinter printer(order);
    TrialCallbacks callbacks;
    callbacks.announce = [&](const TrialEvent& event) { printer.print(event); };
    callbacks.drain_wanted = drain_requested;
    callbacks.log = [&](const std::string& line) { printer.log(line); };
    const TrialEnding ending = run_trial(order, callbacks, false);
    printer.print_ending(ending);
    exit_if_unsafe(order, ending, ending.exit_code);
    if (ending.result && !result_path.empty()) {
        try {
            files::write_durably(result_path, nlohmann::json(*ending.result).dump() + "\n");
        } catch (const files::Error& error) {
            throw Error(std::string("--result ") + error.what(), exit_code_of(error, exit_store));
        }
    }
    return ending.exit_code;
}

int profile_in_foreground(bool json)
{
    const TrialOrder order = read_order<TrialOrder>();
    try {
        const Profile profile = profile_trial(order, drain_requested);
        std::printf("%s", (json ? profile_json(profile) : profile_text(profile)).c_str());
        return exit_done;
    } catch (...) {
        const FailureAndCode named = name_failure(std::current_exception());
        std::fprintf(stderr, "attnsweep: %s\n", on_one_line(named.failure.message).c_str());
        return named.exit_code;
    }
}

int run_guarded(const std::function<int()>& chosen)
{
    try {
        return chosen();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "attnsweep-trial: %s\n", last_words_of(error).c_str());
        return exit_code_of(error);
    } catch (...) {
        std::fprintf(stderr, "attnsweep-trial: %s\n", last_words_of_unknown().c_str());
        return exit_failed;
    }
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only memory that has run out, or an option named twice, throws here
int main(int argc, char** argv)
{
    open_standard_descriptors();
    let_long_files_fail();
    CLI::App app(
        "attnsweep-trial trains one trial, or predicts with one. attnsweep and its ranks start it; people use\n"
        "`attnsweep trial` and `attnsweep predict`.");
    app.set_version_flag("--version", "attnsweep-trial " + version_text() + ", libtorch " TORCH_VERSION);
    app.require_subcommand(1);
    std::function<int()> chosen;

    CLI::App* train = app.add_subcommand("train", "Trains the trial of the TrialOrder (JSON) on standard input");
    int events_descriptor = -1;
    bool foreground = false;
    std::string result_path;
    train->add_option("--events", events_descriptor, "File descriptor that gets one JSON line per event");
    train->add_flag("--foreground", foreground, "Progress for a person on standard output; writes no files");
    train->add_option("--result", result_path, "With --foreground: file for the result as JSON");
    train->callback([&] {
        chosen = [&] {
            catch_drain_signals();
            answer_with_stack_dump();
            return foreground ? train_in_foreground(result_path) : train_for_rank(events_descriptor);
        };
    });

    bool json = false;
    CLI::App* profile = app.add_subcommand("profile", "Profiles the trial of the TrialOrder (JSON) on standard input");
    profile->add_flag("--json", json, "Print one JSON object");
    profile->callback([&] {
        chosen = [&] {
            catch_drain_signals();
            answer_with_stack_dump();
            return profile_in_foreground(json);
        };
    });

    CLI::App* predict =
        app.add_subcommand("predict", "Predicts what the PredictionOrder (JSON) on standard input asks for");
    predict->add_flag("--json", json, "Print one JSON object per recording");
    predict->callback(
        [&] { chosen = [&] { return int{run_prediction(read_order<PredictionOrder>(), json, stdout)}; }; });

    app.add_subcommand("doctor", "Prints what this program is and can use here, as JSON")->callback([&] {
        chosen = [] {
            std::printf("%s\n",
                        describe_machine().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
            return int{exit_done};
        };
    });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_done : exit_usage;
    }
    return run_guarded(chosen);
}
