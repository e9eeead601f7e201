#include "reports/show.h"

#include <algorithm>
#include <cctype>
#include <type_traits>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/printable.h"
#include "configs/shell_word.h"
#include "reports/analysis/class_results.h"
#include "reports/analysis/suspicious_trials.h"
#include "store/paper_reference.h"
#include "store/reading/results.h"
#include "store/reading/trial_record.h"

namespace attnsweep::reports {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json json_of(const store::Value& value)
{
    return std::visit(
        [](const auto& held) {
            if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                return Json();
            } else {
                return Json(held);
            }
        },
        value);
}

/// Every row as an object by the names of its columns.
Json json_of(const std::vector<store::NamedRow>& rows)
{
    Json list = Json::array();
    for (const store::NamedRow& row : rows) {
        Json object;
        for (const auto& [name, value] : row) {
            object[name] = json_of(value);
        }
        list.push_back(std::move(object));
    }
    return list;
}

Json epochs_of(const std::vector<configs::EpochRecord>& epochs)
{
    Json summary;
    if (epochs.empty()) {
        return summary;
    }
    const auto record = [](const configs::EpochRecord& epoch) { return Json(nlohmann::json(epoch)); };
    const auto lowest = std::min_element(epochs.begin(), epochs.end(), [](const auto& a, const auto& b) {
        return a.validation_loss < b.validation_loss;
    });
    const auto most_right = std::max_element(epochs.begin(), epochs.end(), [](const auto& a, const auto& b) {
        return a.validation_accuracy < b.validation_accuracy;
    });
    double seconds = 0;
    for (const configs::EpochRecord& epoch : epochs) {
        seconds += epoch.duration_s;
    }
    summary["count"] = epochs.size();
    summary["mean_duration_s"] = seconds / static_cast<double>(epochs.size());
    summary["first"] = record(epochs.front());
    summary["lowest_validation_loss"] = record(*lowest);
    summary["highest_validation_accuracy"] = record(*most_right);
    summary["last"] = record(epochs.back());
    return summary;
}

Json mistakes_of(const configs::Confusion& confusion, const std::vector<std::string>& classes)
{
    constexpr std::size_t most = 8;
    Json list = Json::array();
    for (const Mistake& mistake : mistakes(confusion, most)) {
        list.push_back({{"truth", classes.at(mistake.truth)},
                        {"taken_for", classes.at(mistake.taken_for)},
                        {"clips", mistake.clips},
                        {"of", mistake.truth_clips}});
    }
    return list;
}

Json classes_of(const configs::Confusion& confusion, const std::vector<std::string>& classes)
{
    Json list = Json::array();
    const std::vector<configs::ClassMetrics> each = configs::class_metrics_of(confusion);
    for (std::size_t k = 0; k < each.size(); ++k) {
        list.push_back({{"class", classes.at(k)},
                        {"clips", each[k].clips},
                        {"precision", each[k].precision},
                        {"recall", each[k].recall},
                        {"f1", each[k].f1}});
    }
    return list;
}

Json files_in(const fs::path& folder)
{
    std::vector<std::pair<std::string, std::uintmax_t>> files;
    std::error_code none;
    for (fs::recursive_directory_iterator entry(folder, none), end; !none && entry != end; entry.increment(none)) {
        if (entry->is_regular_file(none)) {
            files.emplace_back(entry->path().lexically_relative(folder).string(), entry->file_size(none));
        }
    }
    std::sort(files.begin(), files.end());
    Json list = Json::array();
    for (const auto& [name, bytes] : files) {
        list.push_back({{"file", name}, {"bytes", bytes}});
    }
    return list;
}

