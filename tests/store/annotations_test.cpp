// What people say beside the settings: files first, then rows; hidden sweeps and trials, tags, notes.
#include "store/annotations.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/lease.h"
#include "reports/status.h"
#include "store/maintenance/backup.h"
#include "store/maintenance/merge.h"
#include "store/maintenance/rebuild.h"
#include "store/maintenance/verify.h"
#include "store/reading/epoch_rows.h"
#include "store/reading/query.h"
#include "store/reading/results.h"
#include "store/store_folder.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Kind = Annotation::Kind;

Annotation hidden_sweep(const std::string& sweep, bool hidden = true)
{
    return {Kind::hidden, sweep, {}, {}, {}, hidden ? "1" : "0"};
}

Annotation hidden_trial(const std::string& id, bool hidden = true)
{
    return {Kind::hidden, {}, {}, id, {}, hidden ? "1" : "0"};
}

std::vector<std::string> rows_of(const fs::path& path, const Query& query)
{
    const Store store = Store::open_to_read(path);
    std::vector<std::string> rows;
    run_query(store, query, [&](const std::vector<Value>& row) {
        std::string text;
        for (const Value& value : row) {
            text += (text.empty() ? "" : "|") +
                    (std::holds_alternative<std::string>(value)    ? std::get<std::string>(value)
                     : std::holds_alternative<std::int64_t>(value) ? std::to_string(std::get<std::int64_t>(value))
                                                                   : "-");
        }
        rows.push_back(std::move(text));
    });
    return rows;
}

/// With files, from which it can be rebuilt.
void fill_with_files(Store& store, const configs::Sweep& sweep)
{
    fill(store, sweep);
    for (const configs::Trial& trial : sweep.trials) {
        leave_result(store, lifelike_result(trial));
    }
}

class Annotations : public ::testing::Test {
protected:
    Annotations()
    {
        Store store = Store::open_to_write(path_);
        fill_with_files(store, sweep_);
        fill_with_files(store, other_);
    }

    std::vector<std::string> annotate_it(const Annotation& annotation) const
    {
        return annotate(Store::open_to_read(path_), annotation);
    }
    std::size_t count(const std::vector<std::string>& sweeps = {}, bool with_hidden = false) const
    {
        Query query;
        query.sweeps = sweeps;
        query.with_hidden = with_hidden;
        query.columns = {"label"};
        return rows_of(path_, query).size();
    }

    tests::TemporaryFolder folder_;
    fs::path path_ = folder_ / "results.db";
    configs::Sweep sweep_ = synthetic_sweep("first", 2), other_ = synthetic_sweep("second", 1);
};

TEST_F(Annotations, AHiddenSweepIsKeptOutOfSightAndFoundByItsName)
{
    EXPECT_THAT(annotate_it(hidden_sweep("second")), IsEmpty());
    const Store store = Store::open_to_read(path_);
    EXPECT_EQ(find_sweep(store, "").name, "first") << "the last recorded one in sight";
    EXPECT_EQ(find_sweep(store, "second").name, "second");
    EXPECT_THAT(sweeps_in_sight(store), SizeIs(1));
    EXPECT_THAT(sweeps(store), SizeIs(2));
    EXPECT_EQ(count(), 20U);
    EXPECT_EQ(count({}, true), 30U);
    EXPECT_EQ(count({"second"}), 10U);
    EXPECT_THAT(reports::render_status(store, reports::read_status(store, "")), HasSubstr("1 sweep is hidden"));
    std::set<std::string> with_epochs;
    read_epoch_rows(store, "", Revisions::newest,
                    [&](const std::vector<Value>& row) { with_epochs.insert(std::get<std::string>(row.front())); });
    EXPECT_THAT(with_epochs, ElementsAre("first"));

    annotate_it(hidden_sweep("second", false));
    EXPECT_EQ(count(), 30U);
}

TEST_F(Annotations, AllSweepsHiddenIsSaid)
{
    annotate_it(hidden_sweep("first"));
    annotate_it(hidden_sweep("second"));
    const Store store = Store::open_to_read(path_);
    try {
        find_sweep(store, "");
        FAIL() << "found one";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("every sweep"));
        EXPECT_THAT(error.what(), HasSubstr("store unhide NAME"));
    }
    EXPECT_THAT(reports::render_status(store, {}), Not(HasSubstr("no sweep yet")));
}

