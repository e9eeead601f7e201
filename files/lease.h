#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "files/error.h"

namespace attnsweep::files {

/// Thrown to a holder whose lease was taken over or could not be renewed: it must write nothing more.
class LeaseLost : public Error {
public:
    using Error::Error;
};

/// Gives one process at a time the right to write a store. The file `path` holds one line: host, boot, process,
/// generation; the holder renews it every period. Beside it are PATH.lock, which the kernel locks if the file system
/// can, and the folder writer-GENERATION, which a successor removes.
///
/// A holder on this machine is alive as long as it has the lock. If the lock cannot tell (another machine, or a file
/// system without locks), a holder is dead after three periods without renewal, measured by the file system's clock,
/// since machines' clocks differ. Each successor raises the generation.
///
/// A holder that was paused and resumes after its successor took over cannot notice that between checking and writing.
/// Therefore it puts files in place and removes them by one rename through its folder, which the file server refuses
/// once the successor has removed that folder. Held until destruction. All members but the constructor and destructor
/// are thread-safe.
class Lease {
public:
    /// The process that took the lease.
    struct Holder {
        std::string host, boot;
        long pid = 0;
        std::string started;  ///< start time in kernel ticks: distinguishes processes that had the same pid
        std::int64_t generation = 0;
        double period_s = 0;
        bool locked = false;  ///< also holds the kernel's lock
    };

    struct Settings {
        double period_s = 10;                                            ///< between renewals
        std::function<void(double)> sleep;                               ///< seconds; replaced in tests
        std::function<double()> clock;                                   ///< seconds, including those while suspended
        std::function<double(const std::filesystem::path&)> file_clock;  ///< a folder's file_system_time
        std::function<void(const std::string&)> waits;  ///< called once with a message if taking it has to wait
    };
    /// Returns the settings for production. ATTNSWEEP_LEASE_PERIOD_S changes the period. For tests,
    /// ATTNSWEEP_TEST_LOCKS=none makes locking fail, as on a file system without locks.
    static Settings default_settings();

    static constexpr int missed_periods = 3;

    /// Takes the lease. If only renewals can show that its holder is alive, waits for one for up to three periods.
    /// Throws Error, naming the holder's host and process and the remedy, when the holder is alive.
    explicit Lease(const std::filesystem::path& path, Settings settings = default_settings());
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    std::int64_t generation() const { return generation_; }
    double period_s() const { return settings_.period_s; }
    /// Returns the folder for files that `put_in_place` will rename; a successor removes it.
    const std::filesystem::path& writer_folder() const { return writer_folder_; }

    /// Renews the lease; call it every period. Throws LeaseLost when another process holds it, or when no renewal
    /// succeeded for three periods; Error when only this one failed.
    void renew();

    /// Throws LeaseLost unless the lease is still held; renews it first after a pause of three periods.
    void check();

    /// Writes `bytes` to `target` atomically, by a rename from the writer's folder. `durable`: synced. Throws
    /// LeaseLost, Error.
    void put_in_place(const std::filesystem::path& target, std::string_view bytes, bool durable);
    /// Renames `written`, a synced file in writer_folder(), to `target`. Throws LeaseLost, Error.
    void put_in_place(const std::filesystem::path& target, const std::filesystem::path& written);
    /// Removes a file by a rename into the writer's folder, not synced; a missing file is not an error. Throws
    /// LeaseLost, Error.
    void remove(const std::filesystem::path& target);

    /// Returns the current holder; nullopt if there is none, or it died or did not renew. For readers: writes nothing
    /// and takes no lock. Throws Error when the file exists but cannot be read.
    static std::optional<Holder> holder(const std::filesystem::path& path);

    /// Returns whether files in the folder can be locked. False with ATTNSWEEP_TEST_LOCKS=none. Throws Error.
    static bool can_lock(const std::filesystem::path& folder);

private:
    void take(const std::filesystem::path& folder);
    void write_line(bool durable);
    [[noreturn]] void lose() const;
    void rename_fenced(const std::filesystem::path& from, const std::filesystem::path& to) const;

    std::filesystem::path path_, writer_folder_;
    Settings settings_;
    std::int64_t generation_ = 0;
    int descriptor_ = -1;  // of PATH.lock
    std::string line_;
    std::atomic<double> renewed_at_{0};
    std::atomic<unsigned> counter_{0};
};

}  // namespace attnsweep::files
