#include "reports/figures/gnuplot.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/burst.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "files/scratch_file.h"
#include "store/error.h"
#include "store/file_error.h"

namespace attnsweep::reports {

namespace {

/// A folder of our own, gone with all in it at the end. Throws files::Error.
class ScratchFolder {
public:
    ScratchFolder()
    {
        std::string name = (files::scratch_folder() / "attnsweep-figure-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw files::Error(name, "cannot be created", errno);
        }
        path_ = name;
    }
    ~ScratchFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The child's environment: numbers with points, words in English, whatever the user's locale.
std::vector<std::string> plain_environment()
{
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (!text.starts_with("LC_") && !text.starts_with("LANG") && !text.starts_with("GNUPLOT") &&
            !text.starts_with("GNUTERM")) {
            environment.emplace_back(text);
        }
    }
    environment.emplace_back("LC_ALL=C.UTF-8");
    return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// Runs `gnuplot script` in `folder`, its words into `folder`/messages. Throws Error.
void run_gnuplot(const std::filesystem::path& folder)
{
    // -d: without the user's ~/.gnuplot, which could change the figure.
    std::vector<std::string> arguments{"gnuplot", "-d", "script"}, environment = plain_environment();
    const std::string messages = (folder / "messages").string();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, messages.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, messages.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    pid_t child = -1;
    const int code = posix_spawnp(&child, "gnuplot", &actions, nullptr, pointers_to(arguments).data(),
                                  pointers_to(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (code == ENOENT || code == EACCES) {
        throw store::Error(store::Error::Kind::missing_program,
                           "gnuplot is not installed, so no figure is drawn. Install it "
                           "(Debian: apt-get install gnuplot-nox) and rerun the command");
    }
    if (code != 0) {
        throw store::Error(store::Error::Kind::failed,
                           "gnuplot cannot be started: " + std::system_category().message(code));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        std::string words = files::read_file(messages);
        std::replace(words.begin(), words.end(), '\n', ' ');
        // Killed by the kernel or under a limit of the shell (ulimit), it says nothing itself.
        const std::string how = WIFSIGNALED(status) ? std::string("ended by ") + ::strsignal(WTERMSIG(status))
                                                    : fmt::format("exit code {}", WEXITSTATUS(status));
        throw store::Error(store::Error::Kind::failed, fmt::format("gnuplot failed ({}): {}", how, words));
    }
}

/// Draws NAME.svg and NAME.png.
std::string script_of(const Drawing& drawing, const std::string& name)
{
    const auto terminal = [&](const char* kind, int factor, const char* more, const char* extension) {
        return fmt::format("set terminal {} size {},{} font 'Arial,{}' noenhanced {} background rgb '#ffffff'\nset "
                           "output '{}'\n",
                           kind, factor * drawing.width_px, factor * drawing.height_px, 13, more, name + extension) +
               drawing.commands + "unset output\nreset\n";
    };
    return "set encoding utf8\n" + (drawing.has_svg ? terminal("svg", 1, "linewidth 1", ".svg") : "") +
           terminal("pngcairo", drawing.png_factor,
                    fmt::format("fontscale {0} linewidth {0} pointscale {0}", drawing.png_factor).c_str(), ".png");
}

constexpr std::array<const char*, 8> colours{"0072B2", "D55E00", "009E73", "CC79A7",
                                             "E69F00", "56B4E9", "000000", "7F7F7F"};

/// All by one gnuplot, or none.
std::vector<std::filesystem::path> draw_together(std::span<const PlacedDrawing> drawings)
{
    const auto name_of = [](std::size_t drawing) { return "figure-" + std::to_string(drawing + 1); };
    std::string script;
    for (std::size_t i = 0; i < drawings.size(); ++i) {
        script += script_of(drawings[i].drawing, name_of(i));
    }
    std::vector<std::filesystem::path> paths;
    std::vector<std::string> bytes;
    try {
        const ScratchFolder scratch;
        files::write_unsynced(scratch.path() / "script", script);
        run_gnuplot(scratch.path());
        for (std::size_t i = 0; i < drawings.size(); ++i) {
            for (const char* extension : {".svg", ".png"}) {
                if (extension == std::string_view(".svg") && !drawings[i].drawing.has_svg) {
                    continue;
                }
                paths.emplace_back(drawings[i].path_without_extension.string() + extension);
                bytes.push_back(files::read_file(scratch.path() / (name_of(i) + extension)));
            }
        }
    } catch (const files::Error& failure) {
        // Like a missing gnuplot: it costs the figures, and would cost each of them.
        throw store::Error(store::Error::Kind::missing_program,
                           fmt::format("no figure is drawn, since temporary files cannot be written: {}; {} and rerun "
                                       "the command",
                                       failure.what(), files::scratch_remedy));
    }
    try {
        std::vector<files::NewFile> written;
        for (std::size_t i = 0; i < paths.size(); ++i) {
            written.push_back({paths[i], bytes[i]});
        }
        files::write_durably(written);
    } catch (const files::Error& failure) {
        throw store::Error(store::kind_of_file_error(failure), failure.what());
    }
    return paths;
}

Drawn draw_one_by_one(std::span<const PlacedDrawing> drawings)
{
    Drawn drawn;
    for (const PlacedDrawing& drawing : drawings) {
        try {
            const std::vector<std::filesystem::path> files = draw_together({&drawing, 1});
            drawn.files.insert(drawn.files.end(), files.begin(), files.end());
        } catch (const store::Error& failure) {
            if (failure.kind() != store::Error::Kind::failed) {
                throw;
            }
            drawn.refused.push_back(drawing.path_without_extension.filename().string() +
                                    " is not drawn: " + failure.what());
        }
    }
    return drawn;
}

}  // namespace

Drawn draw(std::span<const PlacedDrawing> drawings)
{
    try {
        return {draw_together(drawings), {}};
    } catch (const store::Error& failure) {
        if (failure.kind() != store::Error::Kind::failed || drawings.size() < 2) {
            throw;
        }
        Drawn drawn = draw_one_by_one(drawings);
        if (drawn.files.empty()) {
            throw;  // not a drawing's fault, and said once
        }
        return drawn;
    }
}

std::vector<std::filesystem::path> draw(const Drawing& drawing, const std::filesystem::path& path_without_extension)
{
    return draw_together(std::array{PlacedDrawing{drawing, path_without_extension}});
}

std::string data_block(const std::string& name, const std::vector<std::vector<double>>& rows)
{
    std::string block = "$" + name + " << EOD\n";
    for (const std::vector<double>& row : rows) {
        bool is_first = true;
        for (const double value : row) {
            block += (is_first ? "" : " ") + (std::isfinite(value) ? fmt::format("{:.6g}", value) : "NaN");
            is_first = false;
        }
        block += "\n";
    }
    return block + "EOD\n";
}

std::string colour(std::size_t index)
{
    return std::string("'#") + colours.at(index % colours.size()) + "'";
}

std::string faint_colour(std::size_t index)
{
    return std::string("'#99") + colours.at(index % colours.size()) + "'";  // gnuplot's alpha: 00 is opaque
}

std::string pale_colour(std::size_t index)
{
    return std::string("'#D8") + colours.at(index % colours.size()) + "'";
}

std::vector<double> thinned(std::vector<double> values, std::size_t count)
{
    count = std::max<std::size_t>(count, 2);
    if (values.size() <= count) {
        return values;
    }
    std::sort(values.begin(), values.end());
    std::vector<double> kept;
    for (std::size_t i = 0; i < count; ++i) {
        kept.push_back(values[i * (values.size() - 1) / (count - 1)]);
    }
    return kept;
}

PercentRange percent_range(const std::vector<double>& fractions)
{
    double low = 1, high = 0;
    for (const double fraction : fractions) {
        if (std::isfinite(fraction)) {
            low = std::min(low, fraction);
            high = std::max(high, fraction);
        }
    }
    if (low > high) {
        return {};
    }
    if (low < 0.12) {
        low = 0;
    }
    return {std::max(0.0, 5 * std::floor(20 * low - 0.1)), std::min(100.0, 5 * std::ceil(20 * high + 0.1))};
}

}  // namespace attnsweep::reports