TEST_F(Annotations, AHiddenTrialLeavesMeansAndListsAndIsFoundByItsName)
{
    const configs::Trial& trial = sweep_.trials[1];
    annotate_it(hidden_trial(trial.id));
    const Store store = Store::open_to_read(path_);
    const SweepResults results = read_results(store, "first", Weights::last);
    EXPECT_THAT(results.configurations.front().repeats, SizeIs(1));
    EXPECT_THAT(hidden_trials(store, results.sweep), ElementsAre(trial.label));
    EXPECT_EQ(count({"first"}), 19U);
    EXPECT_EQ(count({"first@1"}), 19U);
    EXPECT_EQ(count({"first"}, true), 20U);
    const SweepResults named =
        read_results(store, find_sweep(store, "first"), Weights::last, {TrialSelection::By::label, trial.label});
    EXPECT_THAT(named.configurations, SizeIs(1));
    EXPECT_EQ(store.find_trial("first:" + trial.label).trial.id, trial.id);
    Query summary;
    summary.sql = "SELECT repeats, done FROM configuration_summary WHERE sweep = 'first' LIMIT 1";
    EXPECT_THAT(rows_of(path_, summary), ElementsAre("1|1"));
}

TEST_F(Annotations, TagsAndANoteAreOfTheRevisionAndAskedForByName)
{
    {
        Store store = Store::open_to_write(path_);
        annotate_revision(store, "first",
                          {{Kind::tag, {}, {}, {}, "fold", "3"},
                           {Kind::tag, {}, {}, {}, "microphone", "o'l\"d"},
                           {Kind::note, {}, {}, {}, {}, "gains fixed"}});
    }
    Query query;
    query.where = "tag.fold = 3 and tag.microphone = 'o''l\"d' and repeat = 1 and label like 'cqt-r0-%'";
    query.columns = {"label", "tag.fold", "note"};
    EXPECT_THAT(rows_of(path_, query), ElementsAre("cqt-r0-s1|3|gains fixed"));
    query.where = "tag.fold is null and label like 'cqt-r0-s1'";
    query.columns = {"sweep"};
    EXPECT_THAT(rows_of(path_, query), ElementsAre("second"));

    const auto files = [&] {
        return std::distance(fs::directory_iterator(folder_beside(path_) / "annotations"), fs::directory_iterator());
    };
    Store store = Store::open_to_write(path_);
    EXPECT_EQ(files(), 3);
    annotate_revision(store, "first", {{Kind::tag, {}, {}, {}, "fold", "3"}});
    EXPECT_EQ(files(), 3) << "the same command again says nothing new";
    annotate_revision(store, "first", {{Kind::tag, {}, {}, {}, "fold", ""}});
    query.where = "tag.fold is not null";
    EXPECT_THAT(rows_of(path_, query), IsEmpty()) << "removed";
}

TEST_F(Annotations, ARevisionThatFollowsHasNotItsTags)
{
    Store store = Store::open_to_write(path_);
    annotate_revision(store, "first", {{Kind::tag, {}, {}, {}, "fold", "3"}});
    store.record_sweep(synthetic_sweep("first", 3));
    Query query;
    query.where = "tag.fold = 3";
    query.columns = {"label"};
    EXPECT_THAT(rows_of(path_, query), IsEmpty());
    query.sweeps = {"first@1"};
    EXPECT_THAT(rows_of(path_, query), SizeIs(20));
    query.sweeps = {"first@2"};
    EXPECT_THAT(rows_of(path_, query), IsEmpty());
    query.sweeps.clear();
    store.record_sweep(sweep_);
    EXPECT_THAT(rows_of(path_, query), SizeIs(20)) << "of this revision they are, also when it is the newest again";
}

TEST_F(Annotations, OutliveTheDatabaseABackupAndAMerge)
{
    annotate_it(hidden_trial(sweep_.trials[0].id));
    annotate_it(hidden_sweep("second"));
    rebuild(path_, nullptr);
    EXPECT_EQ(count(), 19U);
    backup(path_, folder_ / "copy.db");
    rebuild(folder_ / "copy.db", nullptr);
    const fs::path third = folder_ / "third.db";
    {
        Store store = Store::open_to_write(third);
        fill_with_files(store, synthetic_sweep("third", 1));
        annotate_revision(store, "third", {{Kind::tag, {}, {}, {}, "place", "there"}});
    }
    merge(folder_ / "copy.db", third, folder_ / "both.db");
    Query query;
    query.columns = {"sweep", "tag.place"};
    query.where = "repeat = 1 and label like 'cqt-r0-%'";
    EXPECT_THAT(rows_of(folder_ / "both.db", query), ElementsAre("first|-", "third|there"));
    EXPECT_TRUE(verify(folder_ / "both.db").ok());
}

