#include "runner/node/trial_process.h"

#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/durable_file.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

std::vector<int> cores_of_this_thread()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof set, &set);
    std::vector<int> cores;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(static_cast<std::size_t>(core), &set)) {
            cores.push_back(core);
        }
    }
    return cores;
}

/// What a trial started by this thread says its cores are, as /proc does.
std::string cores_of_trial(const tests::TemporaryFolder& folder, const std::vector<int>& cores)
{
    static int attempt = 0;
    TrialStart start;
    start.program = folder / "trial";
    start.cores = cores;
    start.order.attempt = ++attempt;
    start.order.attempt_folder = folder / ("attempt-" + std::to_string(attempt));
    const TrialProcess process = start_trial(start);
    ::waitpid(process.pid, nullptr, 0);
    ::close(process.events);
    const std::string log = files::read_file(start.order.attempt_folder / "log.txt");
    return log.substr(log.find('\t') + 1, log.find('\n') - log.find('\t') - 1);
}

TEST(TrialProcess, SeesItsGpusInOrder)
{
    std::signal(SIGPIPE, SIG_IGN);
    const tests::TemporaryFolder folder;
    std::ofstream(folder / "trial") << "#!/bin/sh\necho \"sees $CUDA_VISIBLE_DEVICES.\"\n";
    std::filesystem::permissions(folder / "trial", std::filesystem::perms::owner_all);
    TrialStart start;
    start.program = folder / "trial";
    start.gpus = {"GPU-b", "GPU-a"};
    start.order.attempt_folder = folder / "attempt";
    const TrialProcess process = start_trial(start);
    ::waitpid(process.pid, nullptr, 0);
    ::close(process.events);
    EXPECT_EQ(files::read_file(folder / "attempt/log.txt"), "sees GPU-b,GPU-a.\n");
}

TEST(TrialProcess, HasThePlacesCoresAndOneWithoutHasThoseItsThreadHadAtFirst)
{
    const std::vector<int> all = cores_of_this_thread();
    if (all.size() < 2) {
        GTEST_SKIP() << "one core";
    }
    std::signal(SIGPIPE, SIG_IGN);  // as the rank does: a trial may end before it has read its order
    const tests::TemporaryFolder folder;
    std::ofstream(folder / "trial") << "#!/bin/sh\ngrep Cpus_allowed_list /proc/self/status\n";
    std::filesystem::permissions(folder / "trial", std::filesystem::perms::owner_all);
    std::vector<std::string> seen;
    std::thread starter([&] {
        for (const auto& cores :
             std::vector<std::vector<int>>{{}, {all[0]}, {all[0]}, {all[1]}, {}, {all[1]}, {CPU_SETSIZE}}) {
            seen.push_back(cores_of_trial(folder, cores));
        }
    });
    starter.join();
    const std::string first = std::to_string(all[0]), second = std::to_string(all[1]);
    ASSERT_EQ(seen.size(), 7u);
    EXPECT_EQ(seen[1], first);
    EXPECT_EQ(seen[2], first);
    EXPECT_EQ(seen[3], second);
    EXPECT_EQ(seen[4], seen[0]) << "bound as the trial before it";
    EXPECT_EQ(seen[6], seen[0]) << "a core that is not there was refused: unbound";
    EXPECT_NE(seen[0], first);
    EXPECT_EQ(cores_of_this_thread(), all) << "another thread's cores changed";
}

}  // namespace
}  // namespace attnsweep::runner
