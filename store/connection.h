#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include "store/error.h"
#include "store/journal.h"
#include "store/read_only.h"

namespace attnsweep::store {

/// Wraps an SQLite connection to one store. Included only inside store/, so that SQLite's types stay there.
class Connection {
public:
    /// read_unfinished: like read, but accepts a database without any table, which its writer has just created.
    ///
    /// read_standing_still: like read_unfinished, but SQLite takes no lock and creates no file beside it; only for a
    /// database that nobody writes. A published store (published_store.h) is always read this way: its file is
    /// replaced, never written.
    enum class Access { read, read_unfinished, read_standing_still, write };

    /// Throws Error.
    Connection(const std::filesystem::path& path, Access access);

    /// Takes over an open database; messages name it as `path`.
    Connection(std::string path, SQLite::Database database);

    SQLite::Database& database() { return opened_.database; }
    const std::string& path() const { return path_; }
    /// Tells whether other connections can read the file itself: not an older store, read through a migrated copy, nor one
    /// on read-only media.
    bool is_attachable() const { return !is_copy_ && !opened_.alone; }

    /// Borrows a compiled statement and resets it at the end, since an open statement would hold a snapshot and locks.
    class Use {
    public:
        explicit Use(SQLite::Statement& statement) : statement_(&statement) {}
        ~Use() { statement_->tryReset(); }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        SQLite::Statement* operator->() const { return statement_; }
        SQLite::Statement& operator*() const { return *statement_; }

    private:
        SQLite::Statement* statement_;
    };

    /// Compiles a statement once and caches it. A statement has one user at a time.
    Use statement(std::string_view sql);

    /// Runs the check set by guard_commits(), then commits. Throws Error where the file was removed, renamed or replaced since it was opened.
    void commit(SQLite::Transaction& transaction);
    void guard_commits(std::function<void()> check) { check_ = std::move(check); }

    /// Returns the journal that records a writer's rows; null when reading or when nothing is to be recorded.
    Journal* journal() const { return journal_.get(); }
    void keep_journal(const std::filesystem::path& path) { journal_ = std::make_unique<Journal>(path); }
    void stop_journal() { journal_.reset(); }

    /// Sets the message for a full disk that is not the disk of the store's path.
    void says_when_full(std::string message) { when_full_ = std::move(message); }

    /// Runs `work` and converts SQLite's exceptions into Error with the store's path.
    template <typename Work> auto translate(Work&& work)
    {
        try {
            return work();
        } catch (const SQLite::Exception& failure) {
            undo_notes();
            throw error_now(failure);
        } catch (...) {
            undo_notes();
            throw;
        }
    }

    /// Runs `work` like translate(), inside a writing transaction; joins the transaction that is already open, if any.
    template <typename Work> void write(Work&& work)
    {
        translate([&] {
            if (writing_) {
                work();
                return;
            }
            SQLite::Transaction transaction(opened_.database, SQLite::TransactionBehavior::IMMEDIATE);
            writing_ = true;
            try {
                work();
            } catch (...) {
                writing_ = false;
                throw;
            }
            writing_ = false;
            commit(transaction);
        });
    }

    /// Converts an SQLite exception. `system_error`: errno of the failed call, if SQLite has it; SQLite reports an
    /// exceeded quota like any other I/O error.
    static Error error_of(const std::string& path, const SQLite::Exception& failure, int system_error = 0);

private:
    /// Tells whether the open database is no longer what its path names.
    bool has_moved();
    Error error_now(const SQLite::Exception& failure) const;
    void undo_notes()
    {
        if (journal_) {
            journal_->discard();
        }
    }

    std::function<void()> check_;
    std::unique_ptr<Journal> journal_;
    std::string path_, when_full_;
    OpenedToRead opened_;
    bool writing_ = false;
    bool is_copy_ = false;
    bool has_name_ = false;  // a writer's file, which must stay what its path names
    std::unordered_map<std::string, SQLite::Statement> statements_;  // destroyed before the database
};

/// Binds a number; NaN becomes NULL, as in SQLite, and so do infinities, which no column uses.
void bind_number(SQLite::Statement& statement, int index, double value);
/// Returns the number in a column; NULL becomes NaN.
double number_in(const SQLite::Column& column);

}  // namespace attnsweep::store
