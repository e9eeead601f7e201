// libfault_shim.so, for LD_PRELOAD: stands between the programs and the C library, and
//   FAULTS_EXIT_ON_SIGNAL=N  a process that gets signal N exits 0 at once, whatever it was doing; with FAULTS_CAUGHT_LATE_S=T only when T
//                            seconds have passed, as where the program's libraries take long to begin
//   FAULTS_TERM_AFTER=TEXT   a process that has written TEXT, in one call, sends itself SIGTERM: at that very moment, however slow it is
//   FAULTS_BELOW=PREFIX      files whose path begins so are watched; FAULTS_CONTROL names a file of 4096 zero bytes, outside, that all
//                            processes share. Of what changes watched files, or opens them:
//   FAULTS_AT=K              the K-th call (from 1) fails, FAULTS_KIND saying how: EIO; ENOSPC (calls that take space alone count);
//                            short (writes alone count: half is written). FAULTS_FOR_GOOD=1: all later ones fail too (after short: ENOSPC)
//   FAULTS_TRACE=FILE        every call that changes something is recorded, with its bytes, in the order of all processes' calls;
//                            and what a process says on standard output, before it says it (disk_model.py reads it)
// SQLite takes its system calls from the C library by name, so it is covered; its -shm file is mapped and is not (it is made anew
// after a crash). What stdio writes is not either: trials' logs.
#include "tests/faults/shim_recorder.h"

#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

using namespace attnsweep::shim;

template <class Call> int open_watched(const char* path, int flags, Call call)
{
    if (!watched(path)) {
        return call();
    }
    const bool is_new = (flags & O_CREAT) && ::access(path, F_OK) != 0;
    if (fault_now(is_new ? Takes::space : Takes::nothing) == Fault::fails) {
        return -1;
    }
    const Recording recording;
    const int descriptor = call();
    if (descriptor >= 0 && is_new) {
        recording.write(Op::create, path, {}, inode_of(descriptor));
    } else if (descriptor >= 0 && (flags & O_TRUNC)) {
        recording.write(Op::truncate, path, {}, inode_of(descriptor));
    }
    return descriptor;
}

/// `call` writes `size` bytes of `data`; offset -1: where the file stands.
template <class Call>
ssize_t write_watched(int descriptor, const void* data, std::size_t size, std::int64_t offset, Call call)
{
    if (descriptor <= 2 || !watched(descriptor)) {
        return call(size);
    }
    const Fault fault = fault_now(Takes::bytes);
    if (fault == Fault::fails) {
        return -1;
    }
    const Recording recording;
    if (recording && offset < 0) {
        struct stat status{};
        ::fstat(descriptor, &status);
        offset = ::fcntl(descriptor, F_GETFL) & O_APPEND ? status.st_size : ::lseek(descriptor, 0, SEEK_CUR);
    }
    const ssize_t written = call(fault == Fault::half && size > 1 ? size / 2 : size);
    if (written > 0) {
        recording.write(Op::write, path_of(descriptor), {}, inode_of(descriptor), offset, data,
                        static_cast<std::size_t>(written));
    }
    return written;
}

template <class Call> int sync_watched(int descriptor, Call call)
{
    if (!watched(descriptor)) {
        return call();
    }
    if (fault_now(Takes::space) == Fault::fails) {
        return -1;
    }
    const Recording recording;
    const int code = call();
    if (code == 0) {
        recording.write(is_folder(descriptor) ? Op::sync_folder : Op::sync, path_of(descriptor), {},
                        inode_of(descriptor));
    }
    return code;
}

template <class Call>
int change_watched(const char* path, Takes takes, Op op, const char* other, std::int64_t size, Call call)
{
    if (!watched(path)) {
        return call();
    }
    if (fault_now(takes) == Fault::fails) {
        return -1;
    }
    const Recording recording;
    struct stat status{};
    if (recording) {
        ::stat(path, &status);
    }
    const int code = call();
    if (code == 0) {
        recording.write(op, path, other != nullptr ? other : "", status.st_ino, size);
    }
    return code;
}

mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | O_TMPFILE) ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

int flags_of(const char* mode)
{
    return mode[0] == 'r' ? O_RDONLY : O_CREAT | (mode[0] == 'w' ? O_TRUNC : 0);
}

template <class Call> std::FILE* fopen_watched(const char* path, const char* mode, Call call)
{
    std::FILE* file = nullptr;
    open_watched(path, flags_of(mode), [&] {
        file = call();
        return file != nullptr ? ::fileno(file) : -1;
    });
    return file;
}

void terminate_after(const void* data, ssize_t written)
{
    static const char* const text = std::getenv("FAULTS_TERM_AFTER");
    if (text != nullptr && written > 0 &&
        std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(written)).find(text) !=
            std::string_view::npos) {
        ::raise(SIGTERM);
    }
}

