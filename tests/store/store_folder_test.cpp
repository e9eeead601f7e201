// A folder of stores, a store a part of a sweep, read as one.
#include "store/store_folder.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/lease.h"
#include "reports/report.h"
#include "reports/status.h"
#include "reports/tables/query_output.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using namespace reports;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StoreFolder : public ::testing::Test {
protected:
    StoreFolder() { std::filesystem::create_directory(parts_); }

    Store part(int number, int of = 3) const { return Store::open_to_write(part_store(parts_, {number, of})); }

    /// Each part knows the whole sweep and did every third trial.
    void fill_parts(const std::vector<int>& numbers)
    {
        for (const int number : numbers) {
            Store store = part(number);
            store.record_sweep(sweep_);
            for (std::size_t i = 0; i < sweep_.trials.size(); ++i) {
                if (i % 3 + 1 == static_cast<std::size_t>(number)) {
                    store.commit(lifelike_result(sweep_.trials[i]));
                }
            }
        }
    }

    Store all() const { return Store::open_to_read(parts_); }

    Error::Kind kind_of_error(std::string& message) const
    {
        try {
            (void)all();
        } catch (const Error& error) {
            message = error.what();
            return error.kind();
        }
        ADD_FAILURE() << "no error";
        return Error::Kind::failed;
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path parts_ = folder_ / "results.d";
    configs::Sweep sweep_ = synthetic_sweep();
};

std::vector<std::string> csv_lines(const Store& store)
{
    std::ostringstream out;
    Query query;
    query.columns = {"label", "status", "accuracy", "best_accuracy", "epochs", "attempts", "trial_id"};
    reports::write_query(store, query, reports::QueryFormat::csv, out);
    std::istringstream in(out.str());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

TEST(PartNames, AreReadBack)
{
    EXPECT_EQ(part_from("3/8"), (Part{3, 8}));
    EXPECT_EQ(part_from("1/1"), (Part{1, 1}));
    for (const char* wrong : {"0/8", "9/8", "3", "3/", "/8", "a/8", "3/8x", "-1/8", "3/0", "", "1/2/3", " 1/2"}) {
        EXPECT_FALSE(part_from(wrong)) << wrong;
    }
    EXPECT_EQ(part_store("d", {3, 8}), "d/part-3-of-8.db");
    EXPECT_EQ(part_named("d/part-3-of-8.db"), (Part{3, 8}));
    for (const char* wrong : {"part-3-of-8.db-wal", "part-03-of-8.db", "part-9-of-8.db", "results.db", "part-.db"}) {
        EXPECT_FALSE(part_named(wrong)) << wrong;
    }
}

TEST_F(StoreFolder, SaysTheSameAsOneStore)
{
    fill_parts({1, 2, 3});
    Store one = Store::open_to_write(folder_ / "one.db");
    fill(one, sweep_);
    const Store parts = all();
    EXPECT_EQ(render_report(parts, {}, Format::text), render_report(one, {}, Format::text));
    EXPECT_EQ(render_report(parts, {"", Weights::best, {}}, Format::csv),
              render_report(one, {"", Weights::best, {}}, Format::csv));
    EXPECT_EQ(csv_lines(parts), csv_lines(one));
    const std::string& trial = sweep_.trials[4].id;
    EXPECT_EQ(read_epochs(parts, trial).size(), read_epochs(one, trial).size());
    EXPECT_EQ(read_confusion(parts, trial, Weights::last), read_confusion(one, trial, Weights::last));
    EXPECT_EQ(parts.find_trial("stft-r25-s2").attempt_folder,
              parts_ / "part-2-of-3.db.d/trials" / sweep_.trials[4].id / "attempt-1");
}

TEST_F(StoreFolder, PartsThatHaveNotBegunAreMissingTrials)
{
    fill_parts({2});
    const std::vector<SweepStatus> status = read_status(all());
    ASSERT_EQ(status.size(), 1u);
    EXPECT_EQ(status[0].counts.repeats, 30);
    EXPECT_EQ(status[0].counts.done, 10);
    EXPECT_EQ(status[0].counts.missing(), 20);
}

TEST_F(StoreFolder, NothingIsWrittenIntoIt)
{
    fill_parts({1, 3});
    const auto names = [&] {
        std::set<std::string> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(parts_)) {
            found.insert(entry.path().string());
        }
        return found;
    };
    const std::set<std::string> before = names();
    std::set<std::string> during;
    {
        const Store store = all();
        during = names();
    }
    EXPECT_EQ(during, before);
    EXPECT_EQ(names(), before);
}

TEST_F(StoreFolder, ATrialOfTwoPartsIsThereOnceAndDoneWhenItIsInAny)
{
    {
        Store first = part(1), second = part(2);
        first.record_sweep(sweep_);
        second.record_sweep(sweep_);
        first.commit(failed_result(sweep_.trials[0], "error", "no"));
        second.commit(done_result(sweep_.trials[0], {9, 9, 9}));
        first.commit(done_result(sweep_.trials[1], {8, 9, 9}));
        second.commit(done_result(sweep_.trials[1], {1, 1, 1}));
    }
    const Store parts = all();
    const std::vector<TrialState> states = parts.states({sweep_.trials[0].id, sweep_.trials[1].id});
    EXPECT_EQ(states[0].status, Status::done);
    EXPECT_EQ(states[0].attempts, 2);
    EXPECT_EQ(csv_lines(parts).size(), 31u) << "a heading and 30 trials";
    EXPECT_NEAR(read_results(parts, "", Weights::last).configurations[0].repeats[1].test->metrics.accuracy, 26. / 30,
                1e-9)
        << "the first part's";
    EXPECT_EQ(parts.find_trial(sweep_.trials[0].label).attempt_folder.parent_path().parent_path().parent_path(),
              parts_ / "part-2-of-3.db.d");
}

