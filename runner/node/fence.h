#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <sys/types.h>

namespace attnsweep::runner {

/// A process that no other can be taken for: a pid alone is used again.
struct ProcessIdentity {
    std::string host, boot_id;
    pid_t pid = 0;
    unsigned long long start_time = 0;  ///< clock ticks since boot
};

/// Of a process of this machine. start_time 0: it is gone.
ProcessIdentity identity_of(pid_t process);

/// `process.json` in an attempt's folder: who runs the attempt. Written by its rank before the trial gets its order.
/// Neither synced nor renamed into place: after a power cut there is no process to be told of, and half a record is none, of a
/// trial that never got its order. Throws files::Error.
void record_process(const std::filesystem::path& attempt_folder, const ProcessIdentity& process);

/// Returns whether the process of an earlier attempt still lives on this machine; false too when there is no (readable) record, or it
/// ran on another host: attempts write only into their own folders, so such a one harms nothing.
bool still_lives(const std::filesystem::path& attempt_folder);

/// Sends the signal if this machine still has that very process, and returns whether it had: its number alone may have become
/// another's.
bool signal_process(const ProcessIdentity& process, int number);

/// Returns whether an attempt's process lives, or nothing when that cannot be told: no (readable) record yet, or another
/// host's process.
std::optional<bool> lives_here(const std::filesystem::path& attempt_folder);

/// Waits up to `limit_s` for the end of an attempt's process, without touching it; `interrupted` ends the waiting. Whether it
/// has ended; true too when there is no (readable) record, since a trial gets its order only after that.
bool wait_for_end(const std::filesystem::path& attempt_folder, double limit_s,
                  const std::function<bool()>& interrupted);

enum class Fenced { gone, killed, interrupted };

/// Makes sure that the process of an earlier attempt has ended: asks it to (SIGTERM: it leaves a checkpoint), waits up to
/// `grace_s`, then kills it; a process that got its number meanwhile is left alone. `waits` is called once when there is something to wait for; `interrupted` ends the waiting.
Fenced fence(const std::filesystem::path& attempt_folder, double grace_s, const std::function<void(pid_t)>& waits,
             const std::function<bool()>& interrupted);

}  // namespace attnsweep::runner
