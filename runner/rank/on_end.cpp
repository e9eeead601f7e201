#include "runner/rank/on_end.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "configs/shell_word.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "runner/node/child_process.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes longest{10};
constexpr std::chrono::minutes longest_report{1};

void warn(const std::string& text)
{
    std::fputs(fmt::format("attnsweep: --on-end: {}\n", text).c_str(), stderr);
}

volatile std::sig_atomic_t signal_received = 0;

/// While it lives, a signal that asks this process to end is only noted: first the child is ended. After the run such signals
/// are ignored, and a child in a session of its own gets none.
class NotedSignals {
public:
    NotedSignals()
    {
        struct sigaction action = {};
        action.sa_handler = [](int number) { signal_received = number; };
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            ::sigaction(numbers[i], &action, &before_[i]);
        }
    }
    ~NotedSignals()
    {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            ::sigaction(numbers[i], &before_[i], nullptr);
        }
    }
    NotedSignals(const NotedSignals&) = delete;
    NotedSignals& operator=(const NotedSignals&) = delete;

private:
    static constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};
    std::array<struct sigaction, numbers.size()> before_{};
};

/// Waits for the process; nothing if the time is over, or a signal asks this process to end.
std::optional<int> status_within(pid_t process, std::chrono::steady_clock::duration time, bool until_a_signal)
{
    const auto until = std::chrono::steady_clock::now() + time;
    int status = 0;
    while (::waitpid(process, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= until || (until_a_signal && signal_received != 0)) {
            return std::nullopt;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return status;
}

/// Runs a shell command with these variables beside the rank's. Returns what is to be said of how it ended; empty: it succeeded.
std::string run_in_shell(const std::string& command, const std::vector<std::string>& more,
                         std::chrono::steady_clock::duration time)
{
    SpawnSettings settings;
    posix_spawn_file_actions_addopen(&settings.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // mpirun waits for every process that holds a rank's descriptors.
    posix_spawn_file_actions_addclosefrom_np(&settings.actions, STDERR_FILENO + 1);
    std::vector<std::string> words{"/bin/sh", "-c", command}, variables = environment_of_children();
    for (const std::string& own : more) {
        const std::string name = own.substr(0, own.find('=') + 1);
        std::erase_if(variables, [&](const std::string& inherited) { return inherited.starts_with(name); });
        variables.push_back(own);
    }
    pid_t process = 0;
    if (const int code = ::posix_spawn(&process, words.front().c_str(), &settings.actions, &settings.attributes,
                                       pointers(words).data(), pointers(variables).data());
        code != 0) {
        return fmt::format("cannot be started: {}", std::strerror(code));
    }
    const std::optional<int> status = status_within(process, time, true);
    if (!status) {
        constexpr std::chrono::seconds grace{5};
        ::kill(-process, SIGTERM);  // its whole session's group
        if (!status_within(process, grace, false)) {
            ::kill(-process, SIGKILL);
            status_within(process, grace, false);
        }
        return signal_received != 0 ? std::string("was ended, as the run was asked to end")
                                    : fmt::format("was ended: it took longer than {} s",
                                                  std::chrono::duration_cast<std::chrono::seconds>(time).count());
    }
    return WIFSIGNALED(*status)        ? fmt::format("was killed by signal {}", WTERMSIG(*status))
           : WEXITSTATUS(*status) != 0 ? fmt::format("ended with exit status {}", WEXITSTATUS(*status))
                                       : std::string();
}

/// Writes the closing lines and the tables that `attnsweep report` prints. Returns the file's path; empty: it could not.
std::string write_report(const fs::path& store, const fs::path& path, const RunReport& report)
{
    if (report.summary.empty()) {
        return {};
    }
    try {
        files::write_atomically(path, report.summary + "\n");
    } catch (const files::Error& error) {
        warn(error.what());
        return {};
    }
    const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "attnsweep";
    const std::string wrong =
        run_in_shell(fmt::format("{} report --store {} --sweep {} >> {} 2>&1", configs::shell_word(program.string()),
                                 configs::shell_path(store.string()), configs::shell_word(report.sweep),
                                 configs::shell_path(path.string())),
                     {}, longest_report);
    if (!wrong.empty()) {
        warn(fmt::format("the tables of {} are not whole: attnsweep report {}", path.string(), wrong));
    }
    return path.string();
}

}  // namespace

void run_on_end(const RunOptions& options, const RunReport& report, int exit_code)
{
    if (options.on_end.empty() || options.preflight_only) {
        return;
    }
    const NotedSignals noted;
    try {
        const fs::path store = fs::absolute(options.store).lexically_normal();
        const fs::path folder = store::folder_beside(options.part ? store::part_store(store, *options.part) : store);
        const auto variable = [](const char* name, const auto& value) {
            return fmt::format("ATTNSWEEP_{}={}", name, value);
        };
        const std::string wrong =
            run_in_shell(options.on_end,
                         {variable("RUN_NAME", report.sweep), variable("STORE", store.string()),
                          variable("RUN_EXIT_CODE", exit_code), variable("RUN_TOTAL", report.total),
                          variable("RUN_DONE", report.done), variable("RUN_FAILED", report.failed),
                          variable("RUN_LEFT", report.total - report.done - report.failed),
                          variable("RUN_REPORT", write_report(store, folder / "on-end.txt", report))},
                         longest);
        if (!wrong.empty()) {
            warn(fmt::format("the command {}: {}", wrong, options.on_end));
        }
    } catch (const std::exception& error) {
        warn(error.what());
    }
}

}  // namespace attnsweep::runner
