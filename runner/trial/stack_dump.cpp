#include "runner/trial/stack_dump.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>

#include <execinfo.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace attnsweep::runner {
namespace {

// A signal handler may use only such variables.
std::atomic<pid_t> answered = 0;  // the thread that has written its stack last
std::atomic_flag dumping = ATOMIC_FLAG_INIT;
static_assert(std::atomic<pid_t>::is_always_lock_free);

constexpr int most_frames = 64;
constexpr int answer_limit_ms = 300, dump_limit_ms = 4000;

void put(std::string_view text)
{
    while (!text.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return;
        }
        text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

/// Writes the digits at the end of `space` and returns them.
std::string_view digits_of(long number, std::array<char, 24>& space)
{
    std::size_t at = space.size();
    do {
        space[--at] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    return {space.data() + at, space.size() - at};
}

void put(long number)
{
    std::array<char, 24> space;
    put(digits_of(number, space));
}

void pause_ms(long milliseconds)
{
    const timespec pause = {0, milliseconds * 1'000'000};
    ::nanosleep(&pause, nullptr);
}

void write_own_stack()
{
    std::array<void*, most_frames> frames;
    put("thread ");
    put(::gettid());
    put(":\n");
    ::backtrace_symbols_fd(frames.data(), ::backtrace(frames.data(), most_frames), STDERR_FILENO);
}

/// Calls `each` with the id of every thread of this process. readdir() may allocate, the system call does not.
template <typename Each> void for_each_thread(Each each)
{
    // linux_dirent64: inode (8 bytes), offset (8), the entry's length (2), type (1), name.
    constexpr std::size_t length_at = 16, name_at = 19;
    const int folder = ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return;
    }
    std::array<char, 4096> bytes;
    for (long count; (count = ::syscall(SYS_getdents64, folder, bytes.data(), bytes.size())) > 0;) {
        for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
            pid_t thread = 0;
            for (const char* digit = &bytes[at + name_at]; *digit >= '0' && *digit <= '9'; ++digit) {
                thread = thread * 10 + (*digit - '0');
            }
            if (thread > 0) {
                each(thread);
            }
            std::uint16_t length = 0;
            std::memcpy(&length, &bytes[at + length_at], sizeof length);
            at += length;
        }
    }
    ::close(folder);
}

void write_all_stacks()
{
    put("---- stack dump of process ");
    put(::getpid());
    put(", asked for by SIGUSR2; (+0x...) of a program: addr2line -Cfpie PROGRAM 0x... ----\n");
    write_own_stack();
    const pid_t self = ::gettid();
    int left_ms = dump_limit_ms;
    for_each_thread([&](pid_t thread) {
        if (thread == self || left_ms <= 0) {
            return;
        }
        answered = 0;
        ::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR2);
        int waited_ms = 0;
        for (; answered != thread && waited_ms < answer_limit_ms; ++waited_ms) {
            pause_ms(1);
        }
        left_ms -= waited_ms;
        if (answered != thread) {
            put("thread ");
            put(thread);
            put(" does not answer\n");
        }
    });
    put(stack_dump_end);
    put("\n");
}

extern "C" void on_stack_dump_signal(int, siginfo_t* info, void*)
{
    const int saved = errno;
    if (info->si_code == SI_TKILL && info->si_pid == ::getpid()) {
        write_own_stack();
        answered = ::gettid();
    } else if (!dumping.test_and_set()) {
        write_all_stacks();
        dumping.clear();
    }
    errno = saved;
}

}  // namespace

void answer_with_stack_dump()
{
    // The first call loads a library, which a handler must not do.
    std::array<void*, 1> frame;
    ::backtrace(frame.data(), 1);
    struct sigaction action = {};
    action.sa_sigaction = on_stack_dump_signal;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR2, &action, nullptr);
}

}  // namespace attnsweep::runner
