#include "reports/page/page_provenance.h"

#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/metrics.h"
#include "configs/names.h"
#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "reports/analysis/statistics.h"
#include "reports/tables/anchors.h"
#include "reports/tables/escaping.h"
#include "reports/tables/table_notes.h"

namespace attnsweep::reports {

namespace {

/// All that says where a trial's numbers come from, on one line of words.
std::string trace_in_words(const store::TrialEntry& entry, const std::optional<store::TrialTrace>& trace)
{
    const configs::Seeds& seed = entry.trial.spec.seed;
    std::vector<std::string> parts{"trial " + entry.trial.id, fmt::format("seeds: split {}, init {}, order {}",
                                                                          seed.split, seed.init, seed.order)};
    if (trace) {
        parts.push_back(fmt::format("attempt {} of {}", trace->attempt, entry.state.attempts));
        parts.push_back(trace->started_at + (trace->ended_at.empty() ? "" : " to " + trace->ended_at));
        if (trace->duration_s) {
            parts.push_back(duration_in_words(*trace->duration_s));
        }
        if (trace->peak_memory_bytes) {
            parts.push_back(fmt::format("peak {:.0f} MB", static_cast<double>(*trace->peak_memory_bytes) / 1e6));
        }
        if (trace->parameters) {
            parts.push_back(fmt::format("{} parameters", *trace->parameters));
        }
        if (trace->best_epoch) {
            parts.push_back(fmt::format("best epoch {}", *trace->best_epoch));
        }
        if (trace->stopped_early) {
            parts.emplace_back("stopped early");
        }
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
            for (const std::string& of_gpu : {run.gpu_uuid, gpu_software(run)}) {
                if (!of_gpu.empty()) {
                    parts.push_back(of_gpu);
                }
            }
            if (run.mixed) {
                parts.emplace_back("resumed under other settings than it began (mixed)");
            }
        } else {
            parts.push_back("on " + trace->host + " (" + trace->device + ")");
        }
        if (!trace->split_digest.empty()) {
            parts.push_back("split " + trace->split_digest.substr(0, 16));
        }
    }
    parts.push_back("data " + entry.trial.spec.data_set.digest.substr(0, 16));
    if (trace && !trace->folder.empty()) {
        parts.push_back("files " + trace->folder);
    }
    if (entry.state.last_failure && entry.state.status != store::Status::done) {
        parts.push_back("failed: " + configs::to_string(entry.state.last_failure->kind) + ": " +
                        entry.state.last_failure->message);
    }
    return configs::joined(parts, " · ");
}

/// Returns the number of a trial's numeric columns: every metric, loss and epochs.
std::size_t number_columns()
{
    return configs::all_metrics().size() + 2;
}

/// Returns the number of all columns: label, state and the numbers.
std::string all_columns()
{
    return std::to_string(2 + number_columns());
}

std::string trial_rows(const ListedTrial& trial)
{
    const store::TrialEntry& entry = trial.entry;
    std::string out = "<tr class=\"trial\" id=\"" + html_escaped(trial_anchor(entry.trial.id)) +
                      "\"><th scope=\"row\">" + html_escaped(entry.trial.label) + "</th><td>" +
                      html_escaped(to_string(entry.state.status) + (trial.why.empty() ? "" : ", " + trial.why)) +
                      "</td>";
    const auto number = [&](const std::string& text) { out += "<td class=\"n\">" + text + "</td>"; };
    if (entry.test) {
        const auto known = [&](double value, int digits) {
            number(std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : not_known);
        };
        for (const configs::Metric& metric : configs::all_metrics()) {
            const double value = entry.test->metrics.*metric.value;
            known(metric.is_percent ? 100 * value : value, metric.is_percent ? 2 : 4);
        }
        known(entry.test->loss, 4);
        number(std::to_string(entry.epochs));
    } else {
        out += fmt::format("<td colspan=\"{}\"></td>", number_columns());
    }
    return out + "</tr>\n<tr class=\"trace\"><td colspan=\"" + all_columns() + "\">" +
           html_escaped(trace_in_words(entry, trial.trace)) + "</td></tr>\n";
}

/// "0.1.0 (30 trials)".
std::string in_words(const std::map<std::string, int>& counts)
{
    std::vector<std::string> parts;
    parts.reserve(counts.size());
    for (const auto& [value, count] : counts) {
        parts.push_back(
            fmt::format("{} ({} trial{})", value.empty() ? "unknown" : value, count, count == 1 ? "" : "s"));
    }
    return parts.empty() ? "no attempt has ended yet" : configs::joined(parts, "; ");
}

/// A list of trials that lead to their places.
std::string trial_list(const std::vector<UnfinishedTrial>& trials)
{
    if (trials.empty()) {
        return "<p>None.</p>\n";
    }
    std::string out = "<ul>\n";
    for (const UnfinishedTrial& trial : trials) {
        out += "<li><a href=\"#" + html_escaped(trial_anchor(trial.id)) + "\">" + html_escaped(trial.label) + "</a>" +
               html_escaped(trial.words) + "</li>\n";
    }
    return out + "</ul>\n";
}

std::string unfinished(const PageContent& content)
{
    std::string out = "<h3 id=\"failed\">Failed trials</h3>\n" + trial_list(content.failed) +
                      "<h3 id=\"missing\">Missing trials</h3>\n" + trial_list(content.missing);
    if (content.unfinished_left_out > 0) {
        out += fmt::format("<p class=\"soft\">And {} more.</p>\n", content.unfinished_left_out);
    }
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

/// A word of a command as a shell takes it: in double quotes, which leave SQL's readable, unless they would run something of it.
std::string shell_word(const std::string& text)
{
    return text.find_first_of("\"\\$`!") == std::string::npos ? "\"" + text + "\"" : configs::shell_quoted(text);
}

std::string sql_quoted(const std::string& text)
{
    std::string quoted = "'";
    for (const char letter : text) {
        quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
    }
    return quoted + "'";
}

/// What to type for the trials that are not listed.
std::string commands_for_all(const PageContent& content)
{
    const SweepSummary& summary = content.summary;
    const std::string query =
        "attnsweep query " + (content.store.empty() ? "" : "--store " + shell_word(content.store) + " ");
    const std::string one = "configuration = " + sql_quoted(summary.configurations.front().name);
    const std::string sorted =
        std::string(" --sort -") + (summary.weights == store::Weights::last ? "accuracy" : "best_accuracy") + "\n";
    if (!content.is_newest) {
        const std::string of_revision =
            query + "--sweep " + shell_word(fmt::format("{}@{}", summary.sweep.name, summary.sweep.revision));
        return of_revision + " --where " + shell_word(one) + sorted + of_revision + " --format csv > trials.csv";
    }
    const std::string these = "current and sweep = " + sql_quoted(summary.sweep.name);
    return query + "--where " + shell_word(these + " and " + one) + sorted + query + "--where " + shell_word(these) +
           " --format csv > trials.csv";
}

/// "of each configuration the most and the least accurate"; empty where none is listed.
std::string extremes_in_words(const PageContent& content)
{
    const Extremes& extremes = content.extremes;
    if (extremes.listed == 0) {
        return "";
    }
    const std::string of =
        extremes.listed < extremes.done
            ? fmt::format("of the first {} of the {} configurations with a trial done", extremes.listed, extremes.done)
        : extremes.done < content.listed.size()
            ? fmt::format("of each of the {} configurations with a trial done", extremes.done)
            : std::string("of each configuration");
    return of + (extremes.least_too ? " the most and the least accurate" : " the most accurate");
}

/// What the list holds where it does not hold all.
std::string listed_in_words(const PageContent& content)
{
    std::size_t listed = 0;
    for (const std::vector<ListedTrial>& trials : content.listed) {
        listed += trials.size();
    }
    std::string held = extremes_in_words(content);
    if (!content.failed.empty() || !content.missing.empty()) {
        held += (held.empty() ? "" : ", and ") +
                (content.unfinished_left_out == 0
                     ? std::string("all that failed or are missing")
                     : fmt::format("of those that failed or are missing the first {} each", page_unfinished));
    }
    return fmt::format(
        "<p>{} of the {} trials are listed: {}. Every number above comes from all of them.</p>\n<p>To see "
        "the others, of one configuration the most accurate first, or all in a file for a "
        "spreadsheet:</p>\n<pre tabindex=\"0\">{}</pre>\n<p>",
        listed, completeness_of(content.summary).repeats, held, lines_escaped(commands_for_all(content)));
}

}  // namespace

std::string making_section(const PageContent& content)
{
    const SweepSummary& summary = content.summary;
    std::string out = "<section aria-labelledby=\"making\">\n<h2 id=\"making\">Provenance</h2>\n<dl class=\"facts\">\n";
    const auto fact = [&](const char* name, const std::string& value) {
        if (!value.empty()) {
            out += std::string("<dt>") + name + "</dt><dd>" + html_escaped(value) + "</dd>\n";
        }
    };
    std::vector<std::string> overrides;
    for (const std::string& override : summary.sweep.overrides) {
        overrides.push_back("--set " + override);
    }
    fact("Sweep file", content.sweep_file);
    fact("Overrides", overrides.empty() ? "none" : configs::joined(overrides, " "));
    for (const std::string& note : data_notes(content.summary)) {
        fact(note.starts_with("Data")       ? "Data"
             : note.starts_with("Geometry") ? "Geometry"
             : note.starts_with("Scale")    ? "Input"
                                            : "Split",
             note.substr(note.starts_with("Scale") ? 0 : note.find(": ") + 2));
    }
    for (const configs::SpectrogramSet& set : summary.data.spectrograms) {
        fact(set.spectrogram == configs::Spectrogram::stft ? "STFT digest" : "CQT digest", set.digest);
    }
    fact("attnsweep", in_words(content.making.attnsweep));
    fact("libtorch", in_words(content.making.libtorch));
    fact("Compiler", in_words(content.making.compilers));
    fact("Machines", in_words(content.making.machines));
    fact("Devices", in_words(content.making.devices));
    if (!content.making.drivers.empty()) {
        fact("GPU software", in_words(content.making.drivers));
    }
    fact("Threads", in_words(content.making.threads));
    out += "</dl>\n";
    std::string warnings;
    for (std::size_t i = 0; i < summary.configurations.size(); ++i) {
        for (const std::string& sentence : content.summary.configurations[i].cautions) {
            warnings += "<li><a href=\"#" + configuration_anchor(i) + "\">" +
                        html_escaped(summary.configurations[i].name) + "</a>: " + html_escaped(sentence) + ".</li>\n";
        }
    }
    out += "<h3>Differences between averaged repeats</h3>\n" +
           (warnings.empty() ? std::string("<p>None: all done repeats of each model have equal code, data, split and "
                                           "kind of device, and none was resumed under other settings.</p>\n")
                             : "<ul>\n" + warnings + "</ul>\n");
    const std::string settings = settings_note(content.summary);
    out += "<h3>Settings</h3>\n<p>" +
           (settings.empty()
                ? std::string(content.summary.beside_paper ? "All as in the paper." : "All at their defaults.")
                : html_escaped(settings)) +
           "</p>\n";
    out += "<details><summary>All settings, as resolved</summary>\n<pre tabindex=\"0\">" +
           lines_escaped(pretty(content.settings)) + "</pre></details>\n";
    return out + unfinished(content) + "</section>\n";
}

std::string trials_section(const PageContent& content)
{
    std::string out = "<section aria-labelledby=\"trials\">\n<h2 id=\"trials\">Trials</h2>\n" +
                      (content.lists_all ? std::string("<p>Every number above comes from these trials. ")
                                         : listed_in_words(content)) +
                      "Under each trial: its id, seeds, when and where it ran, with which code, on which data.</p>\n"
                      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"trials-caption\">\n"
                      "<table class=\"trials\"><caption id=\"trials-caption\">Test numbers under the " +
                      to_string(content.summary.weights) +
                      " weights</caption>\n<thead><tr><th scope=\"col\">trial</th><th scope=\"col\">state</th>";
    const auto add_title = [&](const char* title) {
        out += std::string("<th scope=\"col\" class=\"n\">") + title + "</th>";
    };
    for (const configs::Metric& metric : configs::all_metrics()) {
        add_title(metric.title);
    }
    add_title("loss");
    add_title("epochs");
    out += "</tr></thead>\n";
    for (std::size_t i = 0; i < content.listed.size(); ++i) {
        const ConfigurationSummary& configuration = content.summary.configurations[i];
        out += "<tbody id=\"" + configuration_anchor(i) + "\"><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"" +
               all_columns() + "\">" + html_escaped(configuration.name) +
               (content.lists_all ? std::string() : ": " + in_words(configuration.counts)) + "</th></tr>\n";
        for (const ListedTrial& trial : content.listed[i]) {
            out += trial_rows(trial);
        }
        out += "</tbody>\n";
    }
    return out + "</table></div>\n</section>\n";
}

}  // namespace attnsweep::reports
