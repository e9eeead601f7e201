#include "files/lease.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/disk_full.h"
#include "files/durable_file.h"
#include "files/file_clock.h"
#include "files/lease_record.h"

namespace attnsweep::files {

namespace {

namespace fs = std::filesystem;
using Holder = Lease::Holder;

constexpr const char* folder_prefix = "writer-";

enum class Locking { taken, held_by_another, impossible };

bool locks_are_off()
{
    const char* wish = std::getenv("ATTNSWEEP_TEST_LOCKS");
    return wish != nullptr && std::strcmp(wish, "none") == 0;
}

Locking try_lock(int descriptor)
{
    if (locks_are_off()) {
        return Locking::impossible;
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        return Locking::taken;
    }
    return errno == EWOULDBLOCK ? Locking::held_by_another : Locking::impossible;
}

/// Returns the highest generation of a writer's folder; 0 if there is none.
std::int64_t newest_writer_folder(const fs::path& folder)
{
    std::int64_t newest = 0;
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with(folder_prefix)) {
            newest = std::max<std::int64_t>(newest, std::atoll(name.c_str() + std::strlen(folder_prefix)));
        }
    }
    return newest;
}

fs::path writer_folder_of(const fs::path& folder, std::int64_t generation)
{
    return folder / (folder_prefix + std::to_string(generation));
}

std::string named(const Holder& holder)
{
    const bool unknown = holder.pid == 0;
    return unknown ? "a process that is taking it" : "process " + std::to_string(holder.pid) + " on " + holder.host;
}

Error refused(const fs::path& path, const Holder& holder)
{
    return {path, "the store is in use by " + named(holder), 0, "wait for it, stop it, or give another --store"};
}

/// Returns the content of a file; empty if it cannot be read, such as a writer's folder.
std::string text_of(const fs::path& path)
{
    try {
        return read_file(path);
    } catch (const Error&) {
        return {};
    }
}

/// Watches a holder that only renewals show to be alive. Returns true when it is dead or released the lease, false when
/// it renews.
bool falls_silent(const fs::path& watched, const Holder& holder, const Lease::Settings& settings)
{
    const double limit_s = Lease::missed_periods * (holder.period_s > 0 ? holder.period_s : settings.period_s);
    const std::optional<double> before = changed_at(watched);
    const std::string text = text_of(watched);
    bool told = false;
    while (true) {
        const std::optional<double> now = changed_at(watched);
        if (!now) {
            return true;
        }
        if (now != before || text_of(watched) != text) {
            const std::optional<Holder> after = holder.pid != 0 ? holder_in(watched) : std::nullopt;
            return after && after->pid == 0;
        }
        const double silent_s = settings.file_clock(folder_of(watched)) - *now;
        if (silent_s >= limit_s) {
            return true;
        }
        if (!told && settings.waits) {
            settings.waits(named(holder) + " last renewed its hold on the store " +
                           std::to_string(std::lround(std::max(silent_s, 0.0))) + " s ago; waiting up to " +
                           std::to_string(std::lround(std::ceil(limit_s - silent_s))) + " s to see whether it is gone");
            told = true;
        }
        settings.sleep(std::clamp(limit_s - silent_s, 0.01, limit_s / 12));
    }
}

}  // namespace

Lease::Settings Lease::default_settings()
{
    Settings settings;
    if (const char* period = std::getenv("ATTNSWEEP_LEASE_PERIOD_S"); period != nullptr && std::atof(period) > 0) {
        settings.period_s = std::atof(period);
    }
    settings.sleep = [](double seconds) {
        const timespec pause{static_cast<time_t>(seconds), static_cast<long>((seconds - std::floor(seconds)) * 1e9)};
        ::nanosleep(&pause, nullptr);
    };
    settings.clock = [] {
        timespec now{};
        ::clock_gettime(CLOCK_BOOTTIME, &now);
        return seconds_of(now);
    };
    settings.file_clock = file_system_time;
    return settings;
}

Lease::Lease(const fs::path& path, Settings settings) : path_(path), settings_(std::move(settings))
{
    const std::string lock = path.string() + ".lock";
    descriptor_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
        const int code = errno;
        struct stat status{};
        throw Error(lock, ::lstat(lock.c_str(), &status) == 0 ? "cannot be opened to write" : "cannot be created",
                    code);
    }
    try {
        take(folder_of(path));
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

void Lease::take(const fs::path& folder)
{
    const Locking locking = try_lock(descriptor_);
    std::int64_t newest = newest_writer_folder(folder);
    Holder holder = holder_in(path_).value_or(Holder{});
    if (newest > holder.generation) {
        // Another process has made its folder but not yet written its line, or died there.
        if (!falls_silent(writer_folder_of(folder, newest), Holder{}, settings_)) {
            throw refused(path_, holder);
        }
        if (const std::optional<Holder> now = holder_in(path_); now && now->generation > holder.generation) {
            throw refused(path_, *now);
        }
    }
    if (holder.pid != 0) {
        const bool here = is_of_this_boot(holder);
        const bool was_restarted = !here && holder.host == this_holder().host && locking == Locking::taken;
        const bool is_dead = here ? !is_alive(holder) || (holder.locked && locking == Locking::taken) : was_restarted;
        if (!is_dead && here && locking == Locking::held_by_another) {
            throw refused(path_, holder);
        }
        if (!is_dead && !falls_silent(path_, holder, settings_)) {
            throw refused(path_, holder);
        }
        const Holder now = holder_in(path_).value_or(Holder{});
        if (now.generation > holder.generation) {
            throw refused(path_, now);  // a third process was faster
        }
    } else if (locking == Locking::held_by_another) {
        throw refused(path_, holder);
    }
    generation_ = std::max(holder.generation, newest) + 1;
    writer_folder_ = writer_folder_of(folder, generation_);
    // If two processes arrive here at once without a lock, only one can make the folder.
    if (::mkdir(writer_folder_.c_str(), 0777) != 0) {
        throw errno == EEXIST ? refused(path_, Holder{}) : Error(writer_folder_, "the folder cannot be created", errno);
    }
    Holder self = this_holder();
    self.generation = generation_;
    self.period_s = settings_.period_s;
    self.locked = locking == Locking::taken;
    line_ = line_of(self);
    renewed_at_ = settings_.clock();
    try {
        write_line(true);
        std::error_code code;
        for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
            if (entry->path().filename().string().starts_with(folder_prefix) && entry->path() != writer_folder_) {
                fs::remove_all(entry->path());
            }
        }
    } catch (const fs::filesystem_error& error) {
        throw Error(error.path1(), "a previous writer's folder cannot be removed", error.code().value());
    }
}

