#include "reports/export/export_tensorboard.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/metrics.h"
#include "configs/printable.h"
#include "files/checksum.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "reports/export/event_file.h"
#include "store/file_error.h"
#include "store/reading/results.h"
#include "store/reading/traces.h"

namespace attnsweep::reports {

namespace {

constexpr const char* hparams_plugin = "hparams";
constexpr const char* event_file_name = "events.out.tfevents.0.attnsweep";

using Setting = std::variant<double, bool, std::string>;

/// "model.heads" -> 8: all that makes a configuration. Seeds are left out: the repeats of a configuration are one group.
std::map<std::string, Setting> settings_of(const configs::TrialSpec& spec)
{
    std::map<std::string, Setting> settings;
    const nlohmann::json json = spec;
    for (const auto& [section, fields] : json.items()) {
        if (section == "seed" || section == "data_set" || !fields.is_object()) {
            continue;
        }
        for (const auto& [leaf, value] : fields.items()) {
            Setting& setting = settings[fmt::format("{}.{}", section, leaf)];
            if (value.is_boolean()) {
                setting = value.get<bool>();
            } else if (value.is_number()) {
                setting = value.get<double>();
            } else {
                setting = value.is_string() ? configs::printable(value.get<std::string>()) : value.dump();
            }
        }
    }
    return settings;
}

/// google.protobuf.Value
Message value_message(const Setting& setting)
{
    if (const auto* number = std::get_if<double>(&setting)) {
        return Message().add(2, *number);
    }
    if (const auto* truth = std::get_if<bool>(&setting)) {
        return Message().add(4, std::int64_t{*truth});
    }
    return Message().add(3, std::string_view(std::get<std::string>(setting)));
}

/// HParamsPluginData of one of its kinds: 2 experiment, 3 session start, 4 session end.
Message plugin_data(int kind, const Message& content)
{
    return Message().add(kind, content);
}

/// What the HParams tab lists: settings that differ within the sweep, each with its values, and the metrics.
Message experiment(const store::SweepResults& results)
{
    std::map<std::string, std::set<Setting>> values;
    for (const store::ConfigurationEntry& configuration : results.configurations) {
        for (const auto& [name, setting] : settings_of(configuration.repeats.front().trial.spec)) {
            values[name].insert(setting);
        }
    }
    Message message = Message().add(1, std::string_view(configs::printable(results.sweep.description)));
    for (const auto& [name, settings] : values) {
        if (settings.size() < 2) {
            continue;
        }
        Message domain;
        for (const Setting& setting : settings) {
            domain.add(1, value_message(setting));
        }
        const std::size_t kind = settings.begin()->index();  // number, truth, text: TensorBoard's 3, 2, 1
        message.add(
            4, Message().add(1, std::string_view(name)).add(4, static_cast<std::int64_t>(3 - kind)).add(5, domain));
    }
    const auto add_metric = [&](std::string_view tag) {
        message.add(5, Message().add(1, Message().add(2, tag)).add(3, tag));
    };
    for (const configs::Metric& metric : configs::all_metrics()) {
        add_metric(std::string("test/") + metric.name);
    }
    add_metric("test/loss");
    add_metric("test_best/accuracy");
    return message.add(6, std::string_view(configs::printable(results.sweep.name)));
}

/// "2024-01-02T03:04:05Z" as seconds since 1970; 0 for what is none.
double seconds_of(const std::string& time)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(time.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second) != 6) {
        return 0;
    }
    const std::chrono::sys_days date = std::chrono::year(year) / month / day;
    return static_cast<double>(date.time_since_epoch().count()) * 86400 + hour * 3600 + minute * 60 + second;
}

std::int64_t status_of(store::Status status)
{
    switch (status) {
    case store::Status::done:
        return 1;
    case store::Status::failed:
        return 2;
    case store::Status::running:
        return 3;
    case store::Status::pending:
        break;
    }
    return 0;
}

void add_test(EventFile& events, const std::string& group, double time, const store::TestNumbers& test)
{
    const auto add = [&](const char* name, double value) {
        if (std::isfinite(value)) {
            events.add_scalar(group + "/" + name, time, test.epoch, value);
        }
    };
    for (const configs::Metric& metric : configs::all_metrics()) {
        add(metric.name, test.metrics.*metric.value);
    }
    add("loss", test.loss);
}

