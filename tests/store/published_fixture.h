#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "files/durable_file.h"
#include "files/lease.h"
#include "store/connection.h"
#include "store/published_store.h"
#include "synthetic_sweep.h"
#include "tests/store_rows.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {

namespace fs = std::filesystem;

/// A store as on a network file system: written elsewhere, put in place whole.
class Published : public testing::Test {
public:
    Published()
    {
        ::setenv("ATTNSWEEP_TEST_FILE_SYSTEM", "network", 1);
        ::setenv("ATTNSWEEP_LOCAL_DIR", local_.c_str(), 1);
        fs::create_directories(local_);
        files::create_folders(store_folder_);
    }
    ~Published() override
    {
        for (const char* variable : {"ATTNSWEEP_TEST_FILE_SYSTEM", "ATTNSWEEP_LOCAL_DIR", "ATTNSWEEP_TEST_LOCKS"}) {
            ::unsetenv(variable);
        }
    }

    /// A writer as a run has it.
    struct Writer {
        Writer(const fs::path& path, const fs::path& folder) : lease(folder / "lease"), published(path, lease) {}
        files::Lease lease;
        PublishedStore published;
        Store store = published.open();
    };
    std::unique_ptr<Writer> write() const { return std::make_unique<Writer>(path_, store_folder_); }

    /// All that can happen to an attempt.
    void write_everything(Store& store) const
    {
        const auto& trials = sweep_.trials;
        finish(store, done_result(trials[5], {10, 8, 6}));
        store.begin_attempt(trials[0].id, 1, "node2", "cuda:1", "2024-01-02T03:05:05Z");
        store.record_epochs(trials[0].id, 1, std::vector<configs::EpochRecord>{{1, 2, 0.1, 2, 0.1, 1}});
        store.end_attempt(trials[0].id, 1, NoResult::drained, "2024-01-02T03:06:05Z");
        finish(store, done_result(trials[0], {10, 10, 9}, 2));
        finish(store, failed_result(trials[1], "nan", "loss is nan"));
        store.begin_attempt(trials[3].id, 1, "node1", "cpu", "2024-01-02T03:09:05Z");
        store.record_epochs(trials[3].id, 1, std::vector<configs::EpochRecord>{{1, 2, 0.1, 2, 0.1, 1}});
        store.record_epochs(trials[3].id, 1, std::vector<configs::EpochRecord>{{2, 1, 0.2, 1, 0.2, 1}});
    }

    tests::StoreRows published_rows() const
    {
        SQLite::Database database("file:" + path_.string() + "?immutable=1", SQLite::OPEN_READONLY | SQLite::OPEN_URI);
        return tests::rows_of(database);
    }
    std::size_t live_folders() const
    {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(local_), fs::directory_iterator()));
    }
    int attempts_read() const
    {
        return Store::open_to_read(path_).connection().database().execAndGet("SELECT count(*) FROM attempts").getInt();
    }
    /// What a process leaves that ends in the middle of `work`.
    static void in_a_process_that_dies(const std::function<void()>& work)
    {
        const pid_t child = ::fork();
        if (child == 0) {
            work();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }

    tests::TemporaryFolder folder_;
    fs::path path_ = folder_ / "results.db", store_folder_ = folder_ / "results.db.d", local_ = folder_ / "local";
    configs::Sweep sweep_ = synthetic_sweep();
};

}  // namespace attnsweep::store
