#include "store/maintenance/leftovers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "files/durable_file.h"
#include "store/maintenance/rebuild.h"
#include "store/maintenance/verify.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

class LeftoversTest : public testing::Test {
protected:
    LeftoversTest()
    {
        sweep_.text = R"({"checkpoint":{"keep":"weights"}})";
        Store store = Store::open_to_write(path_);
        store.record_sweep(sweep_);
        // Trial 0: interrupted, then done. Trial 1: failed, with a checkpoint to go on from.
        store.begin_attempt(done_.id, 1, "node1", "cpu", "2024-01-02T03:04:05Z");
        store.end_attempt(done_.id, 1, NoResult::interrupted, "2024-01-02T03:05:05Z");
        // Names of version 0.1.0 (.pt) and of today.
        put("trials/" + done_.id + "/attempt-1/checkpoint-00001-00000000.pt");
        for (const char* name :
             {"checkpoint-00002-00000000.pt", "checkpoint-00003-00000000.ckpt", "weights-last.safetensors",
              "weights-best.pt", "log.txt", "weights-last.safetensors.tmp-1-0"}) {
            put("trials/" + done_.id + "/attempt-2/" + name);
        }
        for (const configs::TrialResult& result :
             {done_result(done_, {10, 8, 6}, 2), failed_result(failed_, "signal", "killed")}) {
            leave_result(store, result);
            store.commit(result);
        }
        put("trials/" + failed_.id + "/attempt-1/checkpoint-00001-00000000.pt");
        put("trials/" + failed_.id + "/attempt-1/checkpoint-00002-00000000.pt.tmp-7-0");
        put("trials/feedfacefeedface/attempt-1/weights-last.pt");
        put("pending/x.json.tmp-1-0");
    }

    void put(const std::string& name) const
    {
        const auto path = folder_ / "results.db.d" / name;
        files::create_folders(path.parent_path());
        files::write_checked(path, "bytes");
    }
    std::set<std::string> found(const LeftoverRules& rules) const
    {
        std::set<std::string> names;
        for (const Leftover& leftover : find_leftovers(Store::open_to_read(path_), rules)) {
            EXPECT_GT(leftover.bytes, 0U) << leftover.path;
            names.insert(leftover.path.lexically_relative(folder_ / "results.db.d").string());
        }
        return names;
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
    configs::Sweep sweep_ = synthetic_sweep();
    const configs::Trial& done_ = sweep_.trials[0];
    const configs::Trial& failed_ = sweep_.trials[1];
    const std::string of_done_ = "trials/" + done_.id + "/";
    const std::set<std::string> always_{of_done_ + "attempt-1", of_done_ + "attempt-2/weights-last.safetensors.tmp-1-0",
                                        "trials/" + failed_.id + "/attempt-1/checkpoint-00002-00000000.pt.tmp-7-0",
                                        "pending/x.json.tmp-1-0"};
};

TEST_F(LeftoversTest, AsTheSweepSays)
{
    std::set<std::string> expected = always_;
    expected.insert(of_done_ + "attempt-2/checkpoint-00002-00000000.pt");
    expected.insert(of_done_ + "attempt-2/checkpoint-00003-00000000.ckpt");
    EXPECT_EQ(found({}), expected);
}

TEST_F(LeftoversTest, AsAskedFor)
{
    EXPECT_EQ(found({"all", false, {}}), always_);
    std::set<std::string> best = always_;
    best.insert({of_done_ + "attempt-2/checkpoint-00002-00000000.pt",
                 of_done_ + "attempt-2/checkpoint-00003-00000000.ckpt",
                 of_done_ + "attempt-2/weights-last.safetensors"});
    EXPECT_EQ(found({"best", false, {}}), best);
    best.insert(of_done_ + "attempt-2/weights-best.pt");
    EXPECT_EQ(found({"none", false, {}}), best);
    best.insert("trials/feedfacefeedface");
    EXPECT_EQ(found({"none", true, {}}), best);
}

TEST_F(LeftoversTest, WhatRunAgainResumesIsKept)
{
    const std::set<std::string> before = found({"none", true, {}});
    put("trials/" + done_.id + "/attempt-3/checkpoint-00002-00000000.ckpt");
    put("trials/" + done_.id + "/attempt-3/checkpoint-00003-00000000.ckpt.tmp-7-0");
    put("trials/" + done_.id + "/attempt-4/log.txt");  // left none: nothing to resume from
    std::set<std::string> expected = before;
    expected.insert(of_done_ + "attempt-3/checkpoint-00003-00000000.ckpt.tmp-7-0");
    expected.insert(of_done_ + "attempt-4");
    EXPECT_EQ(found({"none", true, {}}), expected);
}

TEST_F(LeftoversTest, WhatStillRunsIsLeftAlone)
{
    const auto names = found({"none", false, [](const std::filesystem::path&) { return true; }});
    EXPECT_EQ(names, std::set<std::string>{"pending/x.json.tmp-1-0"});
}

TEST_F(LeftoversTest, TheStoreIsRebuiltAllTheSameWithoutThem)
{
    for (const Leftover& leftover : find_leftovers(Store::open_to_read(path_), {"none", true, {}})) {
        std::filesystem::remove_all(leftover.path);
    }
    EXPECT_THAT(verify(path_).problems, testing::IsEmpty());
    EXPECT_EQ(rebuild(path_).done, 1);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "results.db.d/trials" / failed_.id /
                                        "attempt-1/checkpoint-00001-00000000.pt"))
        << "a trial that is not done could go on from it";
}

}  // namespace
}  // namespace attnsweep::store
