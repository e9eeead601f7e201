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

namespace attnsweep::store {

/// Wraps an SQLite connection to one store. Included inside store/ alone: SQLite's types end there.
class Connection {
public:
    /// read_unfinished: a database without any table yet, as its writer makes it first, is no error.
    /// read_standing_still: the same, and SQLite takes no lock and makes no file beside it; only while nobody writes.
    /// Every reading of a published store (published_store.h) is so: its file is replaced, never written.
    enum class Access { read, read_unfinished, read_standing_still, write };

    /// Throws Error.
    Connection(const std::filesystem::path& path, Access access);

    /// A database that is open already; `path` is what messages name.
    Connection(std::string path, SQLite::Database database);

    SQLite::Database& database() { return database_; }
    const std::string& path() const { return path_; }
    /// An older store is read as a copy of it, brought forward.
    bool is_copy() const { return is_copy_; }

    /// A compiled statement while it is used; reset at the end, since an open one would hold readers' snapshots and locks.
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

    /// Compiled once and kept. One use of a text at a time.
    Use statement(std::string_view sql);

    /// Commits after the writer's own check.
    void commit(SQLite::Transaction& transaction);
    void guard_commits(std::function<void()> check) { check_ = std::move(check); }

    /// Where a writer's rows are noted; null while reading or where nothing is to be noted.
    Journal* journal() const { return journal_.get(); }
    void keep_journal(const std::filesystem::path& path) { journal_ = std::make_unique<Journal>(path); }
    void stop_journal() { journal_.reset(); }

    /// What is said of a full disk when it is not the store's own that is full.
    void says_when_full(std::string message) { when_full_ = std::move(message); }

    /// Runs `work`, turning what SQLite throws into Error with the store's path.
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

    /// The same inside a transaction that may write; a part of the one that stands, if one does.
    template <typename Work> void write(Work&& work)
    {
        translate([&] {
            if (writing_) {
                work();
                return;
            }
            SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
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

    /// `system_error`: errno of the call that failed, where SQLite has it; a full quota is to SQLite any other I/O error.
    static Error error_of(const std::string& path, const SQLite::Exception& failure, int system_error = 0);

private:
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
    SQLite::Database database_;
    bool writing_ = false;
    bool is_copy_ = false;
    std::unordered_map<std::string, SQLite::Statement> statements_;  // destroyed before the database
};

/// NaN as NULL, as SQLite would; infinities too, which no column means.
void bind_number(SQLite::Statement& statement, int index, double value);
/// Inverse: NULL as NaN.
double number_in(const SQLite::Column& column);

}  // namespace attnsweep::store
