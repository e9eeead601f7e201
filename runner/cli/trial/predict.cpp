// `attnsweep predict`: names the instrument in a recording, with a trained trial.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "runner/attempt_files.h"
#include "runner/cli/command.h"
#include "runner/cli/hand_over.h"
#include "runner/cli/store_option.h"
#include "runner/error.h"
#include "runner/node/node.h"
#include "runner/node/slots.h"
#include "runner/protocol.h"
#include "runner/value_checks.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

struct PredictOptions {
    std::string trial, weights = "last", device = "cpu", store = default_store();
    std::vector<std::string> recordings;
    int top = 3, threads = 1;
    bool json = false;
};

[[noreturn]] void predict(const PredictOptions& options)
{
    const store::TrialLocation found = store::Store::open_to_read(options.store).find_trial(options.trial);
    const std::string& label = found.trial.label;
    if (found.status != store::Status::done) {
        throw Error(label + " is " + store::to_string(found.status) + " in " + options.store +
                    ": only a trial that is done can predict; `attnsweep status` shows them");
    }
    PredictionOrder order;
    order.trial = found.trial;
    order.geometry = found.data.geometry;
    order.classes = found.data.classes;
    order.pads_short = found.data.pads_short;
    order.weights = weights_file(found.attempt_folder, options.weights);
    if (const std::string missing = store::missing_in_words(found.attempt_folder); !missing.empty()) {
        throw Error("the weights of " + label + " cannot be read: " + missing);
    }
    if (!std::filesystem::exists(order.weights)) {
        const std::string other = options.weights == "last" ? "best" : "last";
        throw Error(order.weights.string() + ": the " + options.weights + " weights of " + label +
                    " are not there: they were removed, or its sweep was run with another checkpoint.keep. " +
                    (std::filesystem::exists(weights_file(found.attempt_folder, other))
                         ? "Try --weights " + other + ", or run"
                         : "Run") +
                    " the sweep into a new store with --set checkpoint.keep=weights");
    }
    for (const std::string& recording : options.recordings) {
        std::error_code none;
        if (const auto there = std::filesystem::status(recording, none);
            std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
            throw Error(recording + ": is no file, so no recording: give an audio file", exit_bad_input);
        }
    }
    order.recordings.assign(options.recordings.begin(), options.recordings.end());
    order.device = options.device;
    order.threads = options.threads;
    refuse_too_many_threads(this_node({}), order.threads, "--threads");
    order.top = options.top;
    std::vector<std::string> arguments = {"predict"};
    if (options.json) {
        arguments.push_back("--json");
    }
    // File names need not be UTF-8, JSON text must be.
    std::string text;
    try {
        text = nlohmann::json(order).dump();
    } catch (const nlohmann::json::type_error&) {
        throw Error("a recording's name is not valid UTF-8: rename it or link to it by another name", exit_bad_input);
    }
    hand_over("attnsweep-trial", arguments, text);
}

}  // namespace

void add_predict(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<PredictOptions>();
    CLI::App* command =
        app.add_subcommand("predict", "Names the instrument in each clip of a recording, with a trained trial");
    command->add_option("RECORDING", options->recordings, "Audio files (mp3, flac, wav, aiff, ogg)")->required();
    command->add_option("--trial", options->trial, "The trial's label or id, or a unique prefix of it")->required();
    command->add_option("--weights", options->weights, "Use the weights of the last epoch, or the best weights")
        ->check(CLI::IsMember({"last", "best"}))
        ->capture_default_str();
    command->add_option("--top", options->top, "Number of classes to show per clip")
        ->check(wrong_whole_number)
        ->capture_default_str();
    command->add_option("--store", options->store, "The store the trial is in (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command->add_option("--device", options->device, "auto, cpu, cuda, cuda:N")
        ->check(wrong_device)
        ->capture_default_str();
    command->add_option("--threads", options->threads, "CPU threads")->check(wrong_whole_number)->capture_default_str();
    command->add_flag("--json", options->json, "Print one JSON object per recording");
    command->footer("Example:\n  attnsweep predict --trial cqt-r25-s1 recording.mp3");
    command->callback([&chosen, options] { chosen = [options]() -> int { predict(*options); }; });
}

}  // namespace attnsweep::runner
