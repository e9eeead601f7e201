#include "runner/node/control_groups.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/durable_file.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

class GroupsBelow : public ::testing::Test {
protected:
    void file(const fs::path& path, const std::string& text)
    {
        fs::create_directories((root_ / path.string()).parent_path());
        files::write_durably(root_ / path.string(), text);
    }
    ControlGroups groups() const { return ControlGroups(root_.path()); }

    tests::TemporaryFolder root_;
};

TEST_F(GroupsBelow, Version2LimitsByTheGroupAndThoseAboveIt)
{
    file("proc/self/mountinfo",
         "24 1 8:1 / / rw - ext4 /dev/sda rw\n31 24 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n");
    file("proc/self/cgroup", "0::/job_7/step_0\n");
    EXPECT_EQ(groups().memory_left(), unlimited);
    EXPECT_EQ(groups().cores(), HUGE_VAL);
    EXPECT_EQ(groups().kills_for_memory(), -1);
    file("sys/fs/cgroup/job_7/step_0/memory.max", "max\n");
    file("sys/fs/cgroup/job_7/step_0/memory.current", "700\n");
    file("sys/fs/cgroup/job_7/step_0/cpu.max", "max 100000\n");
    file("sys/fs/cgroup/job_7/step_0/memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\noom_group_kill 0\n");
    EXPECT_EQ(groups().memory_left(), unlimited);
    EXPECT_EQ(groups().cores(), HUGE_VAL);
    EXPECT_EQ(groups().kills_for_memory(), 1);
    file("sys/fs/cgroup/job_7/memory.max", "1000\n");
    file("sys/fs/cgroup/job_7/memory.current", "800\n");
    file("sys/fs/cgroup/job_7/cpu.max", "150000 100000\n");
    file("sys/fs/cgroup/job_7/memory.events", "low 0\noom_kill 4\n");
    EXPECT_EQ(groups().memory_left(), 200);
    EXPECT_EQ(groups().cores(), 1.5);
    EXPECT_EQ(groups().kills_for_memory(), 4) << "of the group whose limit it was";
    file("sys/fs/cgroup/job_7/memory.stat",
         "anon 300\nfile 450\ninactive_file 300\nactive_file 150\nslab_reclaimable 40\n");
    EXPECT_EQ(groups().memory_left(), 1000 - (800 - 490)) << "the page cache is given back";
    file("sys/fs/cgroup/job_7/memory.high", "600\n");
    EXPECT_EQ(groups().memory_left(), 600 - (800 - 490)) << "above it the kernel slows the process down";
    file("sys/fs/cgroup/job_7/memory.max", "100\n");
    EXPECT_EQ(groups().memory_left(), 1) << "nothing is left, which is not the same as no limit";
}