__attribute__((constructor)) void exit_on_signal()
{
    const char* number = std::getenv("FAULTS_EXIT_ON_SIGNAL");
    if (number == nullptr) {
        return;
    }
    if (const char* late_s = std::getenv("FAULTS_CAUGHT_LATE_S")) {
        ::usleep(static_cast<useconds_t>(std::atof(late_s) * 1e6));
    }
    struct sigaction action = {};
    action.sa_handler = [](int) { ::_exit(0); };
    ::sigaction(std::atoi(number), &action, nullptr);
}

}  // namespace

// NOLINTBEGIN: the C library's names and types
extern "C" {

int open(const char* path, int flags, ...)
{
    REAL(open);
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_watched(path, flags, [&] { return real_open(path, flags, mode); });
}

int open64(const char* path, int flags, ...)
{
    REAL(open64);
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_watched(path, flags, [&] { return real_open64(path, flags, mode); });
}

std::FILE* fopen(const char* path, const char* mode)
{
    REAL(fopen);
    return fopen_watched(path, mode, [&] { return real_fopen(path, mode); });
}

std::FILE* fopen64(const char* path, const char* mode)
{
    REAL(fopen64);
    return fopen_watched(path, mode, [&] { return real_fopen64(path, mode); });
}

ssize_t write(int descriptor, const void* data, size_t size)
{
    REAL(write);
    const ssize_t written =
        write_watched(descriptor, data, size, -1, [&](size_t count) { return real_write(descriptor, data, count); });
    terminate_after(data, written);
    return written;
}

ssize_t writev(int descriptor, const iovec* pieces, int count)
{
    if (descriptor <= 2 || !watched(descriptor)) {
        REAL(writev);
        return real_writev(descriptor, pieces, count);
    }
    std::string whole;
    for (int i = 0; i < count; ++i) {
        whole.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    }
    return ::write(descriptor, whole.data(), whole.size());
}

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset)
{
    REAL(pwrite);
    return write_watched(descriptor, data, size, offset,
                         [&](size_t count) { return real_pwrite(descriptor, data, count, offset); });
}

ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t offset)
{
    REAL(pwrite64);
    return write_watched(descriptor, data, size, offset,
                         [&](size_t count) { return real_pwrite64(descriptor, data, count, offset); });
}

int fsync(int descriptor)
{
    REAL(fsync);
    return sync_watched(descriptor, [&] { return real_fsync(descriptor); });
}

int fdatasync(int descriptor)
{
    REAL(fdatasync);
    return sync_watched(descriptor, [&] { return real_fdatasync(descriptor); });
}

int syncfs(int descriptor)
{
    REAL(syncfs);
    if (!watched(descriptor)) {
        return real_syncfs(descriptor);
    }
    if (fault_now(Takes::space) == Fault::fails) {
        return -1;
    }
    const Recording recording;
    const int code = real_syncfs(descriptor);
    if (code == 0) {
        recording.write(Op::sync_all, path_of(descriptor));
    }
    return code;
}

int ftruncate(int descriptor, off_t size)
{
    REAL(ftruncate);
    const std::string path = watched(descriptor) ? path_of(descriptor) : std::string();
    return change_watched(path.c_str(), Takes::space, Op::truncate, nullptr, size,
                          [&] { return real_ftruncate(descriptor, size); });
}

int ftruncate64(int descriptor, off64_t size)
{
    return ::ftruncate(descriptor, size);
}

int truncate(const char* path, off_t size)
{
    REAL(truncate);
    return change_watched(path, Takes::space, Op::truncate, nullptr, size, [&] { return real_truncate(path, size); });
}

int rename(const char* from, const char* to)
{
    REAL(rename);
    return change_watched(from, Takes::space, Op::rename, to, 0, [&] { return real_rename(from, to); });
}

int link(const char* from, const char* to)
{
    REAL(link);
    return change_watched(from, Takes::space, Op::link, to, 0, [&] { return real_link(from, to); });
}

int unlink(const char* path)
{
    REAL(unlink);
    return change_watched(path, Takes::nothing, Op::unlink, nullptr, 0, [&] { return real_unlink(path); });
}

int remove(const char* path)
{
    REAL(remove);
    return change_watched(path, Takes::nothing, Op::unlink, nullptr, 0, [&] { return real_remove(path); });
}

int mkdir(const char* path, mode_t mode)
{
    REAL(mkdir);
    return change_watched(path, Takes::space, Op::make_folder, nullptr, 0, [&] { return real_mkdir(path, mode); });
}

int fputs(const char* text, std::FILE* out)
{
    REAL(fputs);
    if (out == stdout && records()) {
        const Recording recording;
        recording.write(Op::said, "stdout", {}, 0, 0, text, std::strlen(text));
    }
    return real_fputs(text, out);
}

size_t fwrite(const void* data, size_t size, size_t count, std::FILE* out)
{
    REAL(fwrite);
    if (out == stdout && records()) {
        const Recording recording;
        recording.write(Op::said, "stdout", {}, 0, 0, data, size * count);
    }
    return real_fwrite(data, size, count, out);
}

}  // extern "C"
// NOLINTEND
