#include "runner/rank/messages.h"

#include <nlohmann/json.hpp>

#include "runner/error.h"

namespace attnsweep::runner {

namespace {

using Json = nlohmann::json;

const char* name_of(scheduler::Ending ending)
{
    switch (ending) {
    case scheduler::Ending::done:
        return "done";
    case scheduler::Ending::failed:
        return "failed";
    case scheduler::Ending::drained:
        break;
    }
    return "drained";
}

scheduler::Ending ending_from(const std::string& name)
{
    for (const auto ending : {scheduler::Ending::done, scheduler::Ending::failed, scheduler::Ending::drained}) {
        if (name == name_of(ending)) {
            return ending;
        }
    }
    throw Error("a rank's message has the unknown ending '" + name + "'");
}

Json json_of(const ProcessIdentity& process)
{
    return {
        {"host", process.host}, {"boot_id", process.boot_id}, {"pid", process.pid}, {"start_time", process.start_time}};
}

ProcessIdentity process_from(const Json& json)
{
    return {json.at("host").get<std::string>(), json.at("boot_id").get<std::string>(), json.at("pid").get<pid_t>(),
            json.at("start_time").get<unsigned long long>()};
}

struct ToJson {
    Json operator()(const Setup& m) const
    {
        return {{"is", "setup"},
                {"device", m.device},
                {"threads", m.threads},
                {"slots", m.slots},
                {"slots_per_device", m.slots_per_device},
                {"grace_s", m.grace_s},
                {"hang_after_s", m.hang_after_s},
                {"data", m.data},
                {"data_digests", m.data_digests},
                {"trial_memory_bytes", m.trial_memory_bytes},
                {"store_folder", m.store_folder},
                {"store_holder", m.store_holder},
                {"kept_bytes", m.kept_bytes},
                {"running_bytes", m.running_bytes}};
    }
    Json operator()(const Inspect&) const { return {{"is", "inspect"}}; }
    Json operator()(const Use& m) const { return {{"is", "use"}, {"device", m.device}}; }
    Json operator()(const Hello& m) const { return {{"is", "hello"}, {"node", m.node}, {"clock_s", m.clock_s}}; }
    Json operator()(const Inspected& m) const { return {{"is", "inspected"}, {"checks", m.checks}}; }
    Json operator()(const StartAttempt& m) const
    {
        Json slots = Json::array();
        for (const scheduler::Slot& slot : m.slots) {
            slots.push_back({slot.device, slot.place});
        }
        return {{"is", "start"}, {"attempt", m.attempt}, {"slots", std::move(slots)}, {"orders", m.orders}};
    }
    Json operator()(const Drain&) const { return {{"is", "drain"}}; }
    Json operator()(const Acknowledged& m) const
    {
        return {{"is", "acknowledged"}, {"trial", m.trial}, {"attempt", m.attempt}};
    }
    Json operator()(const Watch& m) const
    {
        return {{"is", "watch"}, {"trial", m.trial}, {"attempt", m.attempt}, {"attempt_folder", m.attempt_folder}};
    }
    Json operator()(const Gone& m) const { return {{"is", "gone"}, {"trial", m.trial}, {"attempt", m.attempt}}; }
    Json operator()(const Stop& m) const
    {
        return {{"is", "stop"}, {"exit_code", m.exit_code}, {"together", m.together}};
    }
    Json operator()(const EndRank& m) const
    {
        return {{"is", "end_rank"}, {"rank", m.rank}, {"process", json_of(m.process)}};
    }
    Json operator()(const Introduction& m) const
    {
        return {{"is", "introduction"}, {"node", m.node}, {"process", json_of(m.process)}};
    }
    Json operator()(const Alive&) const { return {{"is", "alive"}}; }
    Json operator()(const Joined& m) const
    {
        return {{"is", "joined"},
                {"node", m.node},
                {"slots", m.slots},
                {"devices", m.devices},
                {"device_bytes", m.memory.device_bytes},
                {"host_bytes", m.memory.host_bytes},
                {"description", m.description}};
    }
    Json operator()(const Trouble& m) const
    {
        return {{"is", "trouble"}, {"exit_code", m.exit_code}, {"message", m.message}};
    }
    Json operator()(const Began& m) const
    {
        return {{"is", "began"},  {"trial", m.trial},   {"attempt", m.attempt},
                {"host", m.host}, {"device", m.device}, {"started_at", m.started_at}};
    }
    Json operator()(const Happened& m) const { return {{"is", "happened"}, {"event", to_line(m.event)}}; }
    Json operator()(const Freed& m) const { return {{"is", "freed"}, {"trial", m.trial}, {"attempt", m.attempt}}; }
    Json operator()(const Ended& m) const
    {
        Json json = {
            {"is", "ended"},
            {"trial", m.trial},
            {"attempt", m.attempt},
            {"ending", name_of(m.ending)},
            {"failure", {{"kind", m.failure.kind}, {"message", m.failure.message}, {"signal", m.failure.signal}}},
            {"result", m.result},
            {"log", m.log}};
        if (m.written) {
            json["written"] = *m.written;
        }
        return json;
    }
    Json operator()(const Note& m) const { return {{"is", "note"}, {"text", m.text}, {"trial", m.trial}}; }
    Json operator()(const DrainAsked& m) const { return {{"is", "drain_asked"}, {"reason", m.reason}}; }
};

RankMessage from_json(const Json& json)
{
    const auto is = json.at("is").get<std::string>();
    const auto text = [&](const char* key) { return json.at(key).get<std::string>(); };
    const auto number = [&](const char* key) { return json.at(key).get<int>(); };
    if (is == "setup") {
        Setup setup;
        json.at("device").get_to(setup.device);
        json.at("threads").get_to(setup.threads);
        json.at("slots").get_to(setup.slots);
        json.at("slots_per_device").get_to(setup.slots_per_device);
        json.at("grace_s").get_to(setup.grace_s);
        json.at("hang_after_s").get_to(setup.hang_after_s);
        json.at("data").get_to(setup.data);
        json.at("data_digests").get_to(setup.data_digests);
        json.at("trial_memory_bytes").get_to(setup.trial_memory_bytes);
        json.at("store_folder").get_to(setup.store_folder);
        json.at("store_holder").get_to(setup.store_holder);
        json.at("kept_bytes").get_to(setup.kept_bytes);
        json.at("running_bytes").get_to(setup.running_bytes);
        return setup;
    }
    if (is == "inspect") {
        return Inspect{};
    }
    if (is == "use") {
        return Use{text("device")};
    }
    if (is == "hello") {
        return Hello{text("node"), json.at("clock_s").get<double>()};
    }
    if (is == "inspected") {
        return Inspected{json.at("checks").get<std::vector<Check>>()};
    }
    if (is == "start") {
        StartAttempt start{number("attempt"), {}, json.at("orders").get<std::vector<TrialOrder>>()};
        for (const Json& slot : json.at("slots")) {
            start.slots.push_back({{}, slot.at(0).get<int>(), slot.at(1).get<int>()});
        }
        return start;
    }
    if (is == "drain") {
        return Drain{};
    }
    if (is == "acknowledged") {
        return Acknowledged{text("trial"), number("attempt")};
    }
    if (is == "watch") {
        return Watch{text("trial"), number("attempt"), text("attempt_folder")};
    }
    if (is == "gone") {
        return Gone{text("trial"), number("attempt")};
    }
    if (is == "stop") {
        return Stop{number("exit_code"), json.at("together").get<bool>()};
    }
    if (is == "end_rank") {
        return EndRank{number("rank"), process_from(json.at("process"))};
    }
    if (is == "introduction") {
        return Introduction{text("node"), process_from(json.at("process"))};
    }
    if (is == "alive") {
        return Alive{};
    }
    if (is == "joined") {
        return Joined{text("node"),
                      number("slots"),
                      number("devices"),
                      {json.at("device_bytes").get<std::int64_t>(), json.at("host_bytes").get<std::int64_t>()},
                      text("description")};
    }
    if (is == "trouble") {
        return Trouble{number("exit_code"), text("message")};
    }
    if (is == "began") {
        return Began{text("trial"), number("attempt"), text("host"), text("device"), text("started_at")};
    }
    if (is == "happened") {
        return Happened{event_from_line(text("event"))};
    }
    if (is == "freed") {
        return Freed{text("trial"), number("attempt")};
    }
    if (is == "ended") {
        const Json& failure = json.at("failure");
        Ended ended{text("trial"),
                    number("attempt"),
                    ending_from(text("ending")),
                    {failure.at("kind").get<std::string>(), failure.at("message").get<std::string>(),
                     failure.at("signal").get<int>()},
                    text("result"),
                    text("log")};
        if (const auto written = json.find("written"); written != json.end()) {
            ended.written = std::make_shared<configs::TrialResult>(written->get<configs::TrialResult>());
        }
        return ended;
    }
    if (is == "note") {
        return Note{text("text"), text("trial")};
    }
    if (is == "drain_asked") {
        return DrainAsked{text("reason")};
    }
    throw Error("a rank's message is of the unknown kind '" + is + "'");
}

}  // namespace

std::string to_text(const RankMessage& message)
{
    // Messages may hold bytes of file names that are not UTF-8.
    return std::visit(ToJson{}, message).dump(-1, ' ', false, Json::error_handler_t::replace);
}

RankMessage message_from(const std::string& text)
{
    try {
        return from_json(Json::parse(text));
    } catch (const Json::exception& error) {
        throw Error(std::string("a rank's message is not as expected: ") + error.what() +
                    "; the ranks are of different versions: give every node the same build");
    }
}

}  // namespace attnsweep::runner
