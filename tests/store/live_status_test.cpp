#include "store/live_status.h"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "files/error.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

LiveStatus example()
{
    LiveStatus status;
    status.sweep = "paper";
    status.host = "node-a";
    status.pid = 7;
    status.total = 30;
    status.done = 3;
    status.left = {10, 20, 30};
    LiveSlot busy;
    busy.node = "node-a";
    busy.device = 1;
    busy.trial = "abc";
    busy.label = "cqt-r0-s1";
    busy.epoch = 4;
    busy.train_loss = std::nan("");
    status.slots = {busy, LiveSlot{}};
    status.waits = {{"no free slot", 9, {"a", "b"}}};
    status.failures = {{"x", {configs::FailureKind::nan, "the loss \xff is nan", 0}, true, "/log"}};
    return status;
}

TEST(LiveStatus, IsReadAsItWasWritten)
{
    const tests::TemporaryFolder folder;
    write_live_status(folder.path(), example());
    const auto read = read_live_status(folder.path());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sweep, "paper");
    EXPECT_EQ(read->pid, 7);
    EXPECT_EQ(read->left.high_s, 30);
    ASSERT_EQ(read->slots.size(), 2u);
    EXPECT_EQ(read->slots[0].label, "cqt-r0-s1");
    EXPECT_EQ(read->slots[0].device, 1);
    EXPECT_EQ(read->slots[0].train_loss, -1) << "no number";
    EXPECT_TRUE(read->slots[1].trial.empty());
    ASSERT_EQ(read->waits.size(), 1u);
    EXPECT_EQ(read->waits[0].count, 9);
    ASSERT_EQ(read->failures.size(), 1u);
    EXPECT_TRUE(read->failures[0].again);
    EXPECT_EQ(read->failures[0].failure.kind, configs::FailureKind::nan);
}

TEST(LiveStatus, NoneDamagedOrOfAnotherFormatIsNothing)
{
    const tests::TemporaryFolder folder;
    EXPECT_FALSE(read_live_status(folder.path()));
    std::ofstream(folder / "status.json") << "{\"format\": 1, \"sweep\"";
    EXPECT_FALSE(read_live_status(folder.path()));
    std::ofstream(folder / "status.json") << "{\"format\": 1}";
    EXPECT_FALSE(read_live_status(folder.path()));
    write_live_status(folder.path(), example());
    std::ofstream(folder / "status.json") << "{\"format\": 99}";
    EXPECT_FALSE(read_live_status(folder.path()));
}

TEST(LiveStatus, AFolderThatCannotBeWrittenIsNamed)
{
    const tests::TemporaryFolder folder;
    EXPECT_THROW(write_live_status(folder / "nowhere", example()), files::Error);
}

}  // namespace
}  // namespace attnsweep::store
