#include "store/live_status.h"

#include <cerrno>
#include <cstdio>
#include <fstream>

#include <nlohmann/json.hpp>

#include "files/error.h"

namespace attnsweep::store {

namespace {

using Json = nlohmann::json;

}  // namespace

static void to_json(Json& json, const LiveSlot& slot)
{
    json = {{"node", slot.node}, {"device", slot.device}, {"place", slot.place}, {"slot", slot.number}};
    if (slot.trial.empty()) {
        return;
    }
    json.update({{"trial", slot.trial},
                 {"label", slot.label},
                 {"attempt", slot.attempt},
                 {"began", slot.began},
                 {"note", slot.note},
                 {"epoch", slot.epoch},
                 {"max_epochs", slot.max_epochs},
                 {"batch", slot.batch},
                 {"batches", slot.batches},
                 {"train_loss", slot.train_loss},
                 {"validation_accuracy", slot.validation_accuracy},
                 {"runs_s", slot.runs_s},
                 {"left_s", slot.left_s}});
}

static void from_json(const Json& json, LiveSlot& slot)
{
    json.at("node").get_to(slot.node);
    json.at("device").get_to(slot.device);
    json.at("place").get_to(slot.place);
    json.at("slot").get_to(slot.number);
    if (!json.contains("trial")) {
        return;
    }
    json.at("trial").get_to(slot.trial);
    json.at("label").get_to(slot.label);
    json.at("attempt").get_to(slot.attempt);
    json.at("began").get_to(slot.began);
    json.at("note").get_to(slot.note);
    json.at("epoch").get_to(slot.epoch);
    json.at("max_epochs").get_to(slot.max_epochs);
    json.at("batch").get_to(slot.batch);
    json.at("batches").get_to(slot.batches);
    // A loss that is not finite is null in JSON.
    slot.train_loss = json.at("train_loss").is_number() ? json["train_loss"].get<double>() : -1;
    slot.validation_accuracy =
        json.at("validation_accuracy").is_number() ? json["validation_accuracy"].get<double>() : -1;
    json.at("runs_s").get_to(slot.runs_s);
    json.at("left_s").get_to(slot.left_s);
}

static void to_json(Json& json, const LiveWaiting& waiting)
{
    json = {{"why", waiting.why}, {"count", waiting.count}, {"labels", waiting.labels}};
}

static void from_json(const Json& json, LiveWaiting& waiting)
{
    json.at("why").get_to(waiting.why);
    json.at("count").get_to(waiting.count);
    json.at("labels").get_to(waiting.labels);
}

static void to_json(Json& json, const LiveFailure& failure)
{
    json = {{"label", failure.label},           {"kind", failure.failure.kind}, {"message", failure.failure.message},
            {"signal", failure.failure.signal}, {"again", failure.again},       {"log", failure.log}};
}

static void from_json(const Json& json, LiveFailure& failure)
{
    json.at("label").get_to(failure.label);
    json.at("kind").get_to(failure.failure.kind);
    json.at("message").get_to(failure.failure.message);
    json.at("signal").get_to(failure.failure.signal);
    json.at("again").get_to(failure.again);
    json.at("log").get_to(failure.log);
}

void to_json(Json& json, const LiveStatus& status)
{
    json = {{"format", LiveStatus::format},
            {"sweep", status.sweep},
            {"state", status.state},
            {"reason", status.reason},
            {"exit_code", status.exit_code},
            {"host", status.host},
            {"pid", status.pid},
            {"started_at", status.started_at},
            {"written_at", status.written_at},
            {"trials",
             {{"total", status.total},
              {"done", status.done},
              {"running", status.running},
              {"waiting", status.waiting},
              {"failed", status.failed}}},
            {"left",
             {{"low_s", status.left.low_s}, {"expected_s", status.left.expected_s}, {"high_s", status.left.high_s}}},
            {"slots", status.slots},
            {"waits", status.waits},
            {"failures", status.failures}};
}

void from_json(const Json& json, LiveStatus& status)
{
    json.at("sweep").get_to(status.sweep);
    json.at("state").get_to(status.state);
    json.at("reason").get_to(status.reason);
    json.at("exit_code").get_to(status.exit_code);
    json.at("host").get_to(status.host);
    json.at("pid").get_to(status.pid);
    json.at("started_at").get_to(status.started_at);
    json.at("written_at").get_to(status.written_at);
    const Json& trials = json.at("trials");
    trials.at("total").get_to(status.total);
    trials.at("done").get_to(status.done);
    trials.at("running").get_to(status.running);
    trials.at("waiting").get_to(status.waiting);
    trials.at("failed").get_to(status.failed);
    const Json& left = json.at("left");
    left.at("low_s").get_to(status.left.low_s);
    left.at("expected_s").get_to(status.left.expected_s);
    left.at("high_s").get_to(status.left.high_s);
    json.at("slots").get_to(status.slots);
    json.at("waits").get_to(status.waits);
    json.at("failures").get_to(status.failures);
}

void write_live_status(const std::filesystem::path& store_folder, const LiveStatus& status)
{
    const std::filesystem::path path = store_folder / LiveStatus::file_name;
    const std::filesystem::path temporary = path.string() + ".new";
    std::ofstream file(temporary, std::ios::trunc);
    // Messages may hold bytes of file names that are not UTF-8.
    file << Json(status).dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
    file.close();
    if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
        const int code = errno;
        std::remove(temporary.c_str());
        throw files::Error(path, "cannot be written", code);
    }
}

std::optional<LiveStatus> read_live_status(const std::filesystem::path& store_folder)
{
    std::ifstream file(store_folder / LiveStatus::file_name);
    if (!file) {
        return std::nullopt;
    }
    try {
        const Json json = Json::parse(file);
        if (json.at("format") != LiveStatus::format) {
            return std::nullopt;
        }
        return json.get<LiveStatus>();
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

}  // namespace attnsweep::store
