#include "runner/command_line_words.h"

#include <algorithm>
#include <regex>
#include <vector>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "runner/last_resort.h"

namespace attnsweep::runner {

namespace {

constexpr std::size_t most_shown = 40;

const CLI::App& command_of(const CLI::App& app)
{
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return chosen.empty() ? app : command_of(*chosen.back());
}

std::string words_of_unknown(const CLI::App& command, const std::string& option)
{
    std::vector<std::string> names;
    for (const CLI::Option* known : command.get_options()) {
        for (const std::string& name : known->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    const std::string given = option.substr(0, option.find('='));
    const std::string nearest = configs::nearest_name(given, names);
    return fmt::format("there is no option {}{}", configs::shortened(given, most_shown),
                       nearest.empty() ? "" : "; did you mean " + nearest + "?");
}

std::string words_of(const CLI::App& app, const CLI::ParseError& error, const std::string& text)
{
    const std::vector<std::string> extras = app.remaining(true);
    const auto option =
        std::find_if(extras.begin(), extras.end(), [](const auto& extra) { return extra.starts_with("-"); });
    if (option != extras.end()) {
        return words_of_unknown(command_of(app), *option);  // also where something else is missing for it
    }
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !extras.empty()) {
        return fmt::format("the argument '{}' is one too many", configs::shortened(extras.front(), most_shown));
    }
    static const std::regex twice("(.+): At Most 1 required but received [0-9]+.*");
    static const std::regex choice("(.+): (.*) not in \\{(.*)\\}");
    static const std::regex range("(.+): Value (.*) not in range (\\S+) to (\\S+)");
    static const std::regex number("Could not convert: (\\S+)(?: = (.*))?");
    static const std::regex group("Exactly 1 option from \\[(.*)\\] is required.*");
    std::smatch found;
    if (std::regex_match(text, found, twice)) {
        return found.str(1) + " is given more than once: expected once";
    }
    if (std::regex_match(text, found, choice)) {
        const std::string choices = std::regex_replace(found.str(3), std::regex(","), ", ");
        return fmt::format("{} {}: expected one of {}", found.str(1), configs::shortened(found.str(2), most_shown),
                           choices);
    }
    if (std::regex_match(text, found, range)) {
        const bool is_whole = found.str(3).find('.') == std::string::npos;
        return fmt::format("{}: '{}': expected a {} from {:g} to {:g}", found.str(1),
                           configs::shortened(found.str(2), most_shown), is_whole ? "whole number" : "number",
                           std::stod(found.str(3)), std::stod(found.str(4)));
    }
    if (std::regex_match(text, found, number)) {
        return fmt::format("{}: {}expected a number in digits that is not so large", found.str(1),
                           found.str(2).empty() ? "" : "'" + configs::shortened(found.str(2), most_shown) + "': ");
    }
    if (std::regex_match(text, found, group)) {
        return "expected one of these, and only one: " + std::regex_replace(found.str(1), std::regex(","), ", ");
    }
    return text;
}

}  // namespace

std::string command_line_words(const CLI::App& app, const CLI::ParseError& error, const std::string& text)
{
    if (text.empty()) {
        return {};
    }
    const std::size_t advice = std::min(text.rfind("\nRun with "), text.size());
    return "attnsweep: " + on_one_line(words_of(app, error, text.substr(0, advice))) + text.substr(advice);
}

}  // namespace attnsweep::runner
