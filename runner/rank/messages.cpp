#include "runner/rank/messages.h"

#include <array>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "runner/error.h"

namespace attnsweep::runner {

namespace {

using Json = nlohmann::json;

template <class Owner, class Value> struct Field {
    const char* name;
    Value Owner::* member;
};

template <class Owner, class Value> constexpr Field<Owner, Value> field(const char* name, Value Owner::* member)
{
    return {name, member};
}

/// Lists a struct's fields as sent, and a message's name. The only list of them, used by both writing and reading; a
/// member that is missing here does not compile.
template <class Struct> struct Wire;

template <> struct Wire<ProcessIdentity> {
    static constexpr auto fields =
        std::tuple(field("host", &ProcessIdentity::host), field("boot_id", &ProcessIdentity::boot_id),
                   field("pid", &ProcessIdentity::pid), field("start_time", &ProcessIdentity::start_time));
};

template <> struct Wire<scheduler::Slot> {
    static constexpr std::size_t not_sent = 1;  // its node
    static constexpr auto fields =
        std::tuple(field("device", &scheduler::Slot::device), field("place", &scheduler::Slot::place));
};

template <> struct Wire<scheduler::Memory> {
    static constexpr auto fields = std::tuple(field("device_bytes", &scheduler::Memory::device_bytes),
                                              field("host_bytes", &scheduler::Memory::host_bytes));
};

template <> struct Wire<Setup> {
    static constexpr auto name = "setup";
    static constexpr auto fields =
        std::tuple(field("device", &Setup::device), field("threads", &Setup::threads), field("slots", &Setup::slots),
                   field("slots_per_device", &Setup::slots_per_device), field("grace_s", &Setup::grace_s),
                   field("hang_after_s", &Setup::hang_after_s), field("data", &Setup::data),
                   field("data_digests", &Setup::data_digests), field("precisions", &Setup::precisions),
                   field("trial_memory_bytes", &Setup::trial_memory_bytes), field("store_folder", &Setup::store_folder),
                   field("store_holder", &Setup::store_holder), field("kept_bytes", &Setup::kept_bytes),
                   field("running_bytes", &Setup::running_bytes), field("replicas", &Setup::replicas));
};

template <> struct Wire<Inspect> {
    static constexpr auto name = "inspect";
    static constexpr auto fields = std::tuple();
};

template <> struct Wire<UseDevice> {
    static constexpr auto name = "use_device";
    static constexpr auto fields =
        std::tuple(field("device", &UseDevice::device), field("gpus", &UseDevice::gpus),
                   field("node", &UseDevice::node), field("part", &UseDevice::part), field("parts", &UseDevice::parts));
};

template <> struct Wire<StartAttempt> {
    static constexpr auto name = "start_attempt";
    static constexpr auto fields =
        std::tuple(field("attempt", &StartAttempt::attempt), field("slots", &StartAttempt::slots),
                   field("orders", &StartAttempt::orders));
};

template <> struct Wire<Drain> {
    static constexpr auto name = "drain";
    static constexpr auto fields = std::tuple();
};

template <> struct Wire<Acknowledged> {
    static constexpr auto name = "acknowledged";
    static constexpr auto fields =
        std::tuple(field("trial", &Acknowledged::trial), field("attempt", &Acknowledged::attempt));
};

template <> struct Wire<WatchAttempt> {
    static constexpr auto name = "watch_attempt";
    static constexpr auto fields =
        std::tuple(field("trial", &WatchAttempt::trial), field("attempt", &WatchAttempt::attempt),
                   field("attempt_folder", &WatchAttempt::attempt_folder));
};

template <> struct Wire<Stop> {
    static constexpr auto name = "stop";
    static constexpr auto fields = std::tuple(field("exit_code", &Stop::exit_code), field("together", &Stop::together));
};

template <> struct Wire<RankHello> {
    static constexpr auto name = "rank_hello";
    static constexpr auto fields = std::tuple(field("node", &RankHello::node), field("clock_s", &RankHello::clock_s),
                                              field("gpus", &RankHello::gpus));
};

template <> struct Wire<NodeInspected> {
    static constexpr auto name = "node_inspected";
    static constexpr auto fields =
        std::tuple(field("checks", &NodeInspected::checks), field("gpus", &NodeInspected::gpus));
};

template <> struct Wire<NodeReady> {
    static constexpr auto name = "node_ready";
    static constexpr auto fields =
        std::tuple(field("node", &NodeReady::node), field("slots", &NodeReady::slots),
                   field("devices", &NodeReady::devices), field("memory", &NodeReady::memory),
                   field("description", &NodeReady::description), field("of_cores", &NodeReady::of_cores),
                   field("one_each", &NodeReady::one_each), field("bytes_of_devices", &NodeReady::bytes_of_devices));
};

template <> struct Wire<NodeError> {
    static constexpr auto name = "node_error";
    static constexpr auto fields =
        std::tuple(field("exit_code", &NodeError::exit_code), field("message", &NodeError::message));
};

template <> struct Wire<AttemptStarted> {
    static constexpr auto name = "attempt_started";
    static constexpr auto fields =
        std::tuple(field("trial", &AttemptStarted::trial), field("attempt", &AttemptStarted::attempt),
                   field("host", &AttemptStarted::host), field("device", &AttemptStarted::device),
                   field("started_at", &AttemptStarted::started_at));
};

template <> struct Wire<AttemptExited> {
    static constexpr auto name = "attempt_exited";
    static constexpr auto fields =
        std::tuple(field("trial", &AttemptExited::trial), field("attempt", &AttemptExited::attempt));
};

template <> struct Wire<TrialEventReported> {
    static constexpr auto name = "trial_event_reported";
    static constexpr auto fields = std::tuple(field("event", &TrialEventReported::event));
};

template <> struct Wire<SlotReleased> {
    static constexpr auto name = "slot_released";
    static constexpr auto fields =
        std::tuple(field("trial", &SlotReleased::trial), field("attempt", &SlotReleased::attempt));
};

template <> struct Wire<AttemptEnded> {
    static constexpr auto name = "attempt_ended";
    static constexpr auto fields =
        std::tuple(field("trial", &AttemptEnded::trial), field("attempt", &AttemptEnded::attempt),
                   field("ending", &AttemptEnded::ending), field("failure", &AttemptEnded::failure),
                   field("result", &AttemptEnded::result), field("log", &AttemptEnded::log),
                   field("written", &AttemptEnded::written));
};

template <> struct Wire<Note> {
    static constexpr auto name = "note";
    static constexpr auto fields = std::tuple(field("text", &Note::text), field("trial", &Note::trial));
};

template <> struct Wire<DrainRequested> {
    static constexpr auto name = "drain_requested";
    static constexpr auto fields = std::tuple(field("reason", &DrainRequested::reason));
};

template <> struct Wire<PeerHello> {
    static constexpr auto name = "peer_hello";
    static constexpr auto fields = std::tuple(field("node", &PeerHello::node), field("process", &PeerHello::process));
};

template <> struct Wire<Heartbeat> {
    static constexpr auto name = "heartbeat";
    static constexpr auto fields = std::tuple();
};

template <> struct Wire<EndRank> {
    static constexpr auto name = "end_rank";
    static constexpr auto fields = std::tuple(field("rank", &EndRank::rank), field("process", &EndRank::process));
};

template <class Value>
concept HasFields = requires { Wire<Value>::fields; };

/// Converts to any member of a struct, to count those that an initializer list accepts.
struct AnyMember {
    template <class Member> operator Member() const;
};

template <class Struct, class... Members> constexpr std::size_t member_count()
{
    if constexpr (requires { Struct{Members{}..., AnyMember{}}; }) {
        return member_count<Struct, Members..., AnyMember>();
    } else {
        return sizeof...(Members);
    }
}

/// Returns whether Wire lists all members: one that is missing would arrive with its default value.
template <class Struct> constexpr bool lists_all_members()
{
    std::size_t listed = std::tuple_size_v<decltype(Wire<Struct>::fields)>;
    if constexpr (requires { Wire<Struct>::not_sent; }) {
        listed += Wire<Struct>::not_sent;
    }
    return listed == member_count<Struct>();
}

constexpr std::array<std::pair<scheduler::Ending, const char*>, 3> ending_names{
    {{scheduler::Ending::done, "done"},
     {scheduler::Ending::failed, "failed"},
     {scheduler::Ending::drained, "drained"}}};

// ---- writing: all declared first, since fields may hold each other

Json json_of(scheduler::Ending ending);
Json json_of(const TrialEvent& event);
Json json_of(const std::shared_ptr<const configs::TrialResult>& result);
template <class Value> Json json_of(const std::vector<Value>& values);
template <class Value> Json json_of(const Value& value);

Json json_of(scheduler::Ending ending)
{
    for (const auto& [value, name] : ending_names) {
        if (value == ending) {
            return name;
        }
    }
    return nullptr;
}

Json json_of(const TrialEvent& event)
{
    return to_line(event);
}

Json json_of(const std::shared_ptr<const configs::TrialResult>& result)
{
    return result ? Json(*result) : Json(nullptr);
}

template <class Value> Json json_of(const std::vector<Value>& values)
{
    Json json = Json::array();
    for (const Value& value : values) {
        json.push_back(json_of(value));
    }
    return json;
}

template <class Value> Json json_of([[maybe_unused]] const Value& value)
{
    if constexpr (HasFields<Value>) {
        static_assert(lists_all_members<Value>(), "a member of this struct is not in its Wire::fields");
        Json json = Json::object();
        std::apply([&](const auto&... each) { ((json[each.name] = json_of(value.*each.member)), ...); },
                   Wire<Value>::fields);
        return json;
    } else {
        return Json(value);
    }
}

// ---- reading; each throws Json::exception or Error

void read(const Json& json, scheduler::Ending& ending);
void read(const Json& json, TrialEvent& event);
void read(const Json& json, std::shared_ptr<const configs::TrialResult>& result);
template <class Value> void read(const Json& json, std::vector<Value>& values);
template <class Value> void read(const Json& json, Value& value);

void read(const Json& json, scheduler::Ending& ending)
{
    const auto wanted = json.get<std::string>();
    for (const auto& [value, name] : ending_names) {
        if (wanted == name) {
            ending = value;
            return;
        }
    }
    throw Error("unknown ending '" + wanted + "'");
}

void read(const Json& json, TrialEvent& event)
{
    event = event_from_line(json.get<std::string>());
}

void read(const Json& json, std::shared_ptr<const configs::TrialResult>& result)
{
    result = json.is_null() ? nullptr : std::make_shared<const configs::TrialResult>(json.get<configs::TrialResult>());
}

template <class Value> void read(const Json& json, std::vector<Value>& values)
{
    values.clear();
    for (const Json& each : json.get_ref<const Json::array_t&>()) {
        read(each, values.emplace_back());
    }
}

template <class Value> void read([[maybe_unused]] const Json& json, [[maybe_unused]] Value& value)
{
    if constexpr (HasFields<Value>) {
        std::apply([&](const auto&... each) { (read(json.at(each.name), value.*each.member), ...); },
                   Wire<Value>::fields);
    } else {
        json.get_to(value);
    }
}

template <class Direction, class Message>
bool read_if_named(const std::string& name, const Json& json, std::optional<RankMessage>& found)
{
    if (name != Wire<Message>::name) {
        return false;
    }
    Message message{};
    read(json, message);
    found = Direction(std::move(message));
    return true;
}

template <class... Messages>
bool read_one_of(std::type_identity<std::variant<Messages...>>, const std::string& name, const Json& json,
                 std::optional<RankMessage>& found)
{
    return (read_if_named<std::variant<Messages...>, Messages>(name, json, found) || ...);
}

}  // namespace

std::string to_text(const RankMessage& message)
{
    const auto text_of = [](const auto& one) {
        Json json = json_of(one);
        json["is"] = Wire<std::remove_cvref_t<decltype(one)>>::name;
        return json.dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    return std::visit([&](const auto& direction) { return std::visit(text_of, direction); }, message);
}

RankMessage message_from(const std::string& text)
{
    std::string wrong;
    try {
        const Json json = Json::parse(text);
        const auto name = json.at("is").get<std::string>();
        std::optional<RankMessage> found;
        if (read_one_of(std::type_identity<ToRank>(), name, json, found) ||
            read_one_of(std::type_identity<ToCoordinator>(), name, json, found) ||
            read_one_of(std::type_identity<BetweenRanks>(), name, json, found)) {
            return std::move(*found);
        }
        wrong = "unknown message '" + name + "'";
    } catch (const std::exception& error) {
        wrong = error.what();
    }
    constexpr std::size_t shown = 200;
    throw Error("a message of another rank cannot be read: " + wrong +
                "; the ranks are of different versions: give every node the same build. The message begins with: " +
                text.substr(0, shown));
}

}  // namespace attnsweep::runner
