#include "store/store.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/shell_word.h"
#include "store/connection.h"
#include "store/migrations.h"
#include "store/read_as_one.h"
#include "store/result_rows.h"
#include "store/revision_files.h"
#include "store/revision_rows.h"
#include "store/store_folder.h"
#include "store/trial_lookup.h"

namespace attnsweep::store {

namespace {

constexpr const char* folder_ending = ".d";

/// Returns an absolute path; empty stays empty.
std::string absolute_path(const std::string& path)
{
    return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

std::string to_string(Status status)
{
    switch (status) {
    case Status::pending:
        return "pending";
    case Status::running:
        return "running";
    case Status::done:
        return "done";
    case Status::failed:
        return "failed";
    }
    return "pending";
}

Store::Store(std::filesystem::path path, std::unique_ptr<Connection> connection,
             std::vector<std::filesystem::path> parts)
    : path_(std::move(path)), parts_(std::move(parts)), connection_(std::move(connection))
{
}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::open_to_write(const std::filesystem::path& path)
{
    return {path, std::make_unique<Connection>(path, Connection::Access::write), {path}};
}

Store Store::open_to_read(const std::filesystem::path& path)
{
    std::error_code code;
    if (std::filesystem::is_directory(path, code)) {
        std::vector<std::filesystem::path> parts = parts_in(path);
        auto connection = read_as_one(path, parts);
        return {path, std::move(connection), std::move(parts)};
    }
    return {path, std::make_unique<Connection>(path, Connection::Access::read), {path}};
}

Store Store::in_memory(const configs::Sweep& sweep)
{
    SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    bring_up_to_date(database, sweep.path);
    auto connection = std::make_unique<Connection>(sweep.path, std::move(database));
    connection->write([&] {
        insert_revision(*connection, sweep, sweep_id_of(*connection, sweep.name), {}, sweep.path, sweep.data.path);
    });
    return {sweep.path, std::move(connection), {}};
}

Store Store::over(const std::filesystem::path& path, std::unique_ptr<Connection> connection)
{
    return {path, std::move(connection), {path}};
}

std::filesystem::path database_behind(const std::filesystem::path& store)
{
    constexpr int most_links = 40;  // as Linux follows
    std::error_code code;
    std::filesystem::path file = store;
    for (int links = 0; std::filesystem::is_symlink(file, code); ++links) {
        if (links == most_links || std::filesystem::exists(file.string() + folder_ending, code)) {
            return links == most_links ? store : file;
        }
        const std::filesystem::path target = std::filesystem::read_symlink(file, code);
        file = file.parent_path() / target;
    }
    return std::filesystem::is_directory(file, code) ? store : file;
}

std::filesystem::path folder_beside(const std::filesystem::path& store)
{
    return database_behind(store).string() + folder_ending;
}

std::filesystem::path attempt_folder_in(const std::filesystem::path& folder, const std::string& trial_id, int attempt)
{
    return folder / "trials" / trial_id / ("attempt-" + std::to_string(attempt));
}

int attempt_number(const std::filesystem::path& attempt_folder)
{
    constexpr std::string_view prefix = "attempt-";
    const std::string name = attempt_folder.filename().string();
    if (!name.starts_with(prefix)) {
        return 0;
    }
    int number = 0;
    const char* const end = name.data() + name.size();
    const auto [read_to, wrong] = std::from_chars(name.data() + prefix.size(), end, number);
    return wrong == std::errc{} && read_to == end ? number : 0;
}

std::string missing_in_words(const std::filesystem::path& attempt_folder)
{
    std::error_code none;
    if (std::filesystem::is_directory(attempt_folder, none)) {
        return {};
    }
    const std::filesystem::path whole = attempt_folder.parent_path().parent_path().parent_path();
    if (none == std::errc::permission_denied) {
        return "its folder " + attempt_folder.string() + " cannot be entered: " + none.message() +
               "; ask its owner for read and search permission (chmod -R g+rX, or o+rX, " +
               configs::shell_path(whole.string()) + ")";
    }
    return !std::filesystem::is_directory(whole, none)
               ? "the folder " + whole.string() +
                     " is not here, which holds the files of the trials, logs and weights too: was the database copied "
                     "or moved "
                     "without it? Copy that folder as well, to beside the database"
               : "its folder " + attempt_folder.string() +
                     " is not here: it was removed, or not copied with the database";
}

std::filesystem::path Store::folder() const
{
    return folder_beside(path_);
}

std::filesystem::path Store::pending_folder() const
{
    return folder() / "pending";
}

std::filesystem::path Store::attempt_folder(const std::string& trial_id, int attempt) const
{
    return attempt_folder_in(folder(), trial_id, attempt);
}

void Store::guard_commits(std::function<void()> check)
{
    connection_->guard_commits(std::move(check));
}

std::int64_t Store::record_sweep(const configs::Sweep& sweep)
{
    // The sweep file may be read again from another working directory.
    const std::string data_path = absolute_path(sweep.data.path);
    const std::string sweep_file = absolute_path(sweep.path);
    std::optional<std::int64_t> revision;
    connection_->write([&] {
        const std::int64_t sweep_id = sweep_id_of(*connection_, sweep.name);
        const std::string fingerprint = fingerprint_of(sweep);
        bool is_newest = false;
        {
            const auto select = connection_->statement(
                "SELECT revision_id, sequence = (SELECT max(sequence) FROM revisions), data_path "
                "FROM revisions WHERE sweep_id = ? AND fingerprint = ?");
            select->bind(1, sweep_id);
            select->bind(2, fingerprint);
            if (select->executeStep()) {
                revision = select->getColumn(0).getInt64();
                is_newest = select->getColumn(1).getInt() != 0 && select->getColumn(2).getString() == data_path;
            }
        }
        if (revision && !is_newest) {
            // Run again after another sweep: it becomes the newest, and its data set may have moved.
            const auto update =
                connection_->statement("UPDATE revisions SET sequence = (SELECT max(sequence) + 1 FROM revisions), "
                                       "data_path = ?, path = ? WHERE revision_id = ?");
            update->bind(1, data_path);
            update->bind(2, sweep_file);
            update->bind(3, *revision);
            update->exec();
        }
        const bool is_new = !revision;
        if (is_new) {
            revision = insert_revision(*connection_, sweep, sweep_id, fingerprint, sweep_file, data_path);
        }
        if (is_new || !has_revision(folder(), *revision)) {
            write_revision(folder(), revision_row(*connection_, *revision));
        } else if (!is_newest) {
            write_revision_run(folder(), revision_row(*connection_, *revision, false));
        }
    });
    return *revision;
}

void Store::begin_attempt(const std::string& trial_id, int attempt, const std::string& host, const std::string& device,
                          const std::string& started_at)
{
    connection_->write([&] {
        require_trial(*connection_, trial_id, {});
        insert_attempt(*connection_, trial_id, attempt, host, device, started_at);
    });
}

void Store::record_epochs(const std::string& trial_id, int attempt, std::span<const configs::EpochRecord> epochs)
{
    if (epochs.empty()) {
        return;
    }
    connection_->write([&] {
        const std::optional<AttemptRow> row = attempt_row(*connection_, trial_id, attempt);
        if (!row) {
            throw Error(Error::Kind::unknown,
                        "attempt " + std::to_string(attempt) + " of trial " + trial_id + " has not begun");
        }
        if (row->outcome != "done" && row->outcome != "failed") {
            replace_epochs(*connection_, row->id, epochs);
            connection_->journal()->epochs({trial_id, attempt}, epochs);
            const auto update =
                connection_->statement("UPDATE attempts SET epochs = max(epochs, ?) WHERE attempt_id = ?");
            update->bind(1, epochs.back().epoch);
            update->bind(2, row->id);
            update->exec();
        }
    });
}

void Store::end_attempt(const std::string& trial_id, int attempt, NoResult reason, const std::string& ended_at)
{
    connection_->write([&] {
        const auto update = connection_->statement("UPDATE attempts SET outcome = ?, ended_at = ? "
                                                   "WHERE trial_id = ? AND number = ? AND outcome IS NULL");
        update->bind(1, reason == NoResult::drained ? "drained" : "interrupted");
        update->bind(2, ended_at);
        update->bind(3, trial_id);
        update->bind(4, attempt);
        if (update->exec() > 0) {
            connection_->journal()->ended({trial_id, attempt}, reason == NoResult::drained ? "drained" : "interrupted",
                                          ended_at);
        }
    });
}

int Store::interrupt_open_attempts(const std::string& ended_at)
{
    int interrupted = 0;
    connection_->write([&] {
        {
            const auto open = connection_->statement("SELECT trial_id, number FROM attempts WHERE outcome IS NULL");
            while (open->executeStep()) {
                connection_->journal()->ended({open->getColumn(0).getString(), open->getColumn(1).getInt()},
                                              "interrupted", ended_at);
            }
        }
        const auto update =
            connection_->statement("UPDATE attempts SET outcome = 'interrupted', ended_at = ? WHERE outcome IS NULL");
        update->bind(1, ended_at);
        interrupted = update->exec();
    });
    return interrupted;
}

void Store::together(const std::function<void()>& work)
{
    connection_->write(work);
}

void Store::commit(const configs::TrialResult& result)
{
    commit(std::span(&result, 1));
}

void Store::commit(std::span<const configs::TrialResult> results)
{
    connection_->write([&] {
        for (const configs::TrialResult& result : results) {
            try {
                insert_result(*connection_, result, now_utc());
            } catch (const configs::Error& failure) {
                throw Error(Error::Kind::failed,
                            "the result of trial " + result.trial_id + " cannot be stored: " + failure.what());
            }
        }
    });
}

std::vector<TrialState> Store::states(const std::vector<std::string>& trial_ids) const
{
    return trial_states(*connection_, trial_ids);
}

std::unordered_set<std::string> Store::done_trials() const
{
    return done_trial_ids(*connection_);
}

TrialLocation Store::find_trial(const std::string& prefix) const
{
    return locate_trial(*this, prefix);
}

}  // namespace attnsweep::store
