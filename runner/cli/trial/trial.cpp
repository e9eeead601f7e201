// `attnsweep trial`: one trial in the foreground, to debug it.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "configs/error.h"
#include "configs/names.h"
#include "configs/network_rules.h"
#include "configs/sweep.h"
#include "data/data_set.h"
#include "files/durable_file.h"
#include "runner/cli/command.h"
#include "runner/cli/hand_over.h"
#include "runner/cli/store_option.h"
#include "runner/error.h"
#include "runner/node/gpus.h"
#include "runner/node/node.h"
#include "runner/node/slots.h"
#include "runner/planning/expected_memory.h"
#include "runner/protocol.h"
#include "runner/value_checks.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

struct TrialOptions {
    std::string label, sweep, data, device, result, store = default_store();
    std::vector<std::string> overrides;
    std::int64_t max_batches = 0;
    int threads = 0;   // 0: the sweep's
    int replicas = 0;  // 0: as many as the trial in the store had; of a sweep, one
    bool profile = false, json = false;
};

constexpr std::int64_t profiled_batches = 20;

TrialOrder order_from_sweep(const TrialOptions& options)
{
    if (options.data.empty()) {
        throw Error("--sweep needs --data SHARDS: a sweep's trials are those of one data set", exit_usage);
    }
    const configs::Sweep sweep = configs::read_sweep(options.sweep, options.overrides, data::describe(options.data));
    TrialOrder order;
    try {
        order.trial = configs::find_trial(sweep, options.label);
    } catch (const configs::Error& error) {
        throw Error(error.what(), exit_usage);  // the sweep file is right, the label is not
    }
    order.data_folder = options.data;
    take_settings(order, sweep.execution);
    if (order.batch_loading == configs::BatchLoading::automatic) {
        ExpectedMemory memory(sweep.execution, sweep.data.clips, configs::DeviceKind::cuda,
                              smallest_gpu_bytes(visible_gpus()));
        order.clips_fit = memory.clips_fit(order.trial);
    }
    return order;
}

TrialOrder order_from_store(const TrialOptions& options)
{
    if (!options.overrides.empty()) {
        throw Error("--set changes a sweep: give --sweep FILE and --data SHARDS with it", exit_usage);
    }
    const store::TrialLocation found = store::Store::open_to_read(options.store).find_trial(options.label);
    TrialOrder order;
    order.trial = found.trial;
    order.data_folder = options.data.empty() ? found.data.path : options.data;
    order.device = "auto";
    order.threads = found.execution.threads;
    order.replicas = found.execution.replicas;
    if (order.replicas > 1) {  // as many CPUs may have no counterpart in GPUs
        order.device = found.execution.device.starts_with("cuda") ? "cuda" : found.execution.device;
    }
    // To the bits it had; tiles are what a CPU takes, and a GPU lacks.
    const auto attention = configs::from_name<configs::AttentionImplementation>(configs::attention_of(found.execution));
    if (configs::has_attention(found.trial.spec.model) && attention != configs::AttentionImplementation::tiled) {
        order.attention = attention.value_or(order.attention);
    }
    order.optimizer_step = configs::from_name<configs::OptimizerStep>(configs::optimizer_step_of(found.execution))
                               .value_or(order.optimizer_step);
    return order;
}

/// Refuses to put the result in the place of something else.
void refuse_to_replace(const std::filesystem::path& file)
{
    std::error_code none;
    const std::filesystem::file_status there = std::filesystem::status(file, none);
    if (!std::filesystem::exists(std::filesystem::symlink_status(file, none)) ||
        (std::filesystem::is_regular_file(there) && std::filesystem::file_size(file, none) == 0)) {
        return;
    }
    if (std::filesystem::is_regular_file(there)) {
        const auto json = nlohmann::json::parse(files::read_file(file), nullptr, false);
        if (json.is_object() && json.contains("trial_id") && json.contains("outcome")) {
            return;
        }
    }
    throw Error("--result " + file.string() +
                    ": is there already and is no result of a trial, so it is not replaced: name another file",
                exit_usage);
}

