#pragma once

#include <cerrno>

namespace attnsweep::files {

/// Tells whether a system call failed for want of room: the disk is full, a quota is used up, or the file would exceed a
/// limit on its size (`ulimit -f`, or the file system's own).
inline bool is_disk_full(int code)
{
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

/// Tells whether a file could not be opened because this process, or the machine, has too many open.
inline bool is_out_of_descriptors(int code)
{
    return code == EMFILE || code == ENFILE;
}

/// The remedy for EFBIG, after which the command is rerun.
constexpr const char* file_size_remedy =
    "raise the limit on the size of a file (ulimit -f), or choose a folder whose file system takes larger files, and "
    "rerun the command";

}  // namespace attnsweep::files
