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

/// What the store knows of an attempt that no result file says: its number in the database, when it began and ended, the
/// epochs of one that left no result.
struct AttemptNote {
    std::int64_t attempt_id = 0;  ///< 0: not known
    std::string host, device, started_at, ended_at;
    std::string outcome;  ///< drained, interrupted; empty: none, or it left a result
    std::vector<configs::EpochRecord> epochs;
    std::int64_t committed = 0;  ///< line at which its result entered the store; 0: never

    int last_epoch() const;  ///< 0: none
};
/// Trial id and attempt number.
using AttemptKey = std::pair<std::string, int>;
using AttemptNotes = std::map<AttemptKey, AttemptNote>;

/// `results.db.d/journal`: a line for each of these, written just before the database's commit, so that the database can be
/// made anew from files alone. Appended to by the store's one writer; each line carries a CRC, so a torn one is passed
/// over. Not synced: a power cut costs at most when an attempt began and ended, never a result.
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

    /// Appends what was noted since; throws files::Error.
    void write();
    /// Forgets it: its transaction was undone.
    void discard() { waiting_.clear(); }

    static std::filesystem::path path_in(const std::filesystem::path& store_folder) { return store_folder / "journal"; }
    /// By attempt; `damaged` counts lines that could not be read. No file, no notes. `from`: the byte at which a line begins.
    /// Throws files::Error.
    static AttemptNotes read(const std::filesystem::path& path, int& damaged, std::uintmax_t from = 0);
    /// A journal of these notes; throws files::Error.
    static void write_all(const std::filesystem::path& path, const AttemptNotes& notes);

private:
    void add(const std::string& text);

    std::filesystem::path path_;
    std::string waiting_;
    int descriptor_ = -1;
};

}  // namespace attnsweep::store