TEST_F(GroupsBelow, Version1HasAHierarchyForEachController)
{
    file("proc/self/mountinfo", "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                                "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    file("proc/self/cgroup", "4:memory:/slurm/job_7\n1:cpu,cpuacct:/slurm/job_8\n0::/\n");
    file("sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes", "9223372036854771712\n");
    file("sys/fs/cgroup/memory/slurm/job_7/memory.usage_in_bytes", "700\n");
    file("sys/fs/cgroup/memory/slurm/job_7/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
    file("sys/fs/cgroup/cpu,cpuacct/slurm/job_8/cpu.cfs_quota_us", "-1\n");
    file("sys/fs/cgroup/cpu,cpuacct/slurm/job_8/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(groups().memory_left(), unlimited);
    EXPECT_EQ(groups().cores(), HUGE_VAL);
    EXPECT_EQ(groups().kills_for_memory(), 2);
    file("sys/fs/cgroup/memory/slurm/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
    EXPECT_EQ(groups().kills_for_memory(), 2) << "not those of other jobs";
    file("sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", "1000\n");
    file("sys/fs/cgroup/memory/slurm/memory.usage_in_bytes", "800\n");
    file("sys/fs/cgroup/memory/slurm/memory.stat", "inactive_file 1\ntotal_inactive_file 250\ntotal_active_file 50\n");
    file("sys/fs/cgroup/cpu,cpuacct/slurm/job_8/cpu.cfs_quota_us", "50000\n");
    EXPECT_EQ(groups().memory_left(), 500);
    EXPECT_EQ(groups().cores(), 0.5);
}

// Docker with version 1: /proc/self/cgroup has the host's name of the group, and the mount shows the group as its root.
TEST_F(GroupsBelow, AContainerSeesItsOwnGroupAsTheRoot)
{
    file("proc/self/mountinfo", "35 31 0:32 /docker/ab\\040c /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n");
    file("sys/fs/cgroup/memory/memory.usage_in_bytes", "400\n");
    for (const char* const own : {"4:memory:/docker/ab c\n", "4:memory:/elsewhere\n", "4:memory:/\n"}) {
        file("proc/self/cgroup", own);
        EXPECT_EQ(groups().memory_left(), 600) << own;
    }
}

TEST_F(GroupsBelow, AnothersGroupThatIsMountedTooIsNotOurs)
{
    file("proc/self/mountinfo", "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                "99 31 0:32 /docker/other /var/lib/other rw - cgroup cgroup rw,memory\n"
                                "98 31 0:32 /a\\b /odd\\ rw - cgroup cgroup rw,memory\n");
    file("proc/self/cgroup", "4:memory:/job\n");
    file("var/lib/other/memory.limit_in_bytes", "100\n");
    file("var/lib/other/memory.usage_in_bytes", "50\n");
    EXPECT_EQ(groups().memory_left(), unlimited);
}

TEST_F(GroupsBelow, NothingIsMounted)
{
    file("proc/self/cgroup", "0::/\n");
    EXPECT_EQ(groups().memory_left(), unlimited);
    EXPECT_EQ(groups().cores(), HUGE_VAL);
}

/// A real group of version 1, where this process may make one; removed at the end.
class RealGroup {
public:
    explicit RealGroup(const std::string& controller)
        : folder_(fs::path("/sys/fs/cgroup") / controller / ("attnsweep_test_" + std::to_string(::getpid())))
    {
        std::error_code error;
        exists_ = fs::create_directory(folder_, error);
    }
    ~RealGroup()
    {
        std::error_code error;
        fs::remove(folder_, error);
    }
    bool exists() const { return exists_; }
    /// Returns whether the kernel took the value.
    bool set(const char* file, const std::string& value) const
    {
        std::ofstream out(folder_ / file);
        return static_cast<bool>(out << value << std::flush);
    }

private:
    fs::path folder_;
    bool exists_ = false;
};

TEST(RealControlGroups, Version1IsSeenAndItsPageCacheIsFree)
{
    const RealGroup memory("memory"), cpu("cpu");
    constexpr std::int64_t limit = 300 << 20, written = 150 << 20;
    if (!memory.exists() || !memory.set("memory.limit_in_bytes", std::to_string(limit)) || !cpu.exists() ||
        !cpu.set("cpu.cfs_quota_us", "150000")) {
        GTEST_SKIP() << "no control groups of version 1 that this process may make";
    }
    const tests::TemporaryFolder folder;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const std::string self = std::to_string(::getpid());
        if (!memory.set("cgroup.procs", self) || !cpu.set("cgroup.procs", self)) {
            ::_exit(2);
        }
        {
            std::ofstream file(folder / "big");
            const std::string block(1 << 20, 'x');
            for (std::int64_t bytes = 0; bytes < written; bytes += 1 << 20) {
                file << block;
            }
        }
        const ControlGroups groups;
        const std::int64_t left = groups.memory_left();
        ::_exit((left > limit ? 4 : 0) + (left < limit - written / 2 ? 8 : 0) + (groups.cores() != 1.5 ? 16 : 0));
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0)
        << "2: not moved; 4: the limit is not seen; 8: the page cache counts as used; 16: the quota is not seen";
}

}  // namespace
}  // namespace attnsweep::runner
