// A sweep is meant by its name, an earlier revision of it by NAME@N, wherever one is asked for.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/reading/epoch_rows.h"
#include "store/reading/history.h"
#include "store/reading/query.h"
#include "store/reading/results.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class RevisionNamesTest : public testing::Test {
protected:
    RevisionNamesTest()
    {
        store_.record_sweep(first_);
        store_.commit(done_result(first_.trials[0], {9, 8, 7}));
        store_.record_sweep(second_);
        store_.commit(done_result(second_.trials[3], {9, 8, 7}));
        store_.record_sweep(with_comma_);
    }
    std::int64_t rows(const std::vector<std::string>& sweeps, Revisions revisions = Revisions::newest) const
    {
        std::int64_t count = 0;
        Query query;
        query.sweeps = sweeps;
        query.revisions = revisions;
        run_query(store_, query, [&](const std::vector<Value>&) { ++count; });
        return count;
    }
    template <typename Ask> std::string refusal(const Ask& ask) const
    {
        try {
            ask();
            return "not refused";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), Error::Kind::unknown);
            return error.what();
        }
    }
    static configs::Sweep without_stft(configs::Sweep sweep)
    {
        std::erase_if(sweep.trials, [](const configs::Trial& trial) { return trial.label.starts_with("stft"); });
        return sweep;
    }

    tests::TemporaryFolder folder_;
    Store store_ = Store::open_to_write(folder_ / "results.db");
    configs::Sweep first_ = synthetic_sweep(), second_ = without_stft(synthetic_sweep("synthetic", 4)),
                   with_comma_ = synthetic_sweep("a, b", 1);
};

TEST_F(RevisionNamesTest, FindEachRevision)
{
    EXPECT_EQ(find_sweep(store_, "synthetic").revision, 2);
    EXPECT_EQ(find_sweep(store_, "synthetic@1").revision, 1);
    EXPECT_EQ(find_sweep(store_, "synthetic@2").revision, 2);
    EXPECT_EQ(read_results(store_, "synthetic@1", Weights::last).configurations.size(), 10U);
    EXPECT_EQ(revision_settings(store_, find_sweep(store_, "synthetic@1")).number, 1);
    EXPECT_THAT(refusal([&] { find_sweep(store_, "synthetic@3"); }),
                AllOf(HasSubstr("no revision 3"), HasSubstr("1, 2")));
    EXPECT_THAT(refusal([&] { find_sweep(store_, "synthetic@x"); }), HasSubstr("expected a number"));
    EXPECT_THAT(refusal([&] { find_sweep(store_, "syntetic@1"); }), HasSubstr("no sweep \"syntetic@1\""));
    EXPECT_EQ(revision_in_words(store_, find_sweep(store_, "synthetic")), "revision 2 of 2, others as synthetic@1");
    EXPECT_EQ(revision_in_words(store_, find_sweep(store_, "synthetic@1")), "revision 1 of 2, others as synthetic@2");
    EXPECT_EQ(revision_in_words(store_, find_sweep(store_, "a, b")), "revision 1");
}

TEST_F(RevisionNamesTest, QueriesAreOfItsTrials)
{
    EXPECT_EQ(rows({"synthetic@1"}), 30);
    EXPECT_EQ(rows({"synthetic@2"}), 20);
    EXPECT_EQ(rows({"synthetic"}), 20) << "the newest alone, as everywhere";
    EXPECT_EQ(rows({"synthetic"}, Revisions::all), 35) << "the trials of both";
    std::int64_t epochs_of_first = 0, epochs_of_second = 0;
    read_epoch_rows(store_, "synthetic@1", Revisions::newest, [&](const auto&) { ++epochs_of_first; });
    read_epoch_rows(store_, "synthetic@2", Revisions::newest, [&](const auto&) { ++epochs_of_second; });
    EXPECT_GT(epochs_of_first, 0);
    EXPECT_GT(epochs_of_second, 0);
    const auto epochs = [&](const std::string& sweep, Revisions revisions) {
        std::int64_t count = 0;
        read_epoch_rows(store_, sweep, revisions, [&](const auto&) { ++count; });
        return count;
    };
    EXPECT_EQ(epochs("synthetic", Revisions::newest), epochs_of_second);
    EXPECT_GT(epochs("synthetic", Revisions::all), epochs_of_second);
    EXPECT_EQ(epochs("", Revisions::newest), epochs_of_second + epochs("a, b", Revisions::newest));
}

TEST_F(RevisionNamesTest, ASweepNamedTwiceHasEachTrialOnce)
{
    EXPECT_EQ(rows({"synthetic,synthetic"}), 20);
    EXPECT_EQ(rows({"synthetic", "synthetic"}), 20);
    EXPECT_EQ(rows({"synthetic,synthetic@2"}), 20);
    EXPECT_EQ(rows({"synthetic@1,synthetic"}), 35) << "revision 2 alone has 5";
    EXPECT_EQ(rows({"synthetic,synthetic@1"}), 35);
    EXPECT_EQ(rows({"synthetic,synthetic@1"}, Revisions::all), 35);
    EXPECT_EQ(rows({"synthetic@1,synthetic"}, Revisions::all), 35);
    EXPECT_EQ(rows({"synthetic,a, b,synthetic"}), 30) << "a trial of two sweeps is listed for each";
}

