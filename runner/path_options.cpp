#include "runner/path_options.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "configs/printable.h"
#include "data/label.h"
#include "runner/last_resort.h"
#include "runner/value_checks.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

constexpr std::array<std::string_view, 19> path_options{
    "--store",       "--data",    "--out",  "--data-config", "--manifest", "--result", "--soundfont",
    "--tensorboard", "--csv",     "--json", "--sweep",       "SWEEP",      "FIRST",    "SECOND",
    "OUT",           "AUDIO_DIR", "SHARDS", "RECORDING",     "FILE"};

// Linux' limits, which its file systems answer with an error that names no cause.
constexpr std::size_t longest_name = 255, longest_path = 4095;

bool has_control_character(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

/// `is_recording`: one that has a name with a line break is read all the same, as ingest does.
std::string wrong_path(const std::string& text, bool is_recording = false)
{
    const std::string shown = "'" + configs::printable(text) + "': ";
    if (text.empty()) {
        return shown + "expected a path, found nothing";
    }
    if (text.starts_with("~")) {
        return shown + "the shell has left the ~ as it is; write $HOME, or ./~ for a file of that name";
    }
    if (has_control_character(text) && !is_recording) {
        return shown + "a path with a control character (a line break?) cannot be used";
    }
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('/', begin), text.size());
        if (end - begin > longest_name) {
            return "'" + configs::shortened(text, 60) + "': a name in it has " + std::to_string(end - begin) +
                   " bytes; a file system takes " + std::to_string(longest_name);
        }
        begin = end + 1;
    }
    std::error_code wrong;
    (void)std::filesystem::status(text, wrong);
    if (wrong == std::errc::too_many_symbolic_link_levels) {
        return shown + "a symbolic link in it leads back to itself: remove the link, or name another path";
    }
    if (!text.starts_with("/") && current_directory_error()) {
        return shown + "the current directory, which it is relative to, was removed or moved: cd to a folder that is "
                       "there";
    }
    return {};
}

/// An empty word is mostly a variable of a script that is not set: --part "$PART" must not run everything.
std::string wrong_word(const std::string& text)
{
    return text.empty() ? "expected a value, found nothing" : "";
}

constexpr const char* not_utf8 =
    "is not valid UTF-8 (a name in another encoding?): rename the file, or link to it by a name in UTF-8";

/// A query may be written on several lines, and may be long.
bool is_for_sql(int argument, const char* const* argv)
{
    for (const std::string_view option : {"--where", "--sql"}) {
        const std::string_view here = argv[argument];
        if (argv[argument - 1] == option || (here.starts_with(option) && here.substr(option.size(), 1) == "=")) {
            return true;
        }
    }
    return false;
}

}  // namespace

void check_paths(CLI::App& app)
{
    for (CLI::Option* const option : app.get_options({})) {
        if (std::find(path_options.begin(), path_options.end(), option->get_name()) != path_options.end() &&
            option->get_expected_max() > 0) {  // no flag
            const bool is_recording = option->get_name() == "RECORDING";
            option->check([is_recording](const std::string& text) { return wrong_path(text, is_recording); });
            if (option->get_name() == "--store") {
                option->transform([](const std::string& path) { return store::database_behind(path).string(); });
            }
        } else if (option->get_expected_max() > 0 && option->get_name() != "--help") {
            option->check(wrong_word);
        }
    }
    for (CLI::App* const command : app.get_subcommands({})) {
        check_paths(*command);
    }
}

std::string wrong_variable(const CLI::App& app)
{
    for (const CLI::App* const command : app.get_subcommands()) {  // those that were parsed
        if (std::string wrong = wrong_variable(*command); !wrong.empty()) {
            return wrong;
        }
    }
    const CLI::Option* const option = app.get_option_no_throw("--store");
    if (option == nullptr) {
        return {};
    }
    for (const auto& [name, wrong_time] : {std::pair{"ATTNSWEEP_LEASE_PERIOD_S", &wrong_positive_amount},
                                           std::pair{"ATTNSWEEP_START_PATIENCE_S", &wrong_amount}}) {
        const char* const time = std::getenv(name);
        const std::string wrong = time != nullptr && *time != '\0' ? wrong_time(time) : std::string();
        if (!wrong.empty()) {
            return std::string("the environment variable ") + name + ": " + configs::printable(wrong);
        }
    }
    const char* const variable = std::getenv("ATTNSWEEP_STORE");
    if (variable == nullptr || *variable == '\0' || option->count() > 0) {
        return {};
    }
    const bool is_utf8 = data::first_invalid_byte(variable) == std::string_view::npos;
    const std::string wrong = is_utf8 ? wrong_path(variable) : "'" + configs::printable(variable) + "': " + not_utf8;
    return wrong.empty() ? wrong : "the environment variable ATTNSWEEP_STORE: " + wrong;
}

std::string wrong_argument(int argc, const char* const* argv)
{
    for (int i = 1; i < argc; ++i) {
        const std::string text = argv[i];
        const bool follows_option = i > 1 && std::string_view(argv[i - 1]).starts_with("--");
        const std::string shown = "the argument '" + configs::shortened(text, 60) + "' " +
                                  (follows_option ? "after " + configs::shortened(argv[i - 1], 60) + " " : "");
        if (data::first_invalid_byte(text) != std::string::npos) {
            return shown + not_utf8;
        }
        if (is_for_sql(i, argv)) {
            continue;
        }
        if (text.size() > longest_path) {
            return shown + "has " + std::to_string(text.size()) + " bytes; no argument takes more than " +
                   std::to_string(longest_path);
        }
        std::error_code none;
        const bool is_recording =
            std::string_view(argv[1]) == "predict" && std::filesystem::is_regular_file(text, none);
        if (has_control_character(text) && !is_recording) {
            return shown + "has a control character (a line break?) in it; leave it out";
        }
    }
    return {};
}

}  // namespace attnsweep::runner
