#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "data/data_set.h"
#include "runner/attnsweep/command.h"
#include "runner/error.h"
#include "runner/version.h"

namespace attnsweep::runner {

namespace {

struct Finding {
    bool good = true;
    std::string subject, found, remedy;
};

std::string output_of(const std::string& command)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string text;
    std::array<char, 1024> piece{};
    while (pipe && std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr)
        text += piece.data();
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

std::string quoted(const std::string& text)
{
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

Finding program(const std::string& name)
{
    const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
    const std::string said = output_of(quoted(path.string()) + " --version 2>&1");
    if (said.find(version_text()) != std::string::npos)
        return {true, name, said, ""};
    return {false, name, said.empty() ? "does not answer" : said,
            "build or install all three programs together: this is " + version_text()};
}

Finding disk(const std::filesystem::path& folder)
{
    std::error_code code;
    const auto space = std::filesystem::space(folder.empty() ? "." : folder, code);
    if (code)
        return {false, "disk", folder.string() + ": " + code.message(), "make the folder, or give another --store"};
    const double gib = static_cast<double>(space.available) / (1024.0 * 1024 * 1024);
    return {gib >= 1, "disk", fmt::format("{:.1f} GiB free at the store", gib), "free some space"};
}

}  // namespace

void add_doctor(CLI::App& app, Command& chosen)
{
    auto* command =
        app.add_subcommand("doctor", "Says what of this machine attnsweep would use, and what is wrong with it");
    auto store = std::make_shared<std::string>(default_store());
    auto data = std::make_shared<std::string>();
    command->add_option("--store", *store, "The store a sweep would write")->capture_default_str();
    command->add_option("--data", *data, "A data set (a folder of shards) to look at");
    command->footer("Example:\n  attnsweep doctor --data shards/");
    command->callback([&chosen, store, data] {
        chosen = [store, data] {
            std::vector<Finding> findings = {
                {true, "attnsweep", version_text(), ""}, program("attnsweep-run"), program("attnsweep-trial")};
            findings.push_back({true, "cores", std::to_string(std::thread::hardware_concurrency()), ""});
            const bool driver = std::filesystem::exists("/proc/driver/nvidia/version");
            findings.push_back({true, "NVIDIA driver", driver ? "there" : "none: trials run on the CPU", ""});
            const std::string mpirun = output_of("command -v mpirun");
            findings.push_back({!mpirun.empty(), "mpirun", mpirun.empty() ? "not on the PATH" : mpirun,
                                "source env.sh (only needed for more than one node)"});
            const bool gnuplot = !output_of("command -v gnuplot").empty();
            findings.push_back({gnuplot, "gnuplot", gnuplot ? "there" : "missing",
                                "apt-get install gnuplot-nox (only needed for plots)"});
            findings.push_back(disk(std::filesystem::absolute(*store).parent_path()));
            if (!data->empty()) {
                try {
                    const auto description = data::describe(*data);
                    findings.push_back({true, "data set",
                                        fmt::format("{} clips of {} classes in {}", description.clips,
                                                    description.classes.size(), *data),
                                        ""});
                } catch (const std::exception& error) {
                    findings.push_back({false, "data set", error.what(), ""});
                }
            }
            bool good = true;
            for (const Finding& finding : findings) {
                fmt::print("{:<4} {:<16} {}\n", finding.good ? "ok" : "BAD", finding.subject, finding.found);
                if (!finding.good && !finding.remedy.empty())
                    fmt::print("{:<21} -> {}\n", "", finding.remedy);
                good = good && finding.good;
            }
            return good ? exit_done : exit_failed;
        };
    });
}

}  // namespace attnsweep::runner
