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

/// Thrown at a holder whose lease somebody else has taken over, or that could not be renewed: it must write nothing more.
class LeaseLost : public Error {
public:
    using Error::Error;
};

/// Who may write a store: one process at a time. `path` holds one line: host, boot, process, generation; it is renewed by
/// its holder every period. Beside it lie PATH.lock, which the kernel locks where the file system can, and the folder
/// writer-GENERATION, which a successor removes.
///
/// A holder of this machine lives as long as it has the lock. Where the lock cannot tell (another machine, or a file system
/// that cannot lock) it is dead after three periods without renewal, told by the file system's own clock, since machines'
/// clocks differ. Whoever takes over raises the generation.
///
/// A holder that was paused and wakes up after its successor took over has no way to know between asking and writing. So
/// all it puts in place or takes away goes through its folder by one rename, which the file server refuses once the
/// successor has removed the folder. Held until destruction. Members but the constructor and destructor are thread-safe.
class Lease {
public:
    /// Who took it.
    struct Holder {
        std::string host, boot;
        long pid = 0;
        std::string
            started;  ///< the process's start, in the kernel's ticks: tells it from a later one of the same number
        std::int64_t generation = 0;
        double period_s = 0;
        bool locked = false;  ///< holds the kernel's lock too
    };

    struct Settings {
        double period_s = 10;               ///< between renewals
        std::function<void(double)> sleep;  ///< seconds; tests put their own here
        std::function<double()> clock;      ///< seconds, going on while the machine is suspended
        std::function<double(const std::filesystem::path&)> file_clock;  ///< what a file made in this folder now shows
        std::function<void(const std::string&)> waits;  ///< told once, in words, when the taker has to wait
    };
    /// The real ones. ATTNSWEEP_LEASE_PERIOD_S changes the period. For tests, ATTNSWEEP_TEST_LOCKS=none makes this
    /// and every lock below it fail as on a file system that cannot lock.
    static Settings default_settings();

    static constexpr int missed_periods = 3;

    /// Takes the lease. One held by another machine and not renewed just now is watched for up to three periods.
    /// Throws Error naming the holder's host and process, and the remedy, when it is alive.
    explicit Lease(const std::filesystem::path& path, Settings settings = default_settings());
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    std::int64_t generation() const { return generation_; }
    double period_s() const { return settings_.period_s; }
    /// For files on their way to `put_in_place`; a successor removes it.
    const std::filesystem::path& writer_folder() const { return writer_folder_; }

    /// To be called every period. Throws LeaseLost when another holds it, or when none of the last three periods'
    /// renewals succeeded; Error when this one failed.
    void renew();

    /// Throws LeaseLost unless it is still held; renews first after a pause of three periods.
    void check();

    /// Writes `bytes` to `target` whole: by a rename out of the writer's folder. `durable`: synced. Throws LeaseLost, Error.
    void put_in_place(const std::filesystem::path& target, std::string_view bytes, bool durable);
    /// The same for a file written to writer_folder() and synced already.
    void put_in_place(const std::filesystem::path& target, const std::filesystem::path& written);
    /// Removes a file by a rename into the writer's folder, not synced; none there is no error. Throws LeaseLost, Error.
    void remove(const std::filesystem::path& target);

    /// Who holds it now; nothing when nobody does, or its holder died or has not renewed it. For readers: writes nothing
    /// and takes no lock. Throws Error when the file is there but cannot be read.
    static std::optional<Holder> holder(const std::filesystem::path& path);

    /// Whether files here can be locked at all. False with ATTNSWEEP_TEST_LOCKS=none. Throws Error.
    static bool can_lock(const std::filesystem::path& folder);

private:
    void take(const std::filesystem::path& folder);
    void write_line(bool durable);
    [[noreturn]] void lose(const std::string& why = {}) const;
    void rename_fenced(const std::filesystem::path& from, const std::filesystem::path& to) const;

    std::filesystem::path path_, writer_folder_;
    Settings settings_;
    std::int64_t generation_ = 0;
    int descriptor_ = -1;  // of the lock's file
    std::string line_;
    std::atomic<double> renewed_at_{0};
    std::atomic<unsigned> counter_{0};
};

}  // namespace attnsweep::files
