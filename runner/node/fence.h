#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <sys/types.h>

namespace attnsweep::runner {

/// Identifies a process uniquely; a pid alone may be reused.
struct ProcessIdentity {
    std::string host, boot_id;
    pid_t pid = 0;
    unsigned long long start_time = 0;  ///< clock ticks since boot
};

/// Returns the identity of a process of this machine. start_time 0: it is gone.
ProcessIdentity identity_of(pid_t process);

/// Writes `process.json` in an attempt's folder: which process runs the attempt. The rank calls it before the trial gets its
/// order. Neither synced nor renamed into place: after a power cut the process is gone anyway, and a partial record means that
/// the trial never got its order. Throws files::Error.
void record_process(const std::filesystem::path& attempt_folder, const ProcessIdentity& process);

/// Returns whether the process of an earlier attempt still lives on this machine. Returns false if there is no (readable)
/// record, or it ran on another host: attempts write only into their own folders, so it can do no harm.
bool still_lives(const std::filesystem::path& attempt_folder);

/// Sends the signal if the process still exists on this machine, and returns whether it did. Does not signal another process
/// that has reused its pid.
bool signal_process(const ProcessIdentity& process, int number);

/// Returns whether an attempt's process lives, or nothing if that is unknown: no (readable) record yet, or a process of another
/// host.
std::optional<bool> lives_here(const std::filesystem::path& attempt_folder);

/// Waits up to `limit_s` seconds for an attempt's process to end, without signalling it; stops waiting once `interrupted` returns
/// true. Returns whether it has ended; also true if there is no (readable) record, since a trial gets its order only after that.
bool wait_for_end(const std::filesystem::path& attempt_folder, double limit_s,
                  const std::function<bool()>& interrupted);

enum class Fenced { gone, killed, interrupted };

/// Makes sure that the process of an earlier attempt has ended: sends SIGTERM (it writes a checkpoint), waits up to `grace_s`
/// seconds, then kills it. Does not signal another process that has reused its pid. Calls `waits` once if it has to wait; stops
/// waiting once `interrupted` returns true.
Fenced fence(const std::filesystem::path& attempt_folder, double grace_s, const std::function<void(pid_t)>& waits,
             const std::function<bool()>& interrupted);

}  // namespace attnsweep::runner