TEST_F(StoreFolder, IsReadWhilePartsAreWritten)
{
    fill_parts({1, 2});
    Store writer = part(2);
    writer.begin_attempt(sweep_.trials[1].id, 2, "node1", "cpu", "2024-01-02T03:04:05Z");
    EXPECT_EQ(read_status(all()).at(0).counts.done, 20);
    Store newest = part(3);
    newest.record_sweep(sweep_);
    newest.commit(done_result(sweep_.trials[2], {9, 9, 9}));
    EXPECT_EQ(read_status(all()).at(0).counts.done, 21);
}

TEST_F(StoreFolder, APartThatIsJustBeingMadeCountsAsNotThere)
{
    fill_parts({1});
    std::ofstream(parts_ / "part-2-of-3.db") << "";
    EXPECT_EQ(read_status(all()).at(0).counts.done, 10);
}

TEST_F(StoreFolder, EachPartsLeaseTellsWhetherItsTrialsRun)
{
    for (const int number : {1, 2}) {
        Store store = part(number);
        store.record_sweep(sweep_);
        store.begin_attempt(sweep_.trials[static_cast<std::size_t>(number)].id, 1, "node1", "cpu",
                            "2024-01-02T03:04:05Z");
        std::filesystem::create_directory(store.folder());
    }
    const files::Lease lease(parts_ / "part-2-of-3.db.d" / "lease");
    const SweepStatus status = read_status(all()).at(0);
    ASSERT_EQ(status.running.size(), 1u);
    EXPECT_EQ(status.running[0].label, sweep_.trials[2].label);
    ASSERT_EQ(status.interrupted.size(), 1u);
    EXPECT_EQ(status.interrupted[0].label, sweep_.trials[1].label);
}

TEST_F(StoreFolder, WaitingResultsOfAllPartsAreCounted)
{
    fill_parts({1, 2});
    for (const int number : {1, 2}) {
        const auto pending = part_store(parts_, {number, 3}).string() + ".d/pending";
        std::filesystem::create_directories(pending);
        std::ofstream(pending + "/x.json") << "{}";
    }
    const Store store = all();
    EXPECT_THAT(render_status(store, read_status(store)), HasSubstr("2 results not yet in the store"));
}

TEST_F(StoreFolder, OtherFilesThatAreNoStoreAreLeftAlone)
{
    fill_parts({1});
    std::ofstream(parts_ / "slurm-17_1.out") << "text";
    EXPECT_THAT(parts_in(parts_), ElementsAre(parts_ / "part-1-of-3.db"));
    EXPECT_THAT(parts_in(folder_ / "nowhere"), IsEmpty());
}

TEST_F(StoreFolder, AStoreThatIsNoPartIsNamed)
{
    fill_parts({1});
    Store::open_to_write(parts_ / "results.db");
    std::string message;
    EXPECT_EQ(kind_of_error(message), Error::Kind::not_a_store);
    EXPECT_THAT(message, AllOf(HasSubstr("results.d/results.db is not a part"), HasSubstr("Move it")));
}

TEST_F(StoreFolder, PartsOfDifferentNumbersAreNamed)
{
    fill_parts({1});
    part(2, 4);
    std::string message;
    EXPECT_EQ(kind_of_error(message), Error::Kind::not_a_store);
    EXPECT_THAT(message, HasSubstr("mixes part-1-of-3.db and part-2-of-4.db"));
}

TEST_F(StoreFolder, WithoutAPartItSaysHowToRunOne)
{
    std::string message;
    EXPECT_EQ(kind_of_error(message), Error::Kind::missing);
    EXPECT_THAT(message, HasSubstr("--part 1/8 --store"));
}

TEST_F(StoreFolder, DifferentRevisionsAreNamedWithTheRemedy)
{
    fill_parts({1, 2});
    part(1).record_sweep(synthetic_sweep("synthetic", 4));
    std::string message;
    EXPECT_EQ(kind_of_error(message), Error::Kind::failed);
    EXPECT_THAT(message, AllOf(HasSubstr("two revisions of sweep synthetic"), HasSubstr("part-1-of-3.db"),
                               HasSubstr("part-2-of-3.db"), HasSubstr("--part ")));
    part(2).record_sweep(synthetic_sweep("synthetic", 4));
    EXPECT_EQ(read_status(all()).at(0).counts.repeats, 40);
    EXPECT_EQ(read_status(all()).at(0).sweep.revision, 2);
}

TEST_F(StoreFolder, TheSweepRunLastIsTheOneThatThePartsCallSo)
{
    const configs::Sweep other = synthetic_sweep("other", 2);
    for (const int number : {1, 2}) {
        Store store = part(number);
        store.record_sweep(sweep_);
        store.record_sweep(other);
        store.record_sweep(sweep_);
    }
    EXPECT_EQ(find_sweep(all(), "").name, "synthetic");
    EXPECT_EQ(sweeps(all()).size(), 2u);
}

TEST_F(StoreFolder, ADamagedPartIsNamed)
{
    fill_parts({1});
    std::ofstream(parts_ / "part-2-of-3.db") << std::string(9000, 'x');
    std::string message;
    EXPECT_EQ(kind_of_error(message), Error::Kind::not_a_store);
    EXPECT_THAT(message, HasSubstr("part-2-of-3.db"));
}

}  // namespace
}  // namespace attnsweep::store