TEST_F(Annotations, WaitForTheRunThatHoldsTheLeaseAndAreNoProblemMeanwhile)
{
    files::Lease lease(folder_beside(path_) / "lease");
    const std::vector<std::string> waiting = annotate_it(hidden_sweep("second"));
    ASSERT_THAT(waiting, SizeIs(1));
    EXPECT_THAT(waiting.front(), HasSubstr("takes it in within seconds"));
    EXPECT_EQ(count(), 30U) << "nobody but the holder writes";
    const Verified verified = verify(path_);
    EXPECT_TRUE(verified.ok());
    EXPECT_THAT(verified.notes, ::testing::Contains(HasSubstr("annotations")));
    annotate_it(hidden_sweep("second", false));
    annotate_it(hidden_sweep("second"));
    EXPECT_TRUE(verify(path_).ok());
    Store store = Store::open_to_write(path_);
    AnnotationInbox inbox;
    EXPECT_EQ(inbox.take_in(store), 3);
    write_annotation(store.folder(), hidden_sweep("second", false));
    EXPECT_TRUE(verify(path_).ok()) << "the database has an older word, no lost one";
    EXPECT_EQ(inbox.take_in(store), 1);
    write_annotation(store.folder(), hidden_sweep("second"));
    EXPECT_EQ(inbox.take_in(store), 1);
    EXPECT_EQ(inbox.take_in(store), 0) << "each once";
    EXPECT_EQ(count(), 20U);
}

TEST_F(Annotations, OfTwoTheNewerCountsInWhateverOrderTheyAreTakenIn)
{
    Store store = Store::open_to_write(path_);
    Annotation first = hidden_sweep("first"), second = hidden_sweep("first", false);
    first.name = "1";
    second.name = "2";
    insert_annotation(store.connection(), second);
    insert_annotation(store.connection(), first);
    EXPECT_EQ(count(), 30U);
}

TEST_F(Annotations, ALaterWordCountsThoughItsMachinesClockIsBehind)
{
    annotate_it(hidden_sweep("second"));
    const fs::path folder = folder_beside(path_) / "annotations";
    const fs::path file = *fs::directory_iterator(folder);
    fs::rename(file, folder / "09999999999999999999-ahead-1-1.json");
    rebuild(path_, nullptr);
    EXPECT_EQ(count(), 20U);
    annotate_it(hidden_sweep("second", false));
    EXPECT_EQ(count(), 30U);
}

TEST_F(Annotations, WhatWasHiddenOnceIsNotHiddenAgain)
{
    Store store = Store::open_to_write(path_);
    annotate_once(store, hidden_sweep("second"));
    EXPECT_EQ(count(), 20U);
    annotate_it(hidden_sweep("second", false));
    annotate_once(store, hidden_sweep("second"));
    EXPECT_EQ(count(), 30U) << "somebody has shown it since";
}

TEST_F(Annotations, OfTwoSweepsTheOneInSightIsMeantByATrialsLabel)
{
    Store store = Store::open_to_write(path_);
    const configs::Sweep third = synthetic_sweep("third", 1);
    configs::Sweep other = third;
    for (configs::Trial& trial : other.trials) {
        trial.id[0] = trial.id[0] == '0' ? '1' : '0';
    }
    other.name = "probe";
    other.text += " ";
    store.record_sweep(other);
    EXPECT_THROW(store.find_trial("cqt-r0-s1"), Error) << "of two sweeps";
    annotate_it(hidden_sweep("probe"));
    EXPECT_EQ(store.find_trial("cqt-r0-s1").trial.id, sweep_.trials[10].id);
    EXPECT_EQ(store.find_trial("probe:cqt-r0-s1").sweep, "probe");
}

TEST_F(Annotations, AFileThatCannotBeReadIsLeftOutAndNamed)
{
    annotate_it(hidden_sweep("second"));
    const fs::path file = *fs::directory_iterator(folder_beside(path_) / "annotations");
    std::ofstream(file, std::ios::app) << "more";
    rebuild(path_, nullptr);
    EXPECT_EQ(count(), 30U);
    const Verified verified = verify(path_);
    EXPECT_FALSE(verified.ok());
    EXPECT_THAT(verified.problems, ::testing::Contains(HasSubstr(file.string())));
}

TEST_F(Annotations, OfAFolderOfStoresAreInEachPart)
{
    const fs::path parts = folder_ / "results.d";
    fs::create_directory(parts);
    for (const int number : {1, 2}) {
        Store store = Store::open_to_write(part_store(parts, {number, 2}));
        store.record_sweep(sweep_);
        store.commit(lifelike_result(sweep_.trials[static_cast<std::size_t>(number)]));
    }
    annotate(Store::open_to_read(parts), hidden_trial(sweep_.trials[0].id));
    Query query;
    query.columns = {"label"};
    EXPECT_THAT(rows_of(parts, query), SizeIs(19));
    for (const fs::path& part : parts_in(parts)) {
        EXPECT_THAT(rows_of(part, query), SizeIs(19));
    }
}

TEST(TagNames, AreWords)
{
    EXPECT_EQ(wrong_tag_name("fold_3"), "");
    for (const std::string wrong : {"", "3fold", "a-b", "a b", "caf\xC3\xA9", "a'"}) {
        EXPECT_NE(wrong_tag_name(wrong), "") << wrong;
    }
    EXPECT_NE(wrong_tag_name(std::string(65, 'a')), "");
}

}  // namespace
}  // namespace attnsweep::store
