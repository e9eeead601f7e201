#include "runner/node/fence.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include <nlohmann/json.hpp>
#include <unistd.h>
extern "C" {  // missing in glibc 2.36's header
#include <sys/pidfd.h>
}

#include "files/durable_file.h"
#include "runner/node/node.h"
#include "runner/node/process_pulse.h"

namespace attnsweep::runner {

namespace {

constexpr const char* record_name = "process.json";

const std::string& boot_id()
{
    static const std::string id = [] {
        std::ifstream file("/proc/sys/kernel/random/boot_id");
        std::string read;
        file >> read;
        return read;
    }();
    return id;
}

/// Returns the start time of a process; 0 if it is gone or a zombie.
unsigned long long start_time_of(pid_t process)
{
    const ProcessPulse pulse = pulse_of(process);
    return pulse.gone() ? 0 : pulse.start_time;
}

std::optional<ProcessIdentity> recorded_process(const std::filesystem::path& attempt_folder)
{
    std::ifstream file(attempt_folder / record_name);
    if (!file) {
        return std::nullopt;
    }
    try {
        const nlohmann::json json = nlohmann::json::parse(file);
        ProcessIdentity process;
        json.at("host").get_to(process.host);
        json.at("boot_id").get_to(process.boot_id);
        json.at("pid").get_to(process.pid);
        json.at("start_time").get_to(process.start_time);
        return process;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

bool lives(const ProcessIdentity& process)
{
    return process.pid > 1 && process.start_time != 0 && process.host == host_name() && process.boot_id == boot_id() &&
           start_time_of(process.pid) == process.start_time;
}

/// Returns whether the process ended in time.
bool wait_for_end(const ProcessIdentity& process, double limit_s, const std::function<bool()>& interrupted)
{
    const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(limit_s);
    while (lives(process)) {
        if (std::chrono::steady_clock::now() >= until || interrupted()) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

}  // namespace

ProcessIdentity identity_of(pid_t process)
{
    return {host_name(), boot_id(), process, start_time_of(process)};
}

bool signal_process(const ProcessIdentity& process, int number)
{
    // The descriptor first: it cannot come to name another process between the check and the signal.
    const int descriptor = ::pidfd_open(process.pid, 0);
    const bool sent = descriptor >= 0 && lives(process) && ::pidfd_send_signal(descriptor, number, nullptr, 0) == 0;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    return sent;
}

void record_process(const std::filesystem::path& attempt_folder, const ProcessIdentity& process)
{
    const nlohmann::json json = {
        {"host", process.host}, {"boot_id", process.boot_id}, {"pid", process.pid}, {"start_time", process.start_time}};
    files::write_unsynced(attempt_folder / record_name, json.dump(1) + "\n");
}

bool still_lives(const std::filesystem::path& attempt_folder)
{
    const auto process = recorded_process(attempt_folder);
    return process && lives(*process);
}

std::optional<bool> lives_here(const std::filesystem::path& attempt_folder)
{
    const auto process = recorded_process(attempt_folder);
    if (!process || process->host != host_name()) {
        return std::nullopt;
    }
    return lives(*process);
}

bool wait_for_end(const std::filesystem::path& attempt_folder, double limit_s, const std::function<bool()>& interrupted)
{
    const auto process = recorded_process(attempt_folder);
    return !process || wait_for_end(*process, limit_s, interrupted);
}

Fenced fence(const std::filesystem::path& attempt_folder, double grace_s, const std::function<void(pid_t)>& waits,
             const std::function<bool()>& interrupted)
{
    const auto process = recorded_process(attempt_folder);
    if (!process || !lives(*process)) {
        return Fenced::gone;
    }
    waits(process->pid);
    signal_process(*process, SIGTERM);
    if (wait_for_end(*process, grace_s, interrupted)) {
        return Fenced::gone;
    }
    if (interrupted()) {
        return Fenced::interrupted;
    }
    signal_process(*process, SIGKILL);
    wait_for_end(*process, 10, [] { return false; });
    return Fenced::killed;
}

}  // namespace attnsweep::runner
