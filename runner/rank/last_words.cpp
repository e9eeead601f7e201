#include "runner/rank/last_words.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>

#include "runner/node/process_pulse.h"
#include "runner/trial/stack_dump.h"
#include "runner/utc_time.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds dump_limit{5};

std::string first_line(const fs::path& path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line.empty() ? "?" : line;
}

std::string state_in(const fs::path& status)
{
    std::ifstream file(status);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("State:")) {
            return line.substr(line.find_first_not_of(" \t", 6));
        }
    }
    return "?";
}

std::string threads_of(pid_t process)
{
    std::string text;
    std::error_code gone;
    for (fs::directory_iterator task(fmt::format("/proc/{}/task", process), gone), end; !gone && task != end;
         task.increment(gone)) {
        const fs::path& folder = task->path();
        text += fmt::format("thread {} ({}): {}; waits in {}; system call {}\n", folder.filename().string(),
                            first_line(folder / "comm"), state_in(folder / "status"), first_line(folder / "wchan"),
                            first_line(folder / "syscall"));
    }
    return text;
}

bool says_end(const fs::path& log, std::streamoff from)
{
    std::ifstream file(log);
    file.seekg(from);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.find(stack_dump_end) != std::string::npos;
}

}  // namespace

void write_last_words(const ProcessIdentity& process, const fs::path& log, const std::string& why)
{
    const bool stopped = pulse_of(process.pid).stopped();
    std::ofstream file(log, std::ios::app);
    file << fmt::format("{} {}; it will be killed. What the kernel knows of its threads:\n{}{}", utc_now(), why,
                        threads_of(process.pid),
                        stopped ? "It is stopped (SIGSTOP): no stacks can be asked for.\n" : "");
    file.flush();
    if (stopped) {
        return;
    }
    const auto from = static_cast<std::streamoff>(file.tellp());
    signal_process(process, SIGUSR2);
    const auto until = std::chrono::steady_clock::now() + dump_limit;
    while (std::chrono::steady_clock::now() < until && !pulse_of(process.pid).gone() &&
           !says_end(log, std::max<std::streamoff>(from, 0))) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

}  // namespace attnsweep::runner