/// Refuses a result that could not be written, before the hours of training that it takes.
void refuse_unwritable(const std::filesystem::path& file)
{
    if (::access((files::folder_of(file) / ".").c_str(), W_OK | X_OK) != 0) {
        throw Error("--result " + file.string() + ": cannot be written: " + std::strerror(errno) +
                        ": name a file in a folder that is there and that you may write",
                    exit_store);
    }
}

[[noreturn]] void run_in_foreground(const TrialOptions& options)
{
    TrialOrder order = options.sweep.empty() ? order_from_store(options) : order_from_sweep(options);
    if (!options.device.empty()) {
        order.device = options.device;
    }
    if (options.threads > 0) {
        order.threads = options.threads;
    }
    order.threads = std::max(order.threads, 1);
    refuse_too_many_threads(this_node({}), order.threads,
                            options.threads > 0 ? "--threads" : "execution.threads (--threads changes it)");
    if (options.replicas > 0) {
        order.replicas = options.replicas;
    }
    order.max_batches = options.max_batches;
    std::vector<std::string> arguments{"train", "--foreground"};
    if (options.profile) {
        arguments = {"profile"};
        order.replicas = 1;  // a step of one network
        if (options.json) {
            arguments.push_back("--json");
        }
        if (order.max_batches == 0) {
            order.max_batches = profiled_batches;
        }
    }
    if (!options.result.empty()) {
        refuse_to_replace(options.result);
        refuse_unwritable(options.result);
        arguments.insert(arguments.end(), {"--result", options.result});
    }
    hand_over("attnsweep-trial", arguments, nlohmann::json(order).dump());
}

}  // namespace

void add_trial(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<TrialOptions>();
    CLI::App* command =
        app.add_subcommand("trial", "Trains one trial in the foreground, for debugging; writes nothing to the store");
    command->add_option("LABEL", options->label, "The trial's label or id, or a unique prefix of it")->required();
    command->add_option("--sweep", options->sweep,
                        "The sweep file with the trial; default: look up the trial in the store");
    command->add_option("--data", options->data,
                        "The data set (a folder of shards); default without --sweep: the one named in the store");
    command->add_option("--set", options->overrides, "KEY=VALUE: changes a key of the sweep file; may be repeated")
        ->allow_extra_args(false);
    command->add_option("--store", options->store, "The store to look up the trial in (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command
        ->add_option("--max-batches", options->max_batches,
                     "Stop after this many batches; 0: train to the end, with --profile 20 batches")
        ->check(wrong_count);
    command->add_option("--device", options->device, "auto, cpu, cuda, cuda:N")->check(wrong_device);
    CLI::Option* result =
        command->add_option("--result", options->result,
                            "File for the full result as JSON; `show` prints the command that gives the same result");
    CLI::Option* profile = command
                               ->add_flag("--profile", options->profile,
                                          "Print time and memory of a training step, layer by layer, instead")
                               ->excludes(result);
    command->add_flag("--json", options->json, "With --profile: print one JSON object")->needs(profile);
    command->add_option("--threads", options->threads, "CPU threads; default: the sweep's")->check(wrong_whole_number);
    command
        ->add_option(
            "--replicas", options->replicas,
            "Replicas of the network that share each batch, each with a GPU or with as many CPU threads; default: as "
            "the trial in the store had, with --sweep one")
        ->check(CLI::Range(1, configs::most_devices_per_trial))
        ->excludes(profile);
    command->footer(
        "Examples:\n"
        "  attnsweep trial stft-r25-s2 --max-batches 20\n"
        "  attnsweep trial stft-r25-s2 --profile\n"
        "  attnsweep trial cqt-r0-s1 --sweep configs/paper.toml --data shards/ --set training.learning_rate=0.01");
    command->callback([&chosen, options] {
        if (options->max_batches > 0 && !options->result.empty()) {
            throw CLI::ValidationError("--max-batches", "stops before there is a result: leave it or --result out");
        }
        chosen = [options]() -> int { run_in_foreground(*options); };
    });
}

}  // namespace attnsweep::runner
