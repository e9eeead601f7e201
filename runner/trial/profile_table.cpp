#include "runner/trial/profile_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

namespace attnsweep::runner {
namespace {

constexpr std::size_t columns = 9;
using Line = std::array<std::string, columns>;

const Line heading = {"layer",   "what",      "output",  "forward ms", "backward ms",
                      "share %", "output MB", "kept MB", "peak MB"};

std::string number(double value, const char* format = "%.2f")
{
    char text[48];
    std::snprintf(text, sizeof text, format, value);
    if (std::strtod(text, nullptr) == 0) {
        std::snprintf(text, sizeof text, format, 0.0);  // "-0.00" says nothing
    }
    return text;
}

std::string megabytes(std::int64_t bytes)
{
    return number(static_cast<double>(bytes) / 1e6);
}

std::string share(double ms, const Profile& profile)
{
    return profile.observed_ms > 0 ? number(100 * ms / profile.observed_ms, "%.1f") : "";
}

Line line_of(const ProfileRow& row, const Profile& profile)
{
    return {(row.is_part ? "  " : "") + row.name,
            row.what,
            row.output,
            number(row.forward_ms),
            number(row.backward_ms),
            share(row.forward_ms + row.backward_ms, profile),
            megabytes(row.output_bytes),
            megabytes(row.kept_bytes),
            megabytes(row.peak_bytes)};
}

// Texts stand left, numbers right; nothing follows the last text.
std::string in_columns(const std::vector<Line>& lines)
{
    std::array<std::size_t, columns> widths{};
    for (const Line& line : lines) {
        for (std::size_t i = 0; i < columns; ++i) {
            widths[i] = std::max(widths[i], line[i].size());
        }
    }
    std::string text;
    for (const Line& line : lines) {
        std::string row;
        for (std::size_t i = 0; i < columns; ++i) {
            const std::string blanks(widths[i] - line[i].size(), ' ');
            row += (i == 0 ? "" : "  ") + (i < 3 ? line[i] + blanks : blanks + line[i]);
        }
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    }
    return text;
}

struct Sums {
    double forward_ms = 0, backward_ms = 0;
    const ProfileRow* largest = nullptr;  // by peak
};

Sums sums_of(const Profile& profile)
{
    Sums sums;
    for (const ProfileRow& row : profile.rows) {
        if (row.is_part) {
            continue;
        }
        sums.forward_ms += row.forward_ms;
        sums.backward_ms += row.backward_ms;
        if (sums.largest == nullptr || row.peak_bytes > sums.largest->peak_bytes) {
            sums.largest = &row;
        }
    }
    return sums;
}

double longer_percent(const Profile& profile)
{
    return profile.unobserved_ms > 0 ? 100 * (profile.observed_ms / profile.unobserved_ms - 1) : 0;
}

}  // namespace

std::string profile_text(const Profile& profile)
{
    const Sums sums = sums_of(profile);
    std::vector<Line> lines = {heading};
    for (const ProfileRow& row : profile.rows) {
        lines.push_back(line_of(row, profile));
    }
    const auto add = [&](const char* name, double ms) {
        lines.push_back({name, "", "", number(ms), "", share(ms, profile), "", "", ""});
    };
    lines.push_back({"all layers", "", "", number(sums.forward_ms), number(sums.backward_ms),
                     share(sums.forward_ms + sums.backward_ms, profile), "", "", ""});
    add("optimizer", profile.optimizer_ms);
    add("data", profile.data_ms);
    add("the rest", profile.rest_ms);
    add("a step, observed", profile.observed_ms);
    add("a step, unobserved", profile.unobserved_ms);

    char text[400];
    std::snprintf(
        text, sizeof text,
        ": batches of %d clips, %d thread%s; medians of %d observed and %d unobserved steps, in turn, after %d to "
        "warm up\n",
        profile.batch_size, profile.threads, profile.threads == 1 ? "" : "s", profile.observed_steps,
        profile.unobserved_steps, profile.warm_up_steps);
    std::string whole = profile.label + " (" + profile.trial_id + ") on " + profile.device + " (" +
                        profile.device_name + ")" + text + in_columns(lines);
    whole += "The profiler changes a step's time by " + number(longer_percent(profile), "%+.1f") +
             " % (what is small or negative is noise). ";
    if (sums.largest != nullptr) {
        whole += "Largest at once: " + megabytes(sums.largest->peak_bytes) + " MB of tensors, in " +
                 sums.largest->name + "; weights and the optimizer's state are not counted.";
    }
    whole += " The whole process took " + megabytes(profile.peak_memory_bytes) + " MB at its peak";
    whole +=
        profile.peak_device_bytes > 0 ? ", and " + megabytes(profile.peak_device_bytes) + " MB on the GPU.\n" : ".\n";
    return whole;
}

std::string profile_json(const Profile& profile)
{
    nlohmann::json layers = nlohmann::json::array();
    for (const ProfileRow& row : profile.rows) {
        nlohmann::json entry = {{"name", row.name},
                                {"forward_ms", row.forward_ms},
                                {"backward_ms", row.backward_ms},
                                {"output_bytes", row.output_bytes},
                                {"kept_bytes", row.kept_bytes},
                                {"peak_bytes", row.peak_bytes}};
        if (row.is_part && !layers.empty()) {
            layers.back()["parts"].push_back(std::move(entry));
            continue;
        }
        entry["what"] = row.what;
        entry["output"] = row.output;
        layers.push_back(std::move(entry));
    }
    const nlohmann::json json = {{"label", profile.label},
                                 {"trial_id", profile.trial_id},
                                 {"device", profile.device},
                                 {"device_name", profile.device_name},
                                 {"threads", profile.threads},
                                 {"batch_size", profile.batch_size},
                                 {"warm_up_steps", profile.warm_up_steps},
                                 {"unobserved_steps", profile.unobserved_steps},
                                 {"observed_steps", profile.observed_steps},
                                 {"layers", std::move(layers)},
                                 {"data_ms", profile.data_ms},
                                 {"optimizer_ms", profile.optimizer_ms},
                                 {"rest_ms", profile.rest_ms},
                                 {"observed_ms", profile.observed_ms},
                                 {"unobserved_ms", profile.unobserved_ms},
                                 {"peak_memory_bytes", profile.peak_memory_bytes},
                                 {"peak_device_bytes", profile.peak_device_bytes}};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace attnsweep::runner
