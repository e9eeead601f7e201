#include "runner/node/command_output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/node/child_process.h"

namespace attnsweep::runner {

namespace {

/// Reads until the end, or returns false after the limit.
bool read_within(int descriptor, std::chrono::seconds limit, std::string& text)
{
    const auto until = std::chrono::steady_clock::now() + limit;
    std::array<char, 4096> piece{};
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd polled{descriptor, POLLIN, 0};
        const int ready = left.count() > 0 ? ::poll(&polled, 1, static_cast<int>(left.count())) : 0;
        if (ready == 0) {
            return false;
        }
        const ssize_t count = ready > 0 ? ::read(descriptor, piece.data(), piece.size()) : -1;
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return true;
        }
        text.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
}

}  // namespace

std::string command_output(const std::string& command, std::string* why_not)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), ::pclose);
    if (!pipe && why_not != nullptr) {
        *why_not = std::strerror(errno);
    }
    std::string text;
    std::array<char, 1024> piece{};
    while (pipe && std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) {
        text += piece.data();
    }
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

std::string program_output(std::vector<std::string> words, std::vector<std::string> variables, int limit_s,
                           std::string& why_not)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        why_not = std::strerror(errno);
        return {};
    }
    SpawnSettings settings;
    posix_spawn_file_actions_addopen(&settings.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&settings.actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&settings.actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&settings.actions, STDERR_FILENO + 1);
    pid_t pid = 0;
    const int code = ::posix_spawnp(&pid, words.front().c_str(), &settings.actions, &settings.attributes,
                                    pointers(words).data(), pointers(variables).data());
    ::close(ends[1]);
    std::string text;
    if (code != 0) {
        why_not = std::strerror(code);
    } else {
        if (!read_within(ends[0], std::chrono::seconds(limit_s), text)) {
            why_not = "no answer within " + std::to_string(limit_s) + " s";
        }
        ::kill(-pid, SIGKILL);  // it leads a session; what it had to say is said
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    ::close(ends[0]);
    return text;
}

}  // namespace attnsweep::runner
