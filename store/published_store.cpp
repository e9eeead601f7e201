#include "store/published_store.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <SQLiteCpp/Backup.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "files/checksum.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "files/file_system.h"
#include "files/scratch_file.h"
#include "store/connection.h"
#include "store/file_error.h"
#include "store/migrations.h"
#include "store/replay.h"

namespace attnsweep::store {

namespace {

namespace fs = std::filesystem;

constexpr const char* mark_name = "published";

fs::path local_folder()
{
    const char* named = std::getenv("ATTNSWEEP_LOCAL_DIR");
    return named != nullptr && *named != '\0' ? fs::path(named) : files::scratch_folder();
}

/// Like is_published(), for a store given by any path to it.
std::string live_prefix(const fs::path& store)
{
    return "attnsweep-live-" + files::sha256_hex(fs::weakly_canonical(fs::absolute(store)).string()).substr(0, 12) +
           "-";
}

std::uintmax_t size_of(const fs::path& path)
{
    std::error_code none;
    const std::uintmax_t size = fs::file_size(path, none);
    return none ? 0 : size;
}

/// STORE.d/published: identifies the database that was published last and how much of the journal it contains. It is
/// ignored for another database or for a journal that is shorter now.
std::uintmax_t journal_bytes_in(const files::CopiedFile& content, const fs::path& store)
{
    try {
        const auto mark = nlohmann::json::parse(files::read_file(folder_beside(store) / mark_name));
        const auto bytes = mark.at("journal_bytes").get<std::uintmax_t>();
        const bool is_of_it = files::CopiedFile{mark.at("crc32c"), mark.at("bytes")} == content;
        return is_of_it && bytes <= size_of(Journal::path_in(folder_beside(store))) ? bytes : 0;
    } catch (const std::exception&) {
        return 0;  // replays the whole journal: slower, with the same result
    }
}

/// Checkpoints what a writer in place (a killed run of an earlier version) left in a WAL or journal, which would
/// otherwise be applied to the next copy. Under the lease nobody else has the database open, and the file system may
/// have no locks.
void settle(const fs::path& store)
{
    const auto is_there = [&](const char* end) { return size_of(store.string() + end) > 0; };
    if (fs::exists(store) && (is_there("-wal") || is_there("-journal"))) {
        try {
            SQLite::Database database(store.string(), SQLite::OPEN_READWRITE, 0, "unix-none");
            // Before the first access: a WAL without a shared-memory file.
            database.exec("PRAGMA locking_mode = EXCLUSIVE");
            (void)database.execAndGet("SELECT count(*) FROM sqlite_schema");
            if (database.execAndGet("PRAGMA journal_mode = DELETE").getString() != "delete") {
                throw Error(Error::Kind::failed, store.string() + "-wal cannot be made part of " + store.string() +
                                                     "; `attnsweep store rebuild` rebuilds the store from its files");
            }
        } catch (const SQLite::Exception& failure) {
            throw Connection::error_of(store.string(), failure);
        }
    }
    std::error_code ignored;
    for (const char* end : {"-wal", "-journal", "-shm"}) {
        fs::remove(store.string() + end, ignored);
    }
}

/// A synced copy of a database beside the store, to be renamed over the store; removed if that does not happen.
class Copy {
public:
    Copy(const fs::path& database, files::Lease& lease, const std::string& name)
        : lease_(lease), written_(lease.writer_folder() / ("results.db." + name))
    {
        try {
            content_ = files::copy_file(database, written_, true);
        } catch (...) {
            remove();
            throw;
        }
    }
    ~Copy() { remove(); }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

    const files::CopiedFile& content() const { return content_; }
    void put_in_place(const fs::path& store) { lease_.put_in_place(store, written_); }

private:
    /// Releases the name: the copy has been renamed.
    void remove() const
    {
        std::error_code ignored;
        fs::remove(written_, ignored);
    }