/// By its id, which no other trial has; with the number of threads and the kind of device it had.
std::string line_that_repeats(const store::Store& store, const store::TrialLocation& trial)
{
    if (trial.trial.spec.data_set.digest == store::paper_data_digest) {
        return "(none: these are the paper's numbers, not a trial of this program)";
    }
    std::string line =
        "attnsweep trial " + trial.trial.id + " --store " + configs::shell_path(fs::absolute(store.path()).string());
    if (!trial.execution.device.empty()) {
        line += " --device " + configs::shell_word(trial.execution.device.substr(0, trial.execution.device.find(':'))) +
                " --threads " + std::to_string(trial.execution.threads);
    }
    return line + " --result again.json";
}

Json record_of(const store::Store& store, const std::string& prefix)
{
    const store::TrialLocation location = store.find_trial(prefix);
    const std::string& id = location.trial.id;
    const store::TrialRecord stored = store::read_trial_record(store, id);
    Json record;
    record["trial_id"] = id;
    record["label"] = location.trial.label;
    record["configuration"] = location.trial.configuration;
    record["repeat"] = location.trial.repeat;
    record["status"] = to_string(location.status);
    record["sweeps"] = json_of(stored.sweeps);
    record["data"] = {{"path", location.data.path},
                      {"clips", location.data.clips},
                      {"recordings", location.data.recordings},
                      {"classes", location.data.classes}};
    record["settings"] = Json(nlohmann::json(location.trial.spec));
    record["attempts"] = json_of(stored.attempts);
    if (!location.execution.device.empty()) {
        record["execution"] = Json(nlohmann::json(location.execution));
    }
    const std::vector<configs::EpochRecord> epochs = store::read_epochs(store, id);
    record["epochs"] = epochs_of(epochs);
    record["metrics"] = json_of(stored.metrics);
    const configs::Confusion confusion = store::read_confusion(store, id, store::Weights::last);
    if (confusion.size() == location.data.classes.size()) {
        record["classes"] = classes_of(confusion, location.data.classes);
        record["mistakes"] = mistakes_of(confusion, location.data.classes);
    }
    if (location.status == store::Status::done) {
        Json suspicious = Json::array();
        for (const SuspiciousTrial& one : suspicions_of(location.trial, confusion, location.data.classes, epochs)) {
            suspicious.push_back(one.words);
        }
        record["suspicious"] = std::move(suspicious);
    }
    if (!location.attempt_folder.empty()) {
        record["folder"] = location.attempt_folder.string();
        record["files"] = files_in(location.attempt_folder);
    }
    record["reproduce"] = line_that_repeats(store, location);
    return record;
}

std::string shown(const Json& value)
{
    if (value.is_string()) {
        return configs::printable(value.get<std::string>());
    }
    if (value.is_number_float()) {
        return fmt::format("{:.6g}", value.get<double>());
    }
    return value.is_null() ? not_known : configs::printable(value.dump());
}

void add_fields(std::string& text, const Json& object, const std::string& indent = "  ")
{
    for (const auto& [name, value] : object.items()) {
        text += fmt::format("{}{:<24} {}\n", indent, name, shown(value));
    }
}

bool is_blank(const Json& objects, const std::string& name)
{
    return std::all_of(objects.begin(), objects.end(), [&](const Json& one) { return one.at(name).is_null(); });
}

/// Objects with the same fields as a table; fields that are blank in all are left out.
void add_table(std::string& text, const Json& rows)
{
    Table table;
    std::vector<std::string> names;
    for (const auto& [name, unused] : rows.front().items()) {
        if (is_blank(rows, name)) {
            continue;
        }
        names.push_back(name);
        table.columns.push_back({name, rows.front().at(name).is_number()});
    }
    for (const Json& row : rows) {
        std::vector<Cell> cells;
        cells.reserve(names.size());
        for (const std::string& name : names) {
            cells.push_back(row.at(name).is_number() ? number_cell(shown(row.at(name)))
                                                     : text_cell(shown(row.at(name))));
        }
        table.rows.push_back(std::move(cells));
    }
    text += to_text(table);
}

