// The page's sections on where its numbers come from.
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/escaping.h"
#include "reports/nearest.h"
#include "reports/page.h"
#include "reports/statistics.h"
#include "reports/table_notes.h"
#include "reports/tables.h"

namespace attnsweep::reports {

namespace {

const TrialTrace* trace_of(const PageContent& content, const TrialEntry& entry)
{
    const auto found = content.traces.find(entry.trial.id);
    return found == content.traces.end() ? nullptr : &found->second;
}

/// All that says where a trial's numbers come from, on one line of words.
std::string trace_in_words(const TrialEntry& entry, const TrialTrace* trace)
{
    const configs::Seeds& seed = entry.trial.spec.seed;
    std::vector<std::string> parts{"trial " + entry.trial.id, fmt::format("seeds: split {}, init {}, order {}",
                                                                          seed.split, seed.init, seed.order)};
    if (trace != nullptr) {
        parts.push_back(fmt::format("attempt {} of {}", trace->attempt, entry.state.attempts));
        parts.push_back(trace->started_at + (trace->ended_at.empty() ? "" : " to " + trace->ended_at));
        if (trace->duration_s)
            parts.push_back(duration_in_words(*trace->duration_s));
        if (trace->peak_memory_bytes)
            parts.push_back(fmt::format("peak {:.0f} MB", static_cast<double>(*trace->peak_memory_bytes) / 1e6));
        if (trace->parameters)
            parts.push_back(fmt::format("{} parameters", *trace->parameters));
        if (trace->best_epoch)
            parts.push_back(fmt::format("best epoch {}", *trace->best_epoch));
        if (trace->stopped_early)
            parts.emplace_back("stopped early");
        if (trace->execution) {
            const configs::ExecutionRecord& run = *trace->execution;
            if (run.libtorch_version.empty()) {
                parts.push_back("from " + run.host);  // published numbers: no program made them
            } else {
                parts.push_back("attnsweep " + run.attnsweep_version + ", libtorch " + run.libtorch_version + ", " +
                                run.compiler);
                parts.push_back(fmt::format("on {} ({}, {}), {} thread{}, {}", run.host, run.device, run.device_name,
                                            run.threads, run.threads == 1 ? "" : "s", run.cpu_features));
            }
            if (run.mixed)
                parts.emplace_back("resumed under other settings than it began (mixed)");
        } else {
            parts.push_back("on " + trace->host + " (" + trace->device + ")");
        }
        if (!trace->split_digest.empty())
            parts.push_back("split " + trace->split_digest.substr(0, 16));
    }
    parts.push_back("data " + entry.trial.spec.data_set.digest.substr(0, 16));
    if (trace != nullptr && !trace->folder.empty())
        parts.push_back("files " + trace->folder);
    if (entry.state.last_failure && entry.state.status != Status::done)
        parts.push_back("failed: " + entry.state.last_failure->kind + ": " + entry.state.last_failure->message);
    return joined(parts, " · ");
}

std::string trial_rows(const PageContent& content, const TrialEntry& entry)
{
    std::string out = "<tr class=\"trial\" id=\"" + html_escaped(trial_anchor(entry.trial.id)) +
                      "\"><th scope=\"row\">" + html_escaped(entry.trial.label) + "</th><td>" +
                      html_escaped(to_string(entry.state.status)) + "</td>";
    const auto number = [&](const std::string& text) { out += "<td class=\"n\">" + text + "</td>"; };
    if (entry.test) {
        const auto known = [&](double value, int digits) {
            number(std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : not_known);
        };
        const configs::Metrics& metrics = entry.test->metrics;
        known(100 * metrics.accuracy, 2);
        for (const double value :
             {metrics.precision_macro, metrics.recall_macro, metrics.f1_micro, metrics.f1_macro, metrics.f1_class_mean})
            known(value, 4);
        known(100 * entry.test->top3_accuracy, 2);
        known(entry.test->loss, 4);
        number(std::to_string(entry.epochs));
    } else {
        out += "<td colspan=\"9\"></td>";
    }
    return out + "</tr>\n<tr class=\"trace\"><td colspan=\"11\">" +
           html_escaped(trace_in_words(entry, trace_of(content, entry))) + "</td></tr>\n";
}

/// Each value of what made the trials, and how many it made: "0.1.0 (30 trials)".
std::string tally(const PageContent& content, const std::function<std::string(const configs::ExecutionRecord&)>& facet)
{
    std::map<std::string, int> counts;
    for (const auto& [id, trace] : content.traces) {
        if (trace.execution)
            ++counts[facet(*trace.execution)];
    }
    std::vector<std::string> parts;
    for (const auto& [value, count] : counts)
        parts.push_back(
            fmt::format("{} ({} trial{})", value.empty() ? "unknown" : value, count, count == 1 ? "" : "s"));
    return parts.empty() ? "no attempt has ended yet" : joined(parts, "; ");
}

/// A list of trials that lead to their places.
std::string trial_list(const std::vector<std::pair<const TrialEntry*, std::string>>& entries)
{
    std::string out = "<ul>\n";
    for (const auto& [entry, words] : entries)
        out += "<li><a href=\"#" + html_escaped(trial_anchor(entry->trial.id)) + "\">" +
               html_escaped(entry->trial.label) + "</a>" + html_escaped(words) + "</li>\n";
    return out + "</ul>\n";
}

std::string unfinished(const PageContent& content)
{
    constexpr std::size_t shown = 200;
    std::vector<std::pair<const TrialEntry*, std::string>> failed, open;
    std::size_t left_out = 0, listed = 0;
    for (const ConfigurationEntry& configuration : content.results.configurations) {
        for (const TrialEntry& entry : configuration.repeats) {
            if (++listed > page_trials && entry.state.status != Status::done) {
                ++left_out;
                continue;
            }
            if (entry.state.status == Status::failed) {
                const configs::Failure failure = entry.state.last_failure.value_or(configs::Failure{});
                (failed.size() < shown ? failed : open)
                    .emplace_back(&entry, fmt::format(", attempt {}: {}: {}", entry.state.attempts, failure.kind,
                                                      failure.message));
            } else if (entry.state.status != Status::done) {
                if (open.size() >= shown) {
                    ++left_out;
                    continue;
                }
                open.emplace_back(&entry, entry.state.status == Status::running
                                              ? fmt::format(": running, epoch {}", entry.state.last_epoch)
                                          : entry.state.attempts == 0
                                              ? ": not begun"
                                              : fmt::format(": begun, not done; epoch {}", entry.state.last_epoch));
            }
        }
    }
    std::string out = "<h3 id=\"failed\">Failed trials</h3>\n" +
                      (failed.empty() ? std::string("<p>None.</p>\n") : trial_list(failed)) +
                      "<h3 id=\"missing\">Missing trials</h3>\n" +
                      (open.empty() ? std::string("<p>None.</p>\n") : trial_list(open));
    if (left_out > 0)
        out += fmt::format("<p class=\"soft\">And {} more.</p>\n", left_out);
    return out;
}

std::string pretty(const std::string& json)
{
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    return parsed.is_discarded() ? json : parsed.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Line ends kept, all else as in html_escaped.
std::string lines_escaped(const std::string& text)
{
    std::string out;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out += html_escaped(text.substr(at, end - at)) + "\n";
        at = end + 1;
    }
    return out;
}

}  // namespace

std::string making_section(const PageContent& content)
{
    const SweepResults& results = content.results;
    std::string out =
        "<section aria-labelledby=\"making\">\n<h2 id=\"making\">How it was made</h2>\n<dl class=\"facts\">\n";
    const auto fact = [&](const char* name, const std::string& value) {
        if (!value.empty())
            out += std::string("<dt>") + name + "</dt><dd>" + html_escaped(value) + "</dd>\n";
    };
    std::vector<std::string> overrides;
    for (const std::string& override : results.sweep.overrides)
        overrides.push_back("--set " + override);
    fact("Sweep file", content.sweep_file);
    fact("Overrides", overrides.empty() ? "none" : joined(overrides, " "));
    for (const std::string& note : data_notes(content.summary))
        fact(note.starts_with("Data")       ? "Data"
             : note.starts_with("Geometry") ? "Geometry"
             : note.starts_with("Scale")    ? "Input"
                                            : "Split",
             note.substr(note.starts_with("Scale") ? 0 : note.find(": ") + 2));
    for (const configs::SpectrogramSet& set : results.data.spectrograms)
        fact(set.spectrogram == configs::Spectrogram::stft ? "STFT digest" : "CQT digest", set.digest);
    fact("attnsweep", tally(content, [](const auto& run) { return run.attnsweep_version; }));
    fact("libtorch", tally(content, [](const auto& run) { return run.libtorch_version; }));
    fact("Compiler", tally(content, [](const auto& run) { return run.compiler; }));
    fact("Machines", tally(content, [](const auto& run) { return run.host; }));
    fact("Devices", tally(content, [](const auto& run) {
             return run.device.substr(0, run.device.find(':')) + ", " + run.device_name + ", " + run.cpu_features;
         }));
    fact("Threads", tally(content, [](const auto& run) { return std::to_string(run.threads); }));
    out += "</dl>\n";
    std::string warnings;
    for (std::size_t i = 0; i < results.configurations.size(); ++i) {
        for (const std::string& sentence : content.summary.configurations[i].cautions)
            warnings += "<li><a href=\"#" + configuration_anchor(i) + "\">" +
                        html_escaped(results.configurations[i].name) + "</a>: " + html_escaped(sentence) + ".</li>\n";
    }
    out += "<h3>Averaged, though not alike</h3>\n" +
           (warnings.empty()
                ? std::string("<p>Nothing: of each model all repeats done have equal code, data, split and kind "
                              "of device, and none was resumed under other settings.</p>\n")
                : "<ul>\n" + warnings + "</ul>\n");
    const std::string settings = settings_note(content.summary);
    out += "<h3>Settings</h3>\n<p>" +
           (settings.empty() ? std::string("All as in the paper.") : html_escaped(settings)) + "</p>\n";
    out += "<details><summary>All settings, as resolved</summary>\n<pre tabindex=\"0\">" +
           lines_escaped(pretty(content.settings)) + "</pre></details>\n";
    return out + unfinished(content) + "</section>\n";
}

std::string trials_section(const PageContent& content)
{
    std::string out =
        "<section aria-labelledby=\"trials\">\n<h2 id=\"trials\">Trials</h2>\n<p>Every number above is made of "
        "these. Under each trial: its id, seeds, when and where it ran, with which code, on which data.</p>\n"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"trials-caption\">\n"
        "<table class=\"trials\"><caption id=\"trials-caption\">Test numbers under the " +
        to_string(content.results.weights) +
        " weights</caption>\n<thead><tr><th scope=\"col\">trial</th><th scope=\"col\">state</th>";
    for (const char* title :
         {"accuracy %", "P_macro", "R_macro", "F1_micro", "F1_macro", "F1 classes", "top-3 %", "loss", "epochs"})
        out += std::string("<th scope=\"col\" class=\"n\">") + title + "</th>";
    out += "</tr></thead>\n";
    std::size_t shown = 0, left_out = 0;
    for (std::size_t i = 0; i < content.results.configurations.size(); ++i) {
        const ConfigurationEntry& configuration = content.results.configurations[i];
        out += "<tbody id=\"" + configuration_anchor(i) +
               "\"><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"11\">" + html_escaped(configuration.name) +
               "</th></tr>\n";
        for (const TrialEntry& entry : configuration.repeats) {
            if (shown == page_trials) {
                ++left_out;
                continue;
            }
            out += trial_rows(content, entry);
            ++shown;
        }
        out += "</tbody>\n";
    }
    out += "</table></div>\n";
    if (left_out > 0)
        out += fmt::format("<p class=\"soft\">{} more are in the store: <code>attnsweep query</code>.</p>\n", left_out);
    return out + "</section>\n";
}

}  // namespace attnsweep::reports
