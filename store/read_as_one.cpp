#include "store/read_as_one.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <sqlite3.h>

#include "configs/shell_word.h"
#include "store/annotations.h"
#include "store/connection.h"
#include "store/metric_columns.h"
#include "store/migrations.h"
#include "store/store_folder.h"

namespace attnsweep::store {

namespace {

struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Compiled = std::unique_ptr<sqlite3_stmt, Finalizer>;

Compiled compiled(Connection& connection, const std::string& sql)
{
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(connection.database().getHandle(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) {
        throw SQLite::Exception(connection.database().getHandle());
    }
    return Compiled(raw);
}

/// Runs `insert` in `to` for every row of `select` in `from`. `first` and `second` are ?1 and ?2 of `select`.
void copy(Connection& from, const std::string& select, Connection& to, const std::string& insert,
          std::int64_t first = 0, const std::string& second = {})
{
    const Compiled reading = compiled(from, select), writing = compiled(to, insert);
    const int parameters = sqlite3_bind_parameter_count(reading.get());
    if (parameters > 0) {
        sqlite3_bind_int64(reading.get(), 1, first);
    }
    if (parameters > 1) {
        sqlite3_bind_text(reading.get(), 2, second.data(), static_cast<int>(second.size()), SQLITE_TRANSIENT);
    }
    const int columns = sqlite3_column_count(reading.get());
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(reading.get())) == SQLITE_ROW) {
        for (int column = 0; column < columns; ++column) {
            sqlite3_bind_value(writing.get(), column + 1, sqlite3_column_value(reading.get(), column));
        }
        if (sqlite3_step(writing.get()) != SQLITE_DONE) {
            throw SQLite::Exception(to.database().getHandle());
        }
        sqlite3_reset(writing.get());
    }
    if (code != SQLITE_DONE) {
        throw SQLite::Exception(from.database().getHandle());
    }
}

std::int64_t number_from(Connection& connection, const char* sql)
{
    const auto select = connection.statement(sql);
    select->executeStep();
    return select->getColumn(0).getInt64();
}

/// An unnamed database: SQLite keeps it in its cache and spills it to an unlinked file.
SQLite::Database temporary_database()
{
    SQLite::Database database("", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    bring_up_to_date(database, "a temporary database");
    database.exec("PRAGMA journal_mode = MEMORY");
    database.exec("PRAGMA synchronous = OFF");
    return database;
}

/// A part's newest revision of a sweep.
struct Newest {
    std::filesystem::path part;
    std::string fingerprint, sweep_file;
};

/// A revision, identified by sweep and fingerprint, as found in the parts.
struct Revision {
    std::int64_t id = 0;        // in the union
    std::int64_t sequence = 0;  // the highest of all parts
    std::string created_at;     // the earliest
};

/// What has been read from the parts so far, besides their rows.
struct Told {
    int parts = 0;
    std::map<std::pair<std::string, std::string>, Revision> revisions;  // by sweep and fingerprint
    std::map<std::string, std::vector<Newest>> newest;                  // by sweep: of each part
};

class Union {
public:
    explicit Union(const std::filesystem::path& folder) : folder_(folder), all_(folder.string(), temporary_database())
    {
    }

    void add(const std::filesystem::path& part)
    {
        const Told before = told_;
        const Stamp stamp = stamp_of(part);
        // If nobody writes, there is no WAL, and reading without SQLite's locks leaves no lock files behind. Whether
        // that held is checked afterwards.
        if (stamp.stands_still) {
            try {
                take(part, Connection::Access::read_standing_still);
                if (stamp_of(part) == stamp) {
                    all_.database().exec("COMMIT");
                    return;
                }
            } catch (const Error& failure) {
                if (stamp_of(part) == stamp) {
                    throw;
                }
            }
            if (sqlite3_get_autocommit(all_.database().getHandle()) == 0) {
                all_.database().exec("ROLLBACK");
            }
            told_ = before;
        }
        take(part, Connection::Access::read_unfinished);
        all_.database().exec("COMMIT");
    }

    Connection finished()
    {
        if (told_.parts == 0) {
            throw Error(
                Error::Kind::missing,
                "the folder " + folder_.string() +
                    " holds no part of a sweep yet (part-1-of-8.db). Run one first (attnsweep run ... --part 1/8 "
                    "--store " +
                    configs::shell_path(folder_.string()) +
                    "), or name an existing store with --store or ATTNSWEEP_STORE");
        }
        check_newest();
        all_.translate([&] { number_revisions(); });
        all_.database().exec("PRAGMA query_only = ON");
        return std::move(all_);
    }

private:
    /// File state that changes when a process writes the store.
    struct Stamp {
        bool stands_still = false;
        std::filesystem::file_time_type written;
        std::uintmax_t bytes = 0;
        bool operator==(const Stamp&) const = default;
    };
    static Stamp stamp_of(const std::filesystem::path& part)
    {
        std::error_code code;
        Stamp stamp;
        stamp.stands_still = !std::filesystem::exists(part.string() + "-wal", code) &&
                             !std::filesystem::exists(part.string() + "-journal", code);
        stamp.written = std::filesystem::last_write_time(part, code);
        stamp.bytes = std::filesystem::file_size(part, code);
        return stamp;
    }

    /// Opens a read transaction and leaves it open.
    void take(const std::filesystem::path& part, Connection::Access access)
    {
        Connection from(part, access);
        all_.database().exec("BEGIN");
        from.translate([&] {
            // One snapshot, independent of concurrent writes.
            from.database().exec("BEGIN");
            if (number_from(from, "SELECT count(*) FROM sqlite_schema") == 0) {
                return;
            }
            ++told_.parts;
            add_sweeps(from, part);
            add_attempts(from, std::filesystem::absolute(part).lexically_normal().string() + ".d/");
        });
    }

    void add_sweeps(Connection& from, const std::filesystem::path& part)
    {
        copy(from, "SELECT name FROM sweeps ORDER BY sweep_id", all_,
             "INSERT INTO sweeps (name) VALUES (?) ON CONFLICT DO NOTHING");
        copy(from, "SELECT trial_id, spec FROM trials", all_,
             "INSERT INTO trials (trial_id, spec) VALUES (?, ?) ON CONFLICT DO NOTHING");
        const auto select = from.statement(
            "SELECT name, fingerprint, revision_id, sequence, created_at, path FROM revisions JOIN sweeps USING "
            "(sweep_id) ORDER BY sequence");
        std::map<std::string, std::pair<std::string, std::string>> newest;  // sweep -> fingerprint, path
        while (select->executeStep()) {
            const auto text = [&](int column) { return select->getColumn(column).getString(); };
            Revision& revision = told_.revisions[{text(0), text(1)}];
            if (revision.id == 0) {
                revision.id = add_revision(from, select->getColumn(2).getInt64());
            }
            revision.sequence = std::max(revision.sequence, select->getColumn(3).getInt64());
            revision.created_at = revision.created_at.empty() ? text(4) : std::min(revision.created_at, text(4));
            newest[text(0)] = {text(1), text(5)};
        }
        for (const auto& [sweep, revision] : newest) {
            told_.newest[sweep].push_back({part, revision.first, revision.second});
        }
    }

    std::int64_t add_revision(Connection& from, std::int64_t revision)
    {
        // Number and sequence are unique and are assigned at the end.
        copy(from,
             "SELECT name, fingerprint, description, path, canonical_text, overrides, data, data_path, created_at "
             "FROM revisions JOIN sweeps USING (sweep_id) WHERE revision_id = ?1",
             all_,
             "INSERT INTO revisions (sweep_id, number, sequence, fingerprint, description, path, canonical_text, "
             "overrides, data, data_path, created_at) SELECT sweep_id, (SELECT -count(*) FROM revisions), "
             "(SELECT -count(*) FROM revisions), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM sweeps WHERE name = ?1",
             revision);
        const std::int64_t id = all_.database().getLastInsertRowid();
        copy(from,
             "SELECT position, trial_id, label, configuration, repeat FROM revision_trials WHERE revision_id = ?1",
             all_,
             "INSERT INTO revision_trials (revision_id, position, trial_id, label, configuration, repeat) VALUES (" +
                 std::to_string(id) + ", ?, ?, ?, ?, ?)",
             revision);
        return id;
    }

    /// `files`: the part's folder of files, with a slash at its end.
    void add_attempts(Connection& from, const std::string& files)
    {
        copy(from, "SELECT * FROM annotations", all_, insert_annotation_sql);
        copy(from, "SELECT * FROM splits", all_,
             "INSERT INTO splits VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (split_digest) DO UPDATE SET "
             "test_set = coalesce(test_set, excluded.test_set)");
        const std::int64_t shift = number_from(all_, "SELECT coalesce(max(attempt_id), 0) FROM attempts");
        const std::string taken =
            "(SELECT coalesce(max(number), 0) FROM attempts WHERE trial_id = ?2 AND attempt_id <= " +
            std::to_string(shift) + ")";
        copy(from,
             "SELECT attempt_id + ?1, trial_id, number, host, device, started_at, ended_at, outcome, failure_kind, "
             "failure_message, failure_signal, mixed, execution, duration_s, peak_memory_bytes, parameters, epochs, "
             "best_epoch, stopped_early, split_digest, "
             "?2 || coalesce(nullif(folder, ''), 'trials/' || trial_id || '/attempt-' || number) FROM attempts "
             "ORDER BY attempt_id",
             all_,
             "INSERT INTO attempts VALUES (?1, ?2, ?3 + " + taken +
                 ", ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
             shift, files);
        copy(from,
             "SELECT attempt_id + ?1, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, "
             "duration_s FROM epochs",
             all_, "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?)", shift);
        copy(from, "SELECT attempt_id + ?1, weights, epoch, loss, confusion, " + metric_columns() + " FROM evaluations",
             all_,
             "INSERT INTO evaluations (attempt_id, weights, epoch, loss, confusion, " + metric_columns() +
                 ") VALUES (?, ?, ?, ?, ?, " + metric_parameters() + ")",
             shift);
        copy(from, "SELECT attempt_id + ?1, last, best FROM predictions", all_,
             "INSERT INTO predictions VALUES (?, ?, ?)", shift);
        copy(from, "SELECT done_attempt_id + ?1, trial_id FROM trials WHERE done_attempt_id IS NOT NULL", all_,
             "UPDATE trials SET done_attempt_id = coalesce(done_attempt_id, ?1) WHERE trial_id = ?2", shift);
    }

    void check_newest() const
    {
        for (const auto& [sweep, all] : told_.newest) {
            for (const Newest& other : all) {
                if (other.fingerprint == all.front().fingerprint) {
                    continue;
                }
                const Newest* behind = &all.front();
                const Newest* ahead = &other;
                if (created(sweep, *ahead) < created(sweep, *behind)) {
                    std::swap(ahead, behind);
                }
                throw Error(Error::Kind::failed,
                            "the folder " + folder_.string() + " holds two revisions of sweep " + sweep + ": " +
                                ahead->part.filename().string() + " one of " + created(sweep, *ahead) + " (" +
                                ahead->sweep_file + "), " + behind->part.filename().string() + " still one of " +
                                created(sweep, *behind) + " (" + behind->sweep_file +
                                "). Run the same sweep on every part (attnsweep run " +
                                configs::shell_path(ahead->sweep_file) + " ... --part " + slashed(behind->part) +
                                "), or read one part alone: --store " + configs::shell_path(behind->part.string()));
            }
        }
    }

    static std::string slashed(const std::filesystem::path& part)
    {
        const Part name = part_named(part).value_or(Part{});
        return std::to_string(name.number) + "/" + std::to_string(name.of);
    }

    /// Assigns sequences as far as the parts agree, else by time; numbers by time.
    void number_revisions()
    {
        std::vector<std::pair<std::string, const Revision*>> order;  // sweep, revision
        for (const auto& [key, revision] : told_.revisions) {
            order.emplace_back(key.first, &revision);
        }
        const auto write = [&](const char* sql, std::int64_t number, std::int64_t id) {
            const auto update = all_.statement(sql);
            update->bind(1, number);
            update->bind(2, id);
            update->exec();
        };
        std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
            return std::tie(a.second->sequence, a.second->created_at, a.second->id) <
                   std::tie(b.second->sequence, b.second->created_at, b.second->id);
        });
        std::int64_t sequence = 0;
        for (const auto& [sweep, revision] : order) {
            write("UPDATE revisions SET sequence = ?1 WHERE revision_id = ?2", ++sequence, revision->id);
        }
        std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
            return std::tie(a.second->created_at, a.second->id) < std::tie(b.second->created_at, b.second->id);
        });
        std::map<std::string, std::int64_t> numbers;
        for (const auto& [sweep, revision] : order) {
            write("UPDATE revisions SET number = ?1 WHERE revision_id = ?2", ++numbers[sweep], revision->id);
        }
    }

    const std::string& created(const std::string& sweep, const Newest& newest) const
    {
        return told_.revisions.at({sweep, newest.fingerprint}).created_at;
    }

    std::filesystem::path folder_;
    Connection all_;
    Told told_;
};

}  // namespace

std::unique_ptr<Connection> read_as_one(const std::filesystem::path& folder,
                                        const std::vector<std::filesystem::path>& parts)
{
    Union all(folder);
    for (const std::filesystem::path& part : parts) {
        all.add(part);
    }
    return std::make_unique<Connection>(all.finished());
}

}  // namespace attnsweep::store
