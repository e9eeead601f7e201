#pragma once

#include <filesystem>
#include <string>

namespace attnsweep::files {

/// Who may write a store: one process at a time. A file holding host, boot id, pid; a holder that is dead (same host, and the
/// boot id differs or the process is gone) is passed over. Held until destruction.
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
