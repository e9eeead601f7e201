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

TEST_F(KillsForMemory, OfTheControlGroupAndThoseAboveIt)
{
    file("proc/self/cgroup", "0::/job_7/step_0\n");
    file("sys/fs/cgroup/job_7/step_0/memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\noom_group_kill 0\n");
    EXPECT_EQ(kills_for_memory(root_.path()), 1);
    file("sys/fs/cgroup/job_7/memory.events", "low 0\noom_kill 4\n");
    EXPECT_EQ(kills_for_memory(root_.path()), 4) << "of the group whose limit it was";
    file("proc/vmstat", "nr_free_pages 7\noom_kill 99\n");
    EXPECT_EQ(kills_for_memory(root_.path()), 4) << "others' on the machine are none of ours";
}

TEST_F(KillsForMemory, OfTheMachineWhereGroupsDoNotCount)
{
    file("proc/self/cgroup", "0::/\n");
    file("proc/vmstat", "nr_free_pages 7\noom_kill 99\n");
    EXPECT_EQ(kills_for_memory(root_.path()), 99);
    file("sys/fs/cgroup/memory.events", "oom_kill 2\n");
    EXPECT_EQ(kills_for_memory(root_.path()), 2) << "in a container its own group is the root";
}

TEST_F(KillsForMemory, NothingCounts)
{
    EXPECT_EQ(kills_for_memory(root_.path()), 0);
}

}  // namespace
}  // namespace attnsweep::runner
