// Many readers while a run writes: none blocks it or gets an error, and each sees the store as it was at one moment.
#include <atomic>
#include <cstdio>
#include <functional>
#include <new>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/analysis/sweep_summary.h"
#include "reports/report.h"
#include "reports/show.h"
#include "reports/status.h"
#include "store/connection.h"
#include "store/reading/query.h"
#include "store/reading/results.h"
#include "store/reading/snapshot.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using namespace reports;

constexpr int readers = 8, rounds_each = 3;

/// What the processes tell each other.
struct Shared {
    std::atomic<bool> begun = false, stops = false;
    std::atomic<int> rounds[readers] = {};

    bool all_have_read() const
    {
        for (const std::atomic<int>& rounds_of_one : rounds) {
            if (rounds_of_one < rounds_each) {
                return false;
            }
        }
        return true;
    }
};

class ReadersTest : public testing::Test {
public:
    ReadersTest()
        : shared_(new(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                      Shared)
    {
        // Closed again: a process that inherits an open one cannot use the database.
        Store::open_to_write(path_).record_sweep(sweep_);
    }
    ~ReadersTest() override { ::munmap(shared_, sizeof(Shared)); }

    /// A writer that waits for nobody: whoever is in its way makes its commit fail.
    Store impatient_writer() const
    {
        Store writer = Store::open_to_write(path_);
        writer.connection().database().setBusyTimeout(0);
        return writer;
    }

    static std::vector<std::int64_t> numbers(const Store& store, const std::string& sql)
    {
        std::vector<std::int64_t> found;
        Query query;
        query.sql = sql;
        run_query(store, query, [&](const std::vector<Value>& row) {
            for (const Value& value : row) {
                found.push_back(std::get<std::int64_t>(value));
            }
        });
        return found;
    }

    /// Throws where the store is not as it may be. `done`: trials that were done when it was read last.
    void read_once(std::int64_t& done) const
    {
        const auto require = [](bool is_so, const std::string& words) {
            if (!is_so) {
                throw std::runtime_error(words);
            }
        };
        const Store store = Store::open_to_read(path_);
        const std::vector<std::int64_t> counts = numbers(
            store, "SELECT (SELECT count(*) FROM trials WHERE done_attempt_id IS NOT NULL), "
                   "(SELECT count(*) FROM evaluations WHERE weights = 'last'), "
                   "(SELECT count(*) FROM trial_overview WHERE status = 'done' AND epochs = 2 AND accuracy > 0)");
        require(counts[0] >= done, "trials were done that are not any more");
        require(counts[1] == counts[0] && counts[2] == counts[0], "done trials without all that belongs to them");
        done = counts[0];
        {
            const Snapshot snapshot(store);
            const SweepSummary summary = read_summary(store, {}, Weights::last);
            for (const ConfigurationSummary& configuration : summary.configurations) {
                require(configuration.metrics[&configs::Metrics::accuracy].n == configuration.counts.done,
                        "a mean over others than are done");
            }
            require(completeness_of(summary).done == read_status(store).front().counts.done,
                    "two questions of one moment with two answers");
        }
        (void)render_report(store, {}, Format::text);
        (void)show_trial(store, sweep_.trials.front().label, Format::text);
    }

    /// A process that reads until it is told to stop. -> its id
    pid_t start_reader(int number) const
    {
        const pid_t process = ::fork();
        if (process != 0) {
            return process;
        }
        try {
            while (!shared_->begun) {
                ::usleep(1000);
            }
            for (std::int64_t done = 0; !shared_->stops || shared_->rounds[number] < rounds_each;
                 ++shared_->rounds[number]) {
                read_once(done);
            }
        } catch (const std::exception& error) {
            std::fprintf(stderr, "reader %d: %s\n", number, error.what());
            shared_->rounds[number] = rounds_each;
            ::_exit(1);
        }
        ::_exit(0);
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
    configs::Sweep sweep_ = synthetic_sweep("synthetic", 6);
    Shared* shared_;
};

TEST_F(ReadersTest, NoneOfManyErrsOrHoldsTheWriterUp)
{
    std::vector<pid_t> processes;
    processes.reserve(readers);
    for (int number = 0; number < readers; ++number) {
        processes.push_back(start_reader(number));
    }
    {
        Store writer = impatient_writer();
        shared_->begun = true;
        const std::string now = "2026-01-01T00:00:00Z";
        try {
            for (std::size_t i = 0; i + 1 < sweep_.trials.size(); ++i) {
                writer.begin_attempt(sweep_.trials[i].id, 1, "here", "cpu", now);
                writer.commit(done_result(sweep_.trials[i], {10, 8, 6}));
            }
            // The last one goes on until everybody has read while it was written.
            writer.begin_attempt(sweep_.trials.back().id, 1, "here", "cpu", now);
            for (int epoch = 1; !shared_->all_have_read(); ++epoch) {
                const configs::EpochRecord record{epoch % 1000 + 1, 1, 0.5, 1, 0.5, 1};
                writer.record_epochs(sweep_.trials.back().id, 1, {&record, 1});
            }
        } catch (const Error& error) {
            ADD_FAILURE() << "the writer was refused: " << error.what();
        }
        shared_->stops = true;
        for (const pid_t process : processes) {
            int status = 0;
            ::waitpid(process, &status, 0);
            EXPECT_EQ(status, 0) << "a reader failed";
        }
    }
    EXPECT_EQ(numbers(Store::open_to_read(path_), "SELECT count(*) FROM trial_overview WHERE status = 'done'").front(),
              static_cast<std::int64_t>(sweep_.trials.size()) - 1);
}

TEST_F(ReadersTest, OneThatTakesItsTimeSeesOneMomentAndHoldsNobodyUp)
{
    Store writer = impatient_writer();
    const Store reader = Store::open_to_read(path_);
    const auto done = [&] { return completeness_of(read_summary(reader, {}, Weights::last)).done; };
    {
        const Snapshot snapshot(reader);
        EXPECT_EQ(done(), 0);
        writer.commit(done_result(sweep_.trials[0], {10, 8, 6}));
        EXPECT_EQ(done(), 0);
    }
    EXPECT_EQ(done(), 1);
}

TEST_F(ReadersTest, InRollbackModeItWould)
{
    Store writer = impatient_writer();
    writer.connection().database().exec("PRAGMA journal_mode = DELETE");
    const Store reader = Store::open_to_read(path_);
    const Snapshot snapshot(reader);
    (void)read_summary(reader, {}, Weights::last);
    try {
        writer.commit(done_result(sweep_.trials[0], {10, 8, 6}));
        FAIL() << "the tests above could not fail";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::busy) << error.what();
        EXPECT_THAT(error.what(), ::testing::HasSubstr("kill -CONT"));
    }
}

}  // namespace
}  // namespace attnsweep::store
