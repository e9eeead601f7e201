#include "runner/path_options.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include <CLI/CLI.hpp>

#include "configs/printable.h"

namespace attnsweep::runner {

namespace {

constexpr std::array<std::string_view, 19> path_options{
    "--store",       "--data",    "--out",  "--data-config", "--manifest", "--result", "--soundfont",
    "--tensorboard", "--csv",     "--json", "--sweep",       "SWEEP",      "FIRST",    "SECOND",
    "OUT",           "AUDIO_DIR", "SHARDS", "RECORDING",     "FILE"};

std::string wrong_path(const std::string& text)
{
    const std::string shown = "'" + configs::printable(text) + "': ";
    if (text.empty()) {
        return shown + "expected a path, found nothing";
    }
    if (text.starts_with("~")) {
        return shown + "the shell has left the ~ as it is; write $HOME, or ./~ for a file of that name";
    }
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; })) {
        return shown + "a path with a control character (a line break?) cannot be used";
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

bool is_utf8(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = configs::code_point_at(text, at).bytes;
        if (bytes == 0) {
            return false;
        }
        at += bytes;
    }
    return true;
}

}  // namespace

void check_paths(CLI::App& app)
{
    for (CLI::Option* const option : app.get_options({})) {
        if (std::find(path_options.begin(), path_options.end(), option->get_name()) != path_options.end() &&
            option->get_expected_max() > 0) {  // no flag
            option->check(wrong_path);
        } else if (option->get_expected_max() > 0 && option->get_name() != "--help") {
            option->check(wrong_word);
        }
    }
    for (CLI::App* const command : app.get_subcommands({})) {
        check_paths(*command);
    }
}

std::string wrong_store_variable(const CLI::App& app)
{
    for (const CLI::App* const command : app.get_subcommands()) {  // those that were parsed
        if (std::string wrong = wrong_store_variable(*command); !wrong.empty()) {
            return wrong;
        }
    }
    const char* const variable = std::getenv("ATTNSWEEP_STORE");
    const CLI::Option* const option = app.get_option_no_throw("--store");
    if (variable == nullptr || *variable == '\0' || option == nullptr || option->count() > 0) {
        return {};
    }
    const std::string wrong =
        is_utf8(variable) ? wrong_path(variable) : "'" + configs::printable(variable) + "': " + not_utf8;
    return wrong.empty() ? wrong : "the environment variable ATTNSWEEP_STORE: " + wrong;
}

std::string wrong_encoding(int argc, const char* const* argv)
{
    for (int i = 1; i < argc; ++i) {
        if (!is_utf8(argv[i])) {
            return "the argument '" + configs::printable(argv[i]) + "' " + not_utf8;
        }
    }
    return {};
}

}  // namespace attnsweep::runner
