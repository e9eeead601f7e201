#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "configs/trial_result.h"

namespace attnsweep::store {

/// What the store knows of an attempt beyond its result file: its number in the database, its start and end, and the
/// epochs of an attempt without a result.
struct AttemptNote {
    std::int64_t attempt_id = 0;  ///< 0: not known
    std::string host, device, started_at, ended_at;
    std::string outcome;  ///< drained, interrupted; empty: none, or it left a result
    std::vector<configs::EpochRecord> epochs;
    std::int64_t committed = 0;  ///< line at which its result was committed; 0: never

    int last_epoch() const;  ///< 0: none
};
/// Trial id and attempt number.
using AttemptKey = std::pair<std::string, int>;
using AttemptNotes = std::map<AttemptKey, AttemptNote>;

/// `results.db.d/journal`: one line per begun, epochs, ended and committed event, written just before the database's
/// commit, so that the database can be rebuilt from files alone. Only the store's writer appends; each line carries a
/// CRC, so a torn line is skipped. Not synced: a power cut can lose start and end times of attempts, never a result.
class Journal {
public:
    explicit Journal(std::filesystem::path path) : path_(std::move(path)) {}
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    void begun(std::int64_t attempt_id, const AttemptKey& key, const std::string& host, const std::string& device,
               const std::string& started_at);
    void epochs(const AttemptKey& key, std::span<const configs::EpochRecord> records);
    void ended(const AttemptKey& key, const std::string& outcome, const std::string& ended_at);
    void committed(const AttemptKey& key, const std::string& ended_at);

    /// Appends the events since the last write() to the file. Throws files::Error.
    void write();
    /// Discards the events since the last write(), because their transaction was rolled back.
    void discard() { waiting_.clear(); }

    static std::filesystem::path path_in(const std::filesystem::path& store_folder) { return store_folder / "journal"; }
    /// Reads a journal by attempt, from byte `from`, where a line begins. `damaged` receives the number of unreadable
    /// lines. Returns nothing recorded if there is no file. Throws files::Error.
    static AttemptNotes read(const std::filesystem::path& path, int& damaged, std::uintmax_t from = 0);
    /// Writes a new journal with these notes. Throws files::Error.
    static void write_all(const std::filesystem::path& path, const AttemptNotes& notes);

private:
    void add(const std::string& text);

    std::filesystem::path path_;
    std::string waiting_;
    int descriptor_ = -1;
};

}  // namespace attnsweep::store
