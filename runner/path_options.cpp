#include "runner/path_options.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <CLI/CLI.hpp>

#include "configs/printable.h"

namespace attnsweep::runner {

namespace {

constexpr std::array<std::string_view, 17> path_options{
    "--store", "--data",  "--out", "--data-config", "--manifest", "--result", "--soundfont", "--tensorboard", "--csv",
    "--json",  "--sweep", "SWEEP", "FIRST",         "SECOND",     "OUT",      "AUDIO_DIR",   "SHARDS"};

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

}  // namespace

void check_paths(CLI::App& app)
{
    for (CLI::Option* const option : app.get_options({})) {
        if (std::find(path_options.begin(), path_options.end(), option->get_name()) != path_options.end() &&
            option->get_expected_max() > 0) {  // no flag
            option->check(wrong_path);
        }
    }
    for (CLI::App* const command : app.get_subcommands({})) {
        check_paths(*command);
    }
}

std::string wrong_encoding(int argc, const char* const* argv)
{
    for (int i = 1; i < argc; ++i) {
        const std::string_view text = argv[i];
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t bytes = configs::code_point_at(text, at).bytes;
            if (bytes == 0) {
                return "the argument '" + configs::printable(text) +
                       "' is not valid UTF-8 (a name in another encoding?): rename the file, or link to it by a name "
                       "in UTF-8";
            }
            at += bytes;
        }
    }
    return {};
}

}  // namespace attnsweep::runner