    files::Lease& lease_;
    fs::path written_;
    files::CopiedFile content_;
};

/// Runs `work` and converts exceptions of files into Error, after the copy is removed: on a full disk the lease could
/// not be released otherwise.
template <class Work> void publishing(const fs::path& store, files::Lease& lease, Work&& work)
{
    try {
        work();
    } catch (const files::LeaseLost&) {
        throw;
    } catch (const files::Error& failure) {
        lease.check();  // throws LeaseLost if a successor removed the folder
        throw Error(kind_of_file_error(failure), store.string() + " cannot be published: " + failure.what());
    }
}

}  // namespace

bool is_published(const fs::path& store)
{
    return files::on_network_file_system(store);
}

std::optional<double> published_age_s(const fs::path& store)
{
    struct stat status{};
    if (!is_published(store) || ::stat(store.c_str(), &status) != 0) {
        return std::nullopt;
    }
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    const double then = static_cast<double>(status.st_mtim.tv_sec) + static_cast<double>(status.st_mtim.tv_nsec) * 1e-9;
    return std::max(now.count() - then, 0.0);
}

std::string published_text(const std::vector<fs::path>& stores)
{
    std::optional<double> oldest_s;
    for (const fs::path& store : stores) {
        if (const std::optional<double> age_s = published_age_s(store);
            age_s && files::Lease::holder(folder_beside(store) / "lease")) {
            oldest_s = std::max(oldest_s.value_or(0), *age_s);
        }
    }
    return oldest_s ? "published " + std::to_string(std::lround(*oldest_s)) + " s ago" : std::string();
}

LiveFolder::LiveFolder(const fs::path& store)
{
    const fs::path where = local_folder();
    const std::string prefix = live_prefix(store);
    std::error_code none;
    for (fs::directory_iterator entry(where, none), end; !none && entry != end; entry.increment(none)) {
        if (!entry->path().filename().string().starts_with(prefix)) {
            continue;
        }
        // A folder whose owner is only paused is kept: that owner can no longer publish.
        const int lock = ::open((entry->path() / "lock").c_str(), O_RDWR | O_CLOEXEC);
        const bool is_dead = lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) == 0;
        if (lock >= 0) {
            ::close(lock);
        }
        std::error_code ignored;
        if (is_dead) {
            fs::remove_all(entry->path(), ignored);
        }
    }
    std::string name = (where / (prefix + "XXXXXX")).string();
    const bool is_made = ::mkdtemp(name.data()) != nullptr;
    path_ = is_made ? name : where.string();
    if (is_made) {
        descriptor_ = ::open((path_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    if (descriptor_ < 0) {
        const files::Error failure(path_, "a folder for the live copy of " + store.string() + " cannot be made here",
                                   errno, "name another folder of this machine with ATTNSWEEP_LOCAL_DIR");
        if (is_made) {
            fs::remove_all(path_, none);
        }
        throw Error(kind_of_file_error(failure), failure.what());
    }
    ::flock(descriptor_, LOCK_EX | LOCK_NB);
}

LiveFolder::~LiveFolder()
{
    // Close first: removing an open file may only hide it, which keeps its folder.
    ::close(descriptor_);
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string LiveFolder::when_full(const fs::path& store) const
{
    return "no space left on this machine's disk in " + path_.string() + ", where the live copy of " + store.string() +
           " is written. Free some, or name another folder with ATTNSWEEP_LOCAL_DIR, and run the same command again: "
           "results are kept in " +
           folder_beside(store).string() + " and imported then";
}

PublishedStore::PublishedStore(fs::path store, files::Lease& lease)
    : store_(std::move(store)), lease_(lease), live_(store_)
{
}

void write_alone(const fs::path& path, const std::function<void(Store&)>& work)
{
    const fs::path folder = folder_beside(path);
    if (is_published(path)) {
        files::create_folders(folder);
        files::Lease lease(folder / "lease");
        PublishedStore published(path, lease);
        Store store = published.open();
        work(store);
        published.publish(store);
        return;
    }
    if (fs::exists(path)) {
        (void)Store::open_to_read(path);  // throws for what is no store, before a folder is made beside it
    }
    files::create_folders(folder);
    files::Lease lease(folder / "lease");
    Store store = Store::open_to_write(path);
    store.guard_commits([&] { lease.check(); });
    work(store);
}

Store PublishedStore::open()
{
    const fs::path database = live_.path() / "live.db";
    std::uintmax_t known_bytes = 0;
    settle(store_);
    if (fs::exists(store_)) {
        // Opened like a reader does, for its checks: copying a database that is cut short would fill the missing part
        // with zeros.
        (void)Connection(store_, Connection::Access::read_standing_still);
        try {
            const files::CopiedFile content = files::copy_file(store_, database, false);
            known_bytes = journal_bytes_in(content, store_);
        } catch (const files::Error& failure) {
            if (kind_of_file_error(failure) == Error::Kind::no_space) {
                throw Error(Error::Kind::no_space, live_.when_full(store_));
            }
            throw Error(Error::Kind::unwritable, failure.what());
        }
    }
    std::unique_ptr<Connection> connection;
    try {
        connection = std::make_unique<Connection>(
            store_.string(),
            SQLite::Database(database.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0, "unix-none"));
    } catch (const SQLite::Exception& failure) {
        throw Connection::error_of(database.string(), failure);
    }
    connection->says_when_full(live_.when_full(store_));
    bool is_brought_forward = false;
    connection->translate([&] {
        // Only this connection uses the live database, and it is temporary: everything durable is in the files and in
        // the published copy.
        connection->database().exec("PRAGMA locking_mode = EXCLUSIVE");
        check_version(connection->database(), store_.string(), true);
        connection->database().exec("PRAGMA journal_mode = MEMORY");
        connection->database().exec("PRAGMA synchronous = OFF");
        connection->database().exec("PRAGMA foreign_keys = ON");
        is_brought_forward = is_older(connection->database());
        bring_up_to_date(connection->database(), store_.string());
    });
    connection->guard_commits([this] { lease_.check(); });
    const fs::path journal = Journal::path_in(folder_beside(store_));
    if (const std::uintmax_t bytes = size_of(journal); bytes > known_bytes) {
        int damaged = 0;
        replay(*connection, Journal::read(journal, damaged, known_bytes), folder_beside(store_));
    } else if (known_bytes > 0 && !is_brought_forward) {
        published_changes_ = connection->database().getTotalChanges();
    }
    connection->keep_journal(journal);
    return Store::over(store_, std::move(connection));
}

bool PublishedStore::publish(const Store& live)
{
    Connection& connection = live.connection();
    const int changes = connection.database().getTotalChanges();
    if (changes == published_changes_) {
        return false;
    }
    const fs::path database = live_.path() / "copy.db";
    const std::uintmax_t journal_bytes = size_of(Journal::path_in(folder_beside(store_)));
    connection.translate([&] {
        // A private temporary file: it needs no lock, journal or sync.
        SQLite::Database target(database.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0, "unix-none");
        target.exec("PRAGMA journal_mode = OFF");
        target.exec("PRAGMA synchronous = OFF");
        SQLite::Backup backup(target, connection.database());
        try {
            if (const int code = backup.executeStep(-1); code != SQLITE_DONE) {
                throw SQLite::Exception(connection.database().getHandle(), code);
            }
        } catch (const SQLite::Exception& failure) {
            // Ask the copy's file for the errno before the backup ends: SQLite has no code for a full quota.
            int system_error = 0;
            sqlite3_file_control(target.getHandle(), "main", SQLITE_FCNTL_LAST_ERRNO, &system_error);
            const Error error = Connection::error_of(database.string(), failure, system_error);
            throw error.kind() == Error::Kind::no_space ? Error(error.kind(), live_.when_full(store_)) : error;
        }
    });
    publishing(store_, lease_, [&] {
        Copy copy(database, lease_, std::to_string(counter_++));
        copy.put_in_place(store_);
        // After the rename: with the previous database it would hide lines of the journal.
        lease_.put_in_place(folder_beside(store_) / mark_name,
                            nlohmann::json{{"crc32c", copy.content().crc32c},
                                           {"bytes", copy.content().bytes},
                                           {"journal_bytes", journal_bytes}}
                                    .dump() +
                                "\n",
                            false);
    });
    published_changes_ = changes;
    return true;
}

void publish_file(const fs::path& database, const fs::path& store, files::Lease& lease,
                  const std::function<void()>& before_it_is_replaced)
{
    publishing(store, lease, [&] {
        Copy copy(database, lease, "made");
        before_it_is_replaced();
        copy.put_in_place(store);
    });
}

}  // namespace attnsweep::store
