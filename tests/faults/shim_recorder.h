#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>

// The faults and the trace of libfault_shim.so, by the variables that fault_shim.cpp describes.
namespace attnsweep::shim {

/// The C library's own.
template <class Function> Function* real(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) static auto* const real_##name = real<decltype(::name)>(#name)

/// Whether a path, or the file of a descriptor, is one of those that FAULTS_BELOW names.
bool watched(const char* path);
bool watched(int descriptor);

std::string path_of(int descriptor);  ///< empty: not known
std::uint64_t inode_of(int descriptor);
bool is_folder(int descriptor);

enum class Takes { nothing, space, bytes };

enum class Fault { none, fails, half };

/// Counts this call; fails: errno is set. half: write half of it.
Fault fault_now(Takes takes);

enum class Op : std::uint32_t {
    create = 1,
    write,
    truncate,
    sync,
    rename,
    unlink,
    make_folder,
    sync_folder,
    said,
    link,
    sync_all
};

bool records();  ///< whether there is a trace

/// Holds up the other processes' calls, so that the trace has the order in which they were done. False: nothing is recorded.
class Recording {
public:
    Recording();
    ~Recording();
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    explicit operator bool() const { return records_; }

    /// Appends a call to the trace. Leaves errno as it is.
    void write(Op op, const std::string& path, const std::string& other = {}, std::uint64_t inode = 0,
               std::int64_t offset = 0, const void* data = nullptr, std::size_t size = 0) const;

private:
    bool records_;
};

}  // namespace attnsweep::shim
