#pragma once

#include <filesystem>
#include <string>

namespace attnsweep::files {

/// Who may write a store: one process at a time. A lock the kernel drops with its holder, and a line of host, boot id and
/// process for those who are refused. Where the file system cannot lock, the line decides: a dead process of this host is
/// passed over, another host is not. Held until destruction; one owner, not thread-safe.
class Lease {
public:
    /// Takes the lease; throws Error naming the holder's host and process, and the remedy, when it is alive.
    explicit Lease(const std::filesystem::path& path);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace attnsweep::files
