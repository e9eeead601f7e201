#include "runner/protocol.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/names.h"
#include "configs/network_rules.h"
#include "runner/error.h"

namespace attnsweep::runner {

namespace {

using Json = nlohmann::json;

constexpr std::array kind_names = {
    std::pair{TrialEvent::Kind::started, "started"},   std::pair{TrialEvent::Kind::progress, "progress"},
    std::pair{TrialEvent::Kind::epoch, "epoch"},       std::pair{TrialEvent::Kind::checkpoint, "checkpoint"},
    std::pair{TrialEvent::Kind::finished, "finished"}, std::pair{TrialEvent::Kind::failed, "failed"},
    std::pair{TrialEvent::Kind::drained, "drained"},
};

Json json_of(const configs::Trial& trial)
{
    return {{"id", trial.id},
            {"label", trial.label},
            {"configuration", trial.configuration},
            {"repeat", trial.repeat},
            {"spec", trial.spec}};
}

configs::Trial trial_from(const Json& json)
{
    configs::Trial trial;
    json.at("id").get_to(trial.id);
    json.at("label").get_to(trial.label);
    json.at("configuration").get_to(trial.configuration);
    json.at("repeat").get_to(trial.repeat);
    json.at("spec").get_to(trial.spec);
    return trial;
}

std::vector<std::string> strings_of(const std::vector<std::filesystem::path>& paths)
{
    return {paths.begin(), paths.end()};
}

std::vector<std::filesystem::path> paths_from(const Json& json)
{
    const auto strings = json.get<std::vector<std::string>>();
    return {strings.begin(), strings.end()};
}

/// Reads an enumerator by its name. Throws Error naming the field, the word and the known ones.
template <typename Enum> void read_name(const Json& json, const char* field, Enum& value)
{
    const auto word = json.at(field).get<std::string>();
    const std::optional<Enum> known = configs::from_name<Enum>(word);
    if (!known) {
        std::string expected;
        for (const char* name : configs::names<Enum>()) {
            expected += (expected.empty() ? "" : ", ") + std::string(name);
        }
        throw Error(std::string(field) + ": '" + word + "' is not known; expected one of " + expected, exit_bad_input);
    }
    value = *known;
}

/// Runs `read` and converts nlohmann's exceptions to Error.
template <typename Read> void reading(const char* what, Read read)
{
    const auto unexpected = [&](const std::exception& error) {
        return Error(std::string(what) + " is not as expected: " + error.what() +
                     "; the programs are of different versions: build and install all three together");
    };
    try {
        read();
    } catch (const Json::exception& error) {
        throw unexpected(error);
    } catch (const configs::Error& error) {
        throw unexpected(error);
    }
}

}  // namespace

void take_settings(TrialOrder& order, const configs::ExecutionSettings& execution)
{
    order.device = execution.device;
    order.threads = execution.threads;
    order.checkpoint_every_s = execution.checkpoint_every_s;
    order.keep = execution.keep;
    order.attention = execution.attention_implementation;
    order.optimizer_step = execution.optimizer_step;
    order.batch_loading = execution.batch_loading;
    order.late_losses = execution.late_losses;
    order.step_graph = execution.step_graph;
}

void to_json(Json& json, const TrialOrder& order)
{
    json = {{"trial", json_of(order.trial)},
            {"attempt", order.attempt},
            {"data_folder", order.data_folder.string()},
            {"attempt_folder", order.attempt_folder.string()},
            {"pending_folder", order.pending_folder.string()},
            {"earlier_attempts", strings_of(order.earlier_attempts)},
            {"device", order.device},
            {"threads", order.threads},
            {"replicas", order.replicas},
            {"cores", order.cores},
            {"checkpoint_every_s", order.checkpoint_every_s},
            {"keep", configs::to_string(order.keep)},
            {"attention_implementation", configs::to_string(order.attention)},
            {"optimizer_step", configs::to_string(order.optimizer_step)},
            {"batch_loading", configs::to_string(order.batch_loading)},
            {"clips_fit", order.clips_fit},
            {"late_losses", order.late_losses},
            {"step_graph", order.step_graph},
            {"max_batches", order.max_batches}};
}

void from_json(const Json& json, TrialOrder& order)
{
    reading("a trial's order", [&] {
        order.trial = trial_from(json.at("trial"));
        json.at("attempt").get_to(order.attempt);
        order.data_folder = json.at("data_folder").get<std::string>();
        order.attempt_folder = json.at("attempt_folder").get<std::string>();
        order.pending_folder = json.at("pending_folder").get<std::string>();
        order.earlier_attempts = paths_from(json.at("earlier_attempts"));
        json.at("device").get_to(order.device);
        json.at("threads").get_to(order.threads);
        json.at("replicas").get_to(order.replicas);
        if (order.replicas < 1 || order.replicas > configs::most_devices_per_trial) {
            throw Error("replicas: " + std::to_string(order.replicas) + "; expected 1 to " +
                            std::to_string(configs::most_devices_per_trial),
                        exit_bad_input);
        }
        json.at("cores").get_to(order.cores);
        if (!order.cores.empty() && order.cores.size() != static_cast<std::size_t>(order.replicas)) {
            throw Error("cores: of " + std::to_string(order.cores.size()) + " replicas; expected those of " +
                            std::to_string(order.replicas) + ", or none",
                        exit_bad_input);
        }
        json.at("checkpoint_every_s").get_to(order.checkpoint_every_s);
        read_name(json, "keep", order.keep);
        read_name(json, "attention_implementation", order.attention);
        read_name(json, "optimizer_step", order.optimizer_step);
        read_name(json, "batch_loading", order.batch_loading);
        json.at("clips_fit").get_to(order.clips_fit);
        json.at("late_losses").get_to(order.late_losses);
        json.at("step_graph").get_to(order.step_graph);
        json.at("max_batches").get_to(order.max_batches);
    });
}

void to_json(Json& json, const PredictionOrder& order)
{
    json = {{"trial", json_of(order.trial)},
            {"geometry", order.geometry},
            {"classes", order.classes},
            {"weights", order.weights.string()},
            {"recordings", strings_of(order.recordings)},
            {"device", order.device},
            {"threads", order.threads},
            {"top", order.top},
            {"pads_short", order.pads_short}};
}

void from_json(const Json& json, PredictionOrder& order)
{
    reading("a prediction's order", [&] {
        order.trial = trial_from(json.at("trial"));
        json.at("geometry").get_to(order.geometry);
        json.at("classes").get_to(order.classes);
        order.weights = json.at("weights").get<std::string>();
        order.recordings = paths_from(json.at("recordings"));
        json.at("device").get_to(order.device);
        json.at("threads").get_to(order.threads);
        json.at("top").get_to(order.top);
        json.at("pads_short").get_to(order.pads_short);
    });
}

std::string to_line(const TrialEvent& event)
{
    Json json = {{"trial", event.trial_id}, {"attempt", event.attempt}};
    for (const auto& [kind, name] : kind_names) {
        if (kind == event.kind) {
            json["event"] = name;
        }
    }
    json["epoch"] = event.epoch;
    if (event.kind == TrialEvent::Kind::progress) {
        json.update({{"batch", event.batch}, {"batches", event.batches}, {"train_loss", event.train_loss}});
    }
    if (event.max_epochs > 0) {
        json["max_epochs"] = event.max_epochs;
    }
    if (event.record) {
        json["record"] = *event.record;
    }
    if (event.failure) {
        json["failure"] = *event.failure;
    }
    if (!event.path.empty()) {
        json["path"] = event.path;
    }
    if (event.peak_memory_bytes > 0) {
        json["peak_memory_bytes"] = event.peak_memory_bytes;
    }
    if (event.peak_device_bytes > 0) {
        json["peak_device_bytes"] = event.peak_device_bytes;
    }
    // A message may hold bytes of a file name that are not UTF-8.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TrialEvent event_from_line(const std::string& line)
{
    TrialEvent event;
    reading("a trial's event", [&] {
        const Json json = Json::parse(line);
        const auto name = json.at("event").get<std::string>();
        bool known = false;
        for (const auto& [kind, text] : kind_names) {
            if (name == text) {
                event.kind = kind;
                known = true;
            }
        }
        if (!known) {
            throw Error("a trial's event has the unknown name '" + name + "'");
        }
        json.at("trial").get_to(event.trial_id);
        json.at("attempt").get_to(event.attempt);
        json.at("epoch").get_to(event.epoch);
        event.batch = json.value("batch", std::int64_t{0});
        event.batches = json.value("batches", std::int64_t{0});
        event.max_epochs = json.value("max_epochs", 0);
        event.train_loss =
            json.contains("train_loss") && json["train_loss"].is_number() ? json["train_loss"].get<double>() : 0.0;
        event.path = json.value("path", std::string());
        event.peak_memory_bytes = json.value("peak_memory_bytes", std::int64_t{0});
        event.peak_device_bytes = json.value("peak_device_bytes", std::int64_t{0});
        if (json.contains("record")) {
            event.record = json["record"].get<configs::EpochRecord>();
        }
        if (json.contains("failure")) {
            const Json& failure = json["failure"];
            configs::Failure& out = event.failure.emplace();
            failure.at("kind").get_to(out.kind);
            failure.at("message").get_to(out.message);
            failure.at("signal").get_to(out.signal);
            out.slot = failure.value("slot", -1);
        }
    });
    return event;
}

}  // namespace attnsweep::runner
