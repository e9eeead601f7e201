#include "runner/node/out_of_memory.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;

class KillsForMemory : public ::testing::Test {
protected:
    void file(const fs::path& path, const std::string& text)
    {
        fs::create_directories((root_ / path.string()).parent_path());
        files::write_durably(root_ / path.string(), text);
    }

    tests::TemporaryFolder root_;
};

TEST_F(KillsForMemory, OfTheControlGroups)
{
    file("proc/vmstat", "nr_free_pages 7\noom_kill 99\n");
    file("proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    file("proc/self/cgroup", "0::/job_7\n");
    file("sys/fs/cgroup/job_7/memory.events", "low 0\noom_kill 4\n");
    EXPECT_EQ(kills_for_memory(root_.path()), 4) << "others' on the machine are none of ours";
}

TEST_F(KillsForMemory, OfTheMachineWhereGroupsDoNotCount)
{
    file("proc/self/cgroup", "0::/\n");
    file("proc/vmstat", "nr_free_pages 7\noom_kill 99\n");
    EXPECT_EQ(kills_for_memory(root_.path()), 99);
}

TEST_F(KillsForMemory, NothingCounts)
{
    EXPECT_EQ(kills_for_memory(root_.path()), 0);
}

}  // namespace
}  // namespace attnsweep::runner
