#include "runner/node/trial_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/durable_file.h"
#include "files/error.h"
#include "runner/error.h"
#include "runner/memory_tunables.h"
#include "runner/node/child_process.h"
#include "runner/node/fence.h"

namespace attnsweep::runner {

namespace {

constexpr int events_in_trial = 3;

class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&&) = delete;

    int number() const { return number_; }
    int release() { return std::exchange(number_, -1); }
    void close()
    {
        if (number_ >= 0) {
            ::close(release());
        }
    }

private:
    int number_;
};

std::pair<Descriptor, Descriptor> pipe_ends()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw NotStarted(fmt::format("pipe2: {}; too many open files? (ulimit -n)", std::strerror(errno)));
    }
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<std::string> environment_of(const TrialStart& start)
{
    std::vector<std::string> variables = {fmt::format("OMP_NUM_THREADS={}", start.order.threads)};
    if (!start.gpus.empty()) {
        variables.push_back(fmt::format("CUDA_VISIBLE_DEVICES={}", fmt::join(start.gpus, ",")));
    }
    const std::string tunables = memory_tunables();
    if (!tunables.empty()) {
        variables.push_back("GLIBC_TUNABLES=" + tunables);
    }
    for (std::string& text : environment_of_children()) {
        const bool replaced = text.starts_with("OMP_NUM_THREADS=") ||
                              (!tunables.empty() && text.starts_with("GLIBC_TUNABLES=")) ||
                              (!start.gpus.empty() && text.starts_with("CUDA_VISIBLE_DEVICES="));
        if (!replaced) {
            variables.push_back(std::move(text));
        }
    }
    return variables;
}

/// Binds this thread to the cores: a process inherits them from the thread that starts it, from its first instruction on. The
/// thread stays bound for the next trial of its place, since moving it back would cost two switches each time.
void bind_this_thread(const std::vector<int>& cores)
{
    thread_local cpu_set_t at_first = [] {
        cpu_set_t set;
        CPU_ZERO(&set);
        ::sched_getaffinity(0, sizeof set, &set);
        return set;
    }();
    cpu_set_t wanted;
    CPU_ZERO(&wanted);
    for (const int core : cores) {
        if (core < CPU_SETSIZE) {
            CPU_SET(static_cast<std::size_t>(core), &wanted);
        }
    }
    if (cores.empty()) {
        wanted = at_first;
    }
    cpu_set_t now;
    if (::sched_getaffinity(0, sizeof now, &now) == 0 && CPU_EQUAL(&now, &wanted)) {
        return;
    }
    // Refused by a control group: the trial runs unbound.
    if (::sched_setaffinity(0, sizeof wanted, &wanted) != 0) {
        ::sched_setaffinity(0, sizeof at_first, &at_first);
    }
}

pid_t spawn(const TrialStart& start, int order_end, int log, int events_end)
{
    SpawnSettings settings;
    posix_spawn_file_actions_adddup2(&settings.actions, order_end, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&settings.actions, log, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&settings.actions, log, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&settings.actions, events_end, events_in_trial);
    // mpirun waits for every process that holds a rank's descriptors.
    posix_spawn_file_actions_addclosefrom_np(&settings.actions, events_in_trial + 1);
    std::vector<std::string> words = {start.program.string(), "train", "--events", std::to_string(events_in_trial)};
    std::vector<std::string> variables = environment_of(start);
    pid_t pid = 0;
    const int code = ::posix_spawn(&pid, start.program.c_str(), &settings.actions, &settings.attributes,
                                   pointers(words).data(), pointers(variables).data());
    if (code != 0) {
        throw NotStarted(fmt::format("{}: cannot be started: {}", start.program.string(), std::strerror(code)));
    }
    return pid;
}

void give_order(int descriptor, const TrialOrder& order)
{
    const std::string text = nlohmann::json(order).dump();
    constexpr std::size_t always_there = 65536;
    if (text.size() > always_there) {
        ::fcntl(descriptor, F_SETPIPE_SZ, static_cast<int>(text.size()));
    }
    for (std::size_t written = 0; written < text.size();) {
        const ssize_t count = ::write(descriptor, text.data() + written, text.size() - written);
        if (count < 0 && errno != EINTR) {
            return;  // it has died already: its exit status says why
        }
        written += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
}

}  // namespace

std::filesystem::path trial_program()
{
    const char* own = std::getenv("ATTNSWEEP_TRIAL_PROGRAM");
    const bool is_own = own != nullptr && *own != '\0';
    std::filesystem::path program =
        is_own ? std::filesystem::path(own)
               : std::filesystem::read_symlink("/proc/self/exe").parent_path() / "attnsweep-trial";
    std::error_code none;
    const int wrong = std::filesystem::is_directory(program, none) ? EISDIR
                      : ::access(program.c_str(), X_OK) != 0       ? errno
                                                                   : 0;
    if (wrong != 0) {
        throw NotStarted(fmt::format(
            "{}{}: {}; {}", is_own ? "ATTNSWEEP_TRIAL_PROGRAM=" : "", program.string(), std::strerror(wrong),
            is_own
                ? "expected a program that can be run: name one, or unset the variable"
                : "attnsweep, attnsweep-run and attnsweep-trial must lie in one folder: build or install all three"));
    }
    return program;
}

TrialProcess start_trial(const TrialStart& start)
{
    files::create_folders_unsynced(start.order.attempt_folder);  // publish() syncs them
    const std::filesystem::path log_path = start.order.attempt_folder / "log.txt";
    Descriptor log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (log.number() < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            throw NotStarted(fmt::format("{}: {} (ulimit -n)", log_path.string(), std::strerror(errno)));
        }
        throw files::Error(log_path, "cannot be created", errno);
    }
    auto [order_read, order_write] = pipe_ends();
    auto [events_read, events_write] = pipe_ends();
    ::fcntl(events_read.number(), F_SETFL, O_NONBLOCK);

    bind_this_thread(start.cores);
    TrialProcess process;
    process.pid = spawn(start, order_read.number(), log.number(), events_write.number());
    try {
        record_process(start.order.attempt_folder, identity_of(process.pid));
    } catch (...) {
        ::kill(process.pid, SIGKILL);
        ::waitpid(process.pid, nullptr, 0);
        throw;
    }
    order_read.close();
    give_order(order_write.number(), start.order);
    process.events = events_read.release();
    return process;
}

}  // namespace attnsweep::runner