Lease::~Lease()
{
    try {
        if (const auto now = holder_in(path_); now && line_of(*now) == line_) {
            put_in_place(path_, released_line(generation_), false);
            fs::remove_all(writer_folder_);
        }
    } catch (const std::exception&) {
        // Not released: a successor sees that it is dead by its process or by its missing renewals.
    }
    ::close(descriptor_);
}

void Lease::write_line(bool durable)
{
    // The content changes each time: over sftp, file times have whole seconds.
    put_in_place(path_, line_.substr(0, line_.size() - 1) + " " + std::to_string(counter_++) + "\n", durable);
}

void Lease::renew()
{
    const double began = settings_.clock();
    try {
        write_line(false);
        renewed_at_ = began;
    } catch (const LeaseLost&) {
        throw;
    } catch (const Error& error) {
        if (settings_.clock() - renewed_at_ < missed_periods * settings_.period_s) {
            throw;
        }
        const bool is_full = is_disk_full(error.code());  // Error has a remedy for it
        throw LeaseLost(path_,
                        "this run has lost the store and writes nothing more: its lease could not be renewed (" +
                            error.call() + ")",
                        error.code(), is_full ? "" : "remove that cause and rerun the command");
    }
}

void Lease::check()
{
    if (settings_.clock() - renewed_at_ >= missed_periods * settings_.period_s) {
        renew();
    }
    const std::optional<Holder> now = holder_in(path_);
    if (!now || line_of(*now) != line_) {
        lose();
    }
}

void Lease::lose() const
{
    std::string by = "the lease's files are gone";
    try {
        if (const auto now = holder_in(path_); now && now->generation > generation_) {
            by = now->pid != 0 ? named(*now) + " took it over while this process was silent"
                               : "another run took it over while this process was silent, and has ended";
        }
    } catch (const Error& error) {
        by = error.what();
    }
    throw LeaseLost(path_, "this run has lost the store: " + by, 0, "nothing more is written by this process");
}

void Lease::rename_fenced(const fs::path& from, const fs::path& to) const
{
    if (::rename(from.c_str(), to.c_str()) == 0) {
        return;
    }
    const int code = errno;
    // The rename fails once the successor has removed the folder.
    struct stat status{};
    if (::stat(writer_folder_.c_str(), &status) != 0 && errno == ENOENT) {
        lose();
    }
    throw Error(to, "cannot be put in place", code);
}

void Lease::put_in_place(const fs::path& target, std::string_view bytes, bool durable)
{
    const fs::path written = writer_folder_ / (target.filename().string() + "." + std::to_string(counter_++));
    const int descriptor = ::open(written.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        const int code = errno;
        if (code == ENOENT) {
            lose();
        }
        throw Error(target, "cannot be created", code);
    }
    int code = 0;
    while (code == 0 && !bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            code = errno;
        } else if (count > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    if (code == 0 && durable && ::fsync(descriptor) != 0) {
        code = errno;
    }
    // Network file systems report a failed write here.
    if (::close(descriptor) != 0 && code == 0) {
        code = errno;
    }
    if (code != 0) {
        ::unlink(written.c_str());
        throw Error(target, "cannot be written", code);
    }
    if (durable) {
        put_in_place(target, written);
    } else {
        rename_fenced(written, target);
    }
}

void Lease::put_in_place(const fs::path& target, const fs::path& written)
{
    rename_fenced(written, target);
    sync_folder(folder_of(target));
}

void Lease::remove(const fs::path& target)
{
    struct stat status{};
    if (::stat(target.c_str(), &status) != 0 && errno == ENOENT) {
        return;
    }
    const fs::path away = writer_folder_ / ("removed." + std::to_string(counter_++));
    rename_fenced(target, away);
    ::unlink(away.c_str());
}

std::optional<Holder> Lease::holder(const fs::path& path)
{
    const std::optional<Holder> holder = holder_in(path);
    if (!holder || holder->pid == 0) {
        return std::nullopt;
    }
    if (is_of_this_boot(*holder)) {
        return is_alive(*holder) ? holder : std::nullopt;
    }
    if (holder->host == this_holder().host) {
        return std::nullopt;  // this machine was rebooted
    }
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const double period_s = holder->period_s > 0 ? holder->period_s : Settings().period_s;
    const bool renews = seconds_of(now) - changed_at(path).value_or(0) < missed_periods * period_s;
    return renews ? holder : std::nullopt;
}

bool Lease::can_lock(const fs::path& folder)
{
    const fs::path probe = folder / ("lock.tmp-" + std::to_string(::getpid()));
    const int descriptor = ::open(probe.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        throw Error(probe, "cannot be created", errno);
    }
    const bool can = try_lock(descriptor) != Locking::impossible;
    ::close(descriptor);
    ::unlink(probe.c_str());
    return can;
}

}  // namespace attnsweep::files
