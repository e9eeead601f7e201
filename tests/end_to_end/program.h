#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/paths.h"
#include "tests/temporary_folder.h"
#include "tests/tone_corpus.h"

namespace attnsweep::tests {

struct Ended {
    int code = -1;
    std::string output;  ///< stdout and stderr
};

inline std::string quoted(const std::filesystem::path& path)
{
    return "'" + path.string() + "'";
}

/// The environment variable, which runs the same tests on another build (tests/open_mpi_4), else `built`.
inline std::filesystem::path other_build(const char* variable, const char* built)
{
    const char* other = std::getenv(variable);
    return other != nullptr ? other : built;
}

inline std::string program(const std::string& name = "attnsweep")
{
    return quoted(other_build("ATTNSWEEP_TEST_BIN_DIR", attnsweep::tests::paths::programs) / name);
}

inline std::string contents(const std::filesystem::path& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// A shell command in a process group of its own.
class Started {
public:
    Started(const std::string& command, const std::filesystem::path& log) : log_(log)
    {
        process_ = ::fork();
        if (process_ == 0) {
            ::setpgid(0, 0);
            const std::string line = "exec >" + quoted(log) + " 2>&1; " + command;
            ::execl("/bin/sh", "sh", "-c", line.c_str(), static_cast<char*>(nullptr));
            ::_exit(127);
        }
        ::setpgid(process_, process_);
    }
    ~Started() { end(SIGKILL); }
    Started(const Started&) = delete;
    Started& operator=(const Started&) = delete;

    pid_t process() const { return process_; }
    void signal(int number) const { ::kill(-process_, number); }

    /// SIGSTOP to the program itself (the command execs it), and waits until each of its threads stands: the kernel
    /// gives the signal to one of them, and the others go on until that one is run. Throws after 30 s.
    void stop() const
    {
        ::kill(process_, SIGSTOP);
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!is_stopped() && !has_ended()) {
            if (std::chrono::steady_clock::now() >= until) {
                throw std::runtime_error("process " + std::to_string(process_) + " does not stop");
            }
            ::usleep(1000);
        }
    }
    void go_on() const { ::kill(process_, SIGCONT); }

    Ended wait()
    {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = 0;
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(log_)};
    }

    void end(int number)
    {
        if (process_ > 0) {
            signal(number);
            wait();
        }
    }

    /// True once the log holds `text`; false when the program ended, or `limit` passed, without it.
    bool says(const std::string& text, std::chrono::seconds limit = std::chrono::seconds(120)) const
    {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < until) {
            const bool ended = has_ended();
            if (contents(log_).find(text) != std::string::npos) {
                return true;
            }
            if (ended) {
                return false;
            }
            ::usleep(5000);
        }
        return false;
    }

private:
    bool is_stopped() const
    {
        const std::filesystem::path threads = "/proc/" + std::to_string(process_) + "/task";
        for (const auto& thread : std::filesystem::directory_iterator(threads)) {
            const std::string line = contents(thread.path() / "stat");
            // "pid (name) state ...", and a name may hold anything. A thread that ended meanwhile leaves nothing.
            const std::size_t name_end = line.rfind(')');
            if (name_end != std::string::npos && line.compare(name_end, 3, ") T") != 0) {
                return false;
            }
        }
        return true;
    }

    bool has_ended() const
    {
        siginfo_t info{};
        const int asked = ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT);
        return asked != 0 || info.si_pid != 0;
    }

    std::filesystem::path log_;
    pid_t process_ = 0;
};

inline Ended run(const std::string& command)
{
    char name[] = "/tmp/attnsweep-output-XXXXXX";
    ::close(::mkstemp(name));
    Ended ended = Started(command, name).wait();
    std::filesystem::remove(name);
    return ended;
}

/// SIGKILL to every process that has `folder` on its command line, or writes its stderr into it (a trial's log): ranks,
/// their launcher and the trials, and nobody else's.
inline int kill_everything_of(const std::filesystem::path& folder)
{
    int killed = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos || std::stol(name) == ::getpid()) {
            continue;
        }
        std::error_code code;
        const std::string log = std::filesystem::read_symlink(entry.path() / "fd/2", code);
        if (log.starts_with(folder.string()) ||
            contents(entry.path() / "cmdline").find(folder.string()) != std::string::npos) {
            killed += ::kill(static_cast<pid_t>(std::stol(name)), SIGKILL) == 0 ? 1 : 0;
        }
    }
    return killed;
}

/// A launcher killed by SIGKILL leaves its session folder, TMPDIR/ompi.PID, and a later mpirun that is given the same pid cannot
/// start ("The PMIx server's listener thread failed to start"). So each test has a TMPDIR of its own for it.
inline std::string mpirun(int ranks, const std::string& options = "")
{
    static const TemporaryFolder sessions;
    return "env TMPDIR=" + quoted(sessions.path()) +
           " OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 "
           "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1 " +
           quoted(other_build("ATTNSWEEP_TEST_MPIRUN", attnsweep::tests::paths::mpirun)) + " " + options +
           (options.find("--host ") == std::string::npos ? " --oversubscribe" : "") + " -n " + std::to_string(ranks) +
           " ";
}

inline void write_text(const std::filesystem::path& path, const std::string& text)
{
    std::ofstream(path) << text;
}

/// Returns options for mpirun() that make two hosts of this machine, node1 and node2, with two slots each: each host's daemon is
/// started, in ssh's place, under a host name of its own. Empty where that is not permitted.
inline std::string two_hosts(const std::filesystem::path& folder)
{
    if (std::system("unshare --uts hostname node1 2>/dev/null") != 0) {
        return {};
    }
    const std::filesystem::path agent = folder / "agent";
    write_text(agent, "#!/bin/sh\nwhile [ \"${1#-}\" != \"$1\" ]; do shift; done\nhost=$1\nshift\n"
                      "exec unshare --uts sh -c 'hostname \"$0\" && exec sh -c \"$1\"' \"$host\" \"$*\"\n");
    std::filesystem::permissions(agent, std::filesystem::perms::owner_all);
    return "--prtemca plm_ssh_agent " + quoted(agent) + " --host node1:2,node2:2";
}

/// Returns env.sh's settings for mpirun, to be put before a line; its programs' folder belongs to another build.
inline std::string settings_of_env_sh()
{
    return "eval \"$(grep '^export PRTE_MCA' " + quoted(attnsweep::tests::paths::source) + "/env.sh)\"; ";
}

/// A spectrogram of 11 frames: trains in a blink.
inline constexpr const char* tiny_geometry = " --hop 2205 --n-fft 128 --octaves 5 --bins-per-octave 6 ";

/// A sweep of 2 inputs x 2 ratios x 2 repeats over it.
inline std::string tiny_sweep(int epochs)
{
    return R"([sweep]
name = "tiny"
repeats = 2

[data]
scale = "decibel"
normalisation = "clip_standard"
test_fraction = 0.2
validation_fraction = 0.2

[model]
first_filters = 2
heads = 2
dense_sizes = [16]
batch_norm_momentum = 0.9

[training]
learning_rate = 0.02
max_epochs = )" +
           std::to_string(epochs) + R"(

[axes]
"data.spectrogram" = ["stft", "cqt"]
"model.attention_ratio" = [0, 0.25]
)";
}

}  // namespace attnsweep::tests
