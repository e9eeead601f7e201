#include "store/journal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "files/checksum.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "store/result_rows.h"

namespace attnsweep::store {

namespace {

using nlohmann::json;

constexpr std::size_t mark_size = 9;  // 8 hex digits of the CRC-32C, a space

std::string marked(const std::string& text)
{
    std::array<char, mark_size + 1> mark{};
    std::snprintf(mark.data(), mark.size(), "%08x ", files::crc32c(text.data(), text.size()));
    return mark.data() + text + "\n";
}

void take(const json& line, std::int64_t number, AttemptNotes& notes)
{
    const std::string what = line.at(0);
    AttemptNote& note = notes[{line.at(1).get<std::string>(), line.at(2).get<int>()}];
    if (what == "begun") {
        note.attempt_id = line.at(3).get<std::int64_t>();
        note.host = line.at(4);
        note.device = line.at(5);
        note.started_at = line.at(6);
    } else if (what == "epochs") {
        for (const auto& record : line.at(3).get<std::vector<configs::EpochRecord>>()) {
            // Epochs may be reported again after a resume from an earlier checkpoint: the last record counts.
            std::erase_if(note.epochs, [&](const auto& known) { return known.epoch == record.epoch; });
            note.epochs.push_back(record);
        }
    } else if (what == "ended") {
        note.outcome = line.at(3);
        note.ended_at = line.at(4);
    } else if (what == "committed") {
        note.committed = number;
        note.ended_at = line.at(3);
    }
}

}  // namespace

int AttemptNote::last_epoch() const
{
    int last = 0;
    for (const configs::EpochRecord& record : epochs) {
        last = std::max(last, record.epoch);
    }
    return last;
}

Journal::~Journal()
{
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void Journal::add(const std::string& text)
{
    waiting_ += marked(text);
}

void Journal::begun(std::int64_t attempt_id, const AttemptKey& key, const std::string& host, const std::string& device,
                    const std::string& started_at)
{
    add(dump(json{"begun", key.first, key.second, attempt_id, host, device, started_at}));
}

void Journal::epochs(const AttemptKey& key, std::span<const configs::EpochRecord> records)
{
    add(dump(json{"epochs", key.first, key.second, std::vector(records.begin(), records.end())}));
}

void Journal::ended(const AttemptKey& key, const std::string& outcome, const std::string& ended_at)
{
    add(dump(json{"ended", key.first, key.second, outcome, ended_at}));
}

void Journal::committed(const AttemptKey& key, const std::string& ended_at)
{
    add(dump(json{"committed", key.first, key.second, ended_at}));
}

void Journal::write()
{
    if (waiting_.empty()) {
        return;
    }
    if (descriptor_ < 0) {
        files::create_folders(path_.parent_path());
        descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (descriptor_ < 0) {
            throw files::Error(path_, "cannot be opened", errno);
        }
        // A line torn by a crash must not swallow the next one.
        waiting_.insert(0, "\n");
    }
    std::string_view bytes = waiting_;
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            throw files::Error(path_, "cannot be written", errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    waiting_.clear();
}

AttemptNotes Journal::read(const std::filesystem::path& path, int& damaged, std::uintmax_t from)
{
    AttemptNotes notes;
    std::string bytes;
    try {
        bytes = files::read_file(path);
    } catch (const files::Error& error) {
        if (error.code() == ENOENT || error.code() == ENOTDIR) {
            return notes;
        }
        throw;
    }
    std::int64_t number = 0;
    for (std::string_view rest = std::string_view(bytes).substr(std::min<std::size_t>(from, bytes.size()));
         !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string line(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty()) {
            continue;
        }
        ++number;
        const std::string text = line.size() > mark_size ? line.substr(mark_size) : std::string();
        try {
            if (marked(text) != line + "\n") {
                throw std::runtime_error("its checksum does not match");
            }
            take(json::parse(text), number, notes);
        } catch (const std::exception&) {
            ++damaged;
        }
    }
    return notes;
}

void Journal::write_all(const std::filesystem::path& path, const AttemptNotes& notes)
{
    Journal journal(path);
    std::vector<std::pair<std::int64_t, AttemptKey>> commits;
    for (const auto& [key, note] : notes) {
        journal.begun(note.attempt_id, key, note.host, note.device, note.started_at);
        if (!note.epochs.empty()) {
            journal.epochs(key, note.epochs);
        }
        if (!note.outcome.empty()) {
            journal.ended(key, note.outcome, note.ended_at);
        }
        if (note.committed > 0) {
            commits.emplace_back(note.committed, key);
        }
    }
    std::sort(commits.begin(), commits.end());
    for (const auto& [line, key] : commits) {
        journal.committed(key, notes.at(key).ended_at);
    }
    files::write_durably(path, journal.waiting_);
}

}  // namespace attnsweep::store