/// Shows objects with equal fields side by side, one line per field, since metrics outnumber the columns that fit into
/// a terminal. Fields that are empty in all objects are left out.
void add_fields_beside(std::string& text, const Json& objects)
{
    for (const auto& [name, unused] : objects.front().items()) {
        if (is_blank(objects, name)) {
            continue;
        }
        text += fmt::format("  {:<24}", name);
        for (const Json& object : objects) {
            text += fmt::format(" {:>12}", shown(object.at(name)));
        }
        text += '\n';
    }
}

std::string as_text(const Json& record)
{
    std::string text = fmt::format("{} ({}): {}\n", shown(record.at("label")), shown(record.at("trial_id")),
                                   shown(record.at("status")));
    const auto section = [&](const char* title, const char* name) -> const Json* {
        const auto found = record.find(name);
        if (found == record.end() || found->empty()) {
            return nullptr;
        }
        text += std::string("\n") + title + "\n";
        return &*found;
    };
    const auto table = [&](const char* title, const char* name) {
        if (const Json* rows = section(title, name)) {
            add_table(text, *rows);
        }
    };
    if (const Json* suspicious = section("Suspicious", "suspicious")) {
        for (const Json& words : *suspicious) {
            text += "  " + shown(words) + "\n";
        }
    }
    table("Sweeps", "sweeps");
    if (const Json* data = section("Data", "data")) {
        add_fields(text, *data);
    }
    if (const Json* settings = section("Settings and seeds", "settings")) {
        for (const auto& [name, fields] : settings->items()) {
            for (const auto& [leaf, value] : fields.items()) {
                text += fmt::format("  {:<32} {}\n", fmt::format("{}.{}", name, leaf), shown(value));
            }
        }
    }
    if (const Json* attempts = section("Attempts", "attempts")) {
        for (const Json& attempt : *attempts) {
            text += fmt::format("  attempt {}\n", shown(attempt.at("attempt")));
            for (const auto& [name, value] : attempt.items()) {
                if (name != "attempt" && !value.is_null()) {
                    text += fmt::format("    {:<22} {}\n", name, shown(value));
                }
            }
        }
    }
    if (const Json* execution = section("Code and machine", "execution")) {
        add_fields(text, *execution);
    }
    if (const Json* epochs = section("Epochs", "epochs")) {
        for (const auto& [name, value] : epochs->items()) {
            text += value.is_object()
                        ? fmt::format("  {:<28} epoch {}: loss {}, accuracy {}; validation loss {}, accuracy {}\n",
                                      name, shown(value.at("epoch")), shown(value.at("train_loss")),
                                      shown(value.at("train_accuracy")), shown(value.at("validation_loss")),
                                      shown(value.at("validation_accuracy")))
                        : fmt::format("  {:<28} {}\n", name, shown(value));
        }
    }
    if (const Json* metrics = section("Test metrics, and validation after the same epoch", "metrics")) {
        add_fields_beside(text, *metrics);
    }
    table("Classes, under the last weights", "classes");
    table("Mistakes, under the last weights", "mistakes");
    if (const Json* folder = section("Files", "folder")) {
        text += "  " + shown(*folder) + "\n";
        if (const std::string missing = store::missing_in_words(folder->get<std::string>()); !missing.empty()) {
            text += "  " + missing + "\n";
        }
    }
    if (record.contains("files") && !record.at("files").empty()) {
        add_table(text, record.at("files"));
    }
    text +=
        "\nTo reproduce it bit for bit, under equal code, processor features and threads (again.json: the result)\n  " +
        record.at("reproduce").get<std::string>() + "\n";
    return text;
}

}  // namespace

std::string show_trial(const store::Store& store, const std::string& prefix, Format format)
{
    const Json record = record_of(store, prefix);
    if (format == Format::json) {
        return record.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    }
    if (format == Format::text) {
        return as_text(record);
    }
    throw store::Error(store::Error::Kind::bad_query, "a trial is shown as text or json");
}

}  // namespace attnsweep::reports
