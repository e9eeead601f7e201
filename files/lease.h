#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace attnsweep::files {

/// Who may write a store: one process at a time. A lock the kernel drops with its holder, and a line of host, boot id and
/// process for those who are refused. Where the file system cannot lock, the line decides: a dead process of this host is
/// passed over, another host is not. Held until destruction; one owner, not thread-safe.
class Lease {
public:
    /// Who took it.
    struct Holder {
        std::string host, boot;
        long pid = 0;
        std::string
            started;  ///< the process's start, in the kernel's ticks: tells it from a later one of the same number
    };

    /// Takes the lease; throws Error naming the holder's host and process, and the remedy, when it is alive.
    explicit Lease(const std::filesystem::path& path);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    /// Who holds it now; nothing when nobody does, or its holder died. For readers: writes nothing, and never makes a
    /// taker fail. A holder on another host is asked after by a shared lock held for a moment, which a taker sits out; one
    /// where the file system cannot lock counts as alive. Throws Error when the file is there but cannot be opened.
    static std::optional<Holder> holder(const std::filesystem::path& path);

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace attnsweep::files