/// One trial's run. -> its epochs
std::int64_t write_run(const store::Store& store, const store::TrialEntry& entry,
                       const std::optional<store::TestNumbers>& best, const store::TrialTrace& trace,
                       const std::filesystem::path& folder)
{
    const double start = seconds_of(trace.started_at);
    EventFile events(start);
    Message session;
    for (const auto& [name, setting] : settings_of(entry.trial.spec)) {
        session.add(1, Message().add(1, std::string_view(name)).add(2, value_message(setting)));
    }
    session.add(4, std::string_view(configs::printable(entry.trial.configuration))).add(5, start);
    events.add_plugin_data("_hparams_/session_start_info", start, hparams_plugin, plugin_data(3, session));
    double time = start;
    const std::vector<configs::EpochRecord> epochs = store::read_epochs(store, entry.trial.id);
    for (const configs::EpochRecord& record : epochs) {
        if (std::isfinite(record.duration_s)) {
            time += record.duration_s;
        }
        const auto add = [&](const char* tag, double value) {
            if (std::isfinite(value)) {  // TensorBoard draws nothing else
                events.add_scalar(tag, time, record.epoch, value);
            }
        };
        add("train/loss", record.train_loss);
        add("train/accuracy", record.train_accuracy);
        add("validation/loss", record.validation_loss);
        add("validation/accuracy", record.validation_accuracy);
        add("epoch/duration_s", record.duration_s);
    }
    if (entry.test) {
        add_test(events, "test", time, *entry.test);
    }
    if (best) {
        add_test(events, "test_best", time, *best);
    }
    events.add_plugin_data("_hparams_/session_end_info", time, hparams_plugin,
                           plugin_data(4, Message().add(1, status_of(entry.state.status)).add(2, time)));
    files::create_folders_unsynced(folder);
    files::write_atomically(folder / event_file_name, events.bytes());
    return static_cast<std::int64_t>(epochs.size());
}

void export_sweep(const store::Store& store, const std::string& sweep, const std::filesystem::path& folder,
                  Exported& exported)
{
    const store::SweepResults results = store::read_results(store, sweep, store::Weights::last);
    const store::SweepResults best = store::read_results(store, sweep, store::Weights::best);
    const std::map<std::string, store::TrialTrace> traces = store::read_traces(store, results.sweep.revision_id);
    const std::filesystem::path top = folder / folder_name(sweep);
    const double recorded = seconds_of(results.sweep.recorded_at);
    EventFile events(recorded);
    events.add_plugin_data("_hparams_/experiment", recorded, hparams_plugin, plugin_data(2, experiment(results)));
    files::create_folders_unsynced(top);
    files::write_atomically(top / event_file_name, events.bytes());
    for (std::size_t c = 0; c < results.configurations.size(); ++c) {
        const std::vector<store::TrialEntry>& repeats = results.configurations[c].repeats;
        for (std::size_t r = 0; r < repeats.size(); ++r) {
            const auto trace = traces.find(repeats[r].trial.id);
            if (trace == traces.end()) {
                ++exported.not_begun;
                continue;
            }
            exported.epochs += write_run(store, repeats[r], best.configurations[c].repeats[r].test, trace->second,
                                         top / folder_name(repeats[r].trial.label));
            ++exported.trials;
        }
    }
}

}  // namespace

std::string folder_name(const std::string& name)
{
    constexpr std::size_t longest = 100;
    std::string safe;
    for (const char letter : name.substr(0, longest)) {
        const bool is_plain =
            (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
            std::string_view("-_=+").find(letter) != std::string_view::npos || (letter == '.' && !safe.empty());
        safe += is_plain ? letter : '_';
    }
    return safe == name && !safe.empty() ? safe : safe + "-" + files::sha256_hex(name).substr(0, 8);
}

Exported export_tensorboard(const store::Store& store, const std::string& sweep, const std::filesystem::path& folder,
                            store::Revisions revisions)
{
    Exported exported;
    exported.files.push_back(folder);
    try {
        const store::SweepEntry named = store::find_sweep(store, sweep);  // none at all is an error
        const bool is_one_revision = !sweep.empty() && sweep != named.name;
        for (const store::SweepEntry& entry : sweep.empty() ? store::sweeps_in_sight(store) : std::vector{named}) {
            if (is_one_revision || revisions == store::Revisions::newest) {
                export_sweep(store, is_one_revision ? sweep : entry.name, folder, exported);
                continue;
            }
            for (const int number : store::revisions_of(store, entry.name)) {
                export_sweep(store, fmt::format("{}@{}", entry.name, number), folder, exported);
            }
        }
    } catch (const files::Error& failure) {
        throw store::Error(store::kind_of_file_error(failure),
                           std::string("the event files cannot be written: ") + failure.what());
    }
    return exported;
}

}  // namespace attnsweep::reports
