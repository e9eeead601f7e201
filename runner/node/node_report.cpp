#include "runner/node/node_report.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace attnsweep::runner {

namespace {

using Json = nlohmann::json;
using Verdict = Check::Verdict;

}  // namespace

void to_json(Json& json, const Check& check)
{
    json = {{"subject", check.subject}, {"found", check.found},   {"verdict", static_cast<int>(check.verdict)},
            {"wrong", check.wrong},     {"remedy", check.remedy}, {"exit_code", check.exit_code}};
}

void from_json(const Json& json, Check& check)
{
    json.at("subject").get_to(check.subject);
    json.at("found").get_to(check.found);
    check.verdict = static_cast<Verdict>(std::clamp(json.at("verdict").get<int>(), 0, 2));
    json.at("wrong").get_to(check.wrong);
    json.at("remedy").get_to(check.remedy);
    json.at("exit_code").get_to(check.exit_code);
}

const Check* NodeReport::bad() const
{
    const auto found =
        std::find_if(checks.begin(), checks.end(), [](const Check& check) { return check.verdict == Verdict::bad; });
    return found == checks.end() ? nullptr : &*found;
}

std::string preflight_text(const std::vector<NodeReport>& reports)
{
    static constexpr std::array columns = {"programs", "device", "memory", "disk", "data", "store", "clock"};
    const auto cell = [](const NodeReport& report, const std::string& subject) {
        for (const Check& check : report.checks) {
            if (check.subject == subject) {
                return check.found + (check.verdict == Verdict::bad       ? " BAD"
                                      : check.verdict == Verdict::warning ? " (!)"
                                                                          : "");
            }
        }
        return std::string("-");
    };
    std::vector<std::vector<std::string>> rows = {{"node"}};
    std::vector<std::string> shown;
    for (const char* column : columns) {
        const bool any = std::any_of(reports.begin(), reports.end(),
                                     [&](const NodeReport& report) { return cell(report, column) != "-"; });
        if (!any) {
            continue;
        }
        shown.emplace_back(column);
        rows[0].emplace_back(column);
    }
    for (const NodeReport& report : reports) {
        rows.push_back({report.node});
        for (const std::string& column : shown) {
            rows.back().push_back(cell(report, column));
        }
    }
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::size_t width = 0;
            for (const auto& other : rows) {
                width = std::max(width, other[i].size());
            }
            text += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], width);
        }
        text += "\n";
    }
    std::string libraries;
    for (const NodeReport& report : reports) {
        const std::string here = cell(report, "libraries");
        if (here != "-" && here != libraries) {
            text +=
                fmt::format("{}: {}\n", libraries.empty() ? "libraries" : report.node + " has other libraries", here);
        }
        if (libraries.empty() && here != "-") {
            libraries = here;
        }
    }
    for (const NodeReport& report : reports) {
        for (const Check& check : report.checks) {
            if (check.verdict != Verdict::good) {
                text += fmt::format("{} {}: {}: {}{}\n", check.verdict == Verdict::bad ? "BAD" : "(!)", report.node,
                                    check.subject, check.wrong, check.remedy.empty() ? "" : "\n    -> " + check.remedy);
            }
        }
    }
    return text;
}

}  // namespace attnsweep::runner