TEST_F(RevisionNamesTest, OfARevisionTrialsHaveTheNamesItGaveThem)
{
    configs::Sweep renamed = first_;
    for (configs::Trial& trial : renamed.trials) {
        trial.label += "-new";
        trial.configuration += "-new";
    }
    renamed.trials.erase(renamed.trials.begin() + 4, renamed.trials.end());
    renamed.text.push_back('x');
    store_.record_sweep(renamed);
    const auto labels = [&](const std::string& sweep, const std::string& where) {
        std::string text;
        Query query;
        query.sweeps = {sweep};
        query.where = where;
        query.columns = {"revision", "label"};
        run_query(store_, query, [&](const std::vector<Value>& row) {
            text += std::to_string(std::get<std::int64_t>(row[0])) + " " + std::get<std::string>(row[1]) + ";";
        });
        return text;
    };
    EXPECT_EQ(labels("synthetic", "repeat = 1"), "3 stft-r0-s1-new;3 stft-r25-s1-new;");
    EXPECT_EQ(labels("synthetic@1", "label = 'stft-r0-s1'"), "1 stft-r0-s1;");
    EXPECT_EQ(labels("synthetic@1,a, b", "label = 'stft-r0-s1'"), "1 stft-r0-s1;1 stft-r0-s1;");
    std::set<std::string> of_epochs;
    read_epoch_rows(store_, "synthetic@1", Revisions::newest,
                    [&](const auto& row) { of_epochs.insert(std::get<std::string>(row[2])); });
    EXPECT_THAT(of_epochs, testing::ElementsAre("stft-r0-s1"));
}

TEST_F(RevisionNamesTest, ListsMayHaveNamesWithCommas)
{
    EXPECT_EQ(rows({"a, b"}), 10);
    EXPECT_EQ(rows({"a, b,synthetic@1"}), 40);
    EXPECT_EQ(rows({"synthetic@1,a, b"}), 40);
    EXPECT_EQ(rows({"synthetic@1", "a, b"}), 40);
    EXPECT_THAT(refusal([&] { rows({"a,b"}); }), HasSubstr("no sweep \"a\""));
}

TEST_F(RevisionNamesTest, TrialsOfAnEarlierOneAreFound)
{
    EXPECT_THAT(refusal([&] { store_.find_trial("synthetic:stft-r0-s1"); }), HasSubstr("no trial"));
    EXPECT_EQ(store_.find_trial("synthetic@1:stft-r0-s1").trial.id, first_.trials[0].id);
    EXPECT_THAT(refusal([&] { store_.find_trial("synthetic@7:stft-r0-s1"); }), HasSubstr("no revision 7"));
    EXPECT_EQ(store_.find_trial("stft-r0-s1@1").trial.id, first_.trials[0].id);
    EXPECT_EQ(store_.find_trial("synthetic:stft-r0-s1@1").trial.id, first_.trials[0].id);
    EXPECT_THAT(refusal([&] { store_.find_trial("synthetic:stft-r0-s1@7"); }), HasSubstr("no revision 7"));
    EXPECT_EQ(store_.find_trial(first_.trials[1].id.substr(0, 10)).trial.label, "stft-r0-s2") << "an id is one's own";
}

TEST_F(RevisionNamesTest, AnUnknownTrialsMessageNamesTheNearestOrItsRevision)
{
    EXPECT_THAT(refusal([&] { store_.find_trial("synthetic:stft-r0-s2"); }),
                HasSubstr("in an older one: stft-r0-s2@1"));
    EXPECT_THAT(refusal([&] { store_.find_trial("ctq-r25-s2"); }), HasSubstr("did you mean cqt-r25-s2?"));
    EXPECT_THAT(refusal([&] { store_.find_trial("stft-r0-s1@9"); }), HasSubstr("LABEL@N"));
    EXPECT_THAT(refusal([&] { store_.find_trial("stft-r@1"); }),
                AllOf(HasSubstr("could be 15 trials"), HasSubstr("a, b:stft-r0-s1@1 ("), HasSubstr("and 3 more")))
        << "one of two sweeps once";
}

// Refused for a new sweep (configs/sweep.cpp); stores of before may have one.
TEST_F(RevisionNamesTest, ASweepThatIsCalledLikeARevisionIsStillRead)
{
    store_.record_sweep(synthetic_sweep("synthetic@1", 2));
    EXPECT_EQ(find_sweep(store_, "synthetic@1").name, "synthetic@1") << "the whole name comes first";
    EXPECT_EQ(find_sweep(store_, "synthetic@2").name, "synthetic");
    EXPECT_EQ(find_sweep(store_, "synthetic@1@1").name, "synthetic@1");
    EXPECT_EQ(rows({"synthetic@1"}), 20);
}

}  // namespace
}  // namespace attnsweep::store
