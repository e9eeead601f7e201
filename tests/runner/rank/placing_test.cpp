// Where trials run: their cores, session, environment; virtual nodes.
#include "tests/runner/rank/run_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "tests/paths.h"

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string cores_in(const std::string& log)
{
    const std::size_t begin = log.find("cores"), end = log.find(';');
    return begin == std::string::npos ? "" : log.substr(begin, end - begin);
}

class Placing : public RunFixture, public ::testing::WithParamInterface<int> {};

TEST_P(Placing, ATrialHasItsOwnCoresSessionAndNoneOfTheLaunchersVariables)
{
    const Ended ended =
        run(line(GetParam(), "*=slow", "--threads 1 --slots 2 --set sweep.repeats=1 --set training.max_epochs=1"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    std::set<std::string> cores;
    for (const char* label : {"stft-r0-s1", "stft-r25-s1", "cqt-r0-s1", "cqt-r25-s1"}) {
        const auto matches = [&](const std::string& id) {
            return contents(store_folder() / "trials" / id / "attempt-1/log.txt");
        };
        const configs::Sweep all = configs::read_sweep(folder_ / "sweep.toml", {"training.max_epochs=1"}, sweep().data);
        const std::string log = matches(configs::find_trial(all, label).id);
        EXPECT_THAT(log, HasSubstr("session 1; threads 1; launcher unseen; device cpu")) << label;
        EXPECT_THAT(log, HasSubstr("glibc.malloc.hugetlb=1")) << label;
        cores.insert(cores_in(log));
    }
    const std::size_t expected = std::thread::hardware_concurrency() >= 2 ? 2 : 1;
    EXPECT_EQ(cores.size(), expected) << "two slots, each with a core of its own, whatever mpirun bound";
}

INSTANTIATE_TEST_SUITE_P(Ranks, Placing, ::testing::Values(0, 1, 2),
                         [](const auto& parameter) { return std::to_string(parameter.param); });

TEST_P(Placing, ATrialOnTwoSlotsHasTheCoresOfBothAndIsTold)
{
    const Ended ended = run(
        line(GetParam(), "*=slow", "--threads 1 --slots 4 --set execution.devices_per_trial=2 --set sweep.repeats=1"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(store::Status::done), 4);
    EXPECT_THAT(ended.output, HasSubstr(" slots 0, 1"));
    EXPECT_THAT(ended.output, HasSubstr(" slots 2, 3"));
    for (const char* label : {"stft-r0-s1", "stft-r25-s1", "cqt-r0-s1", "cqt-r25-s1"}) {
        const std::string log = log_of(label);
        EXPECT_THAT(log, HasSubstr("threads 1;")) << "of each replica";
        EXPECT_THAT(log, HasSubstr("; replicas 2")) << label;
        const std::string cores = cores_in(log);
        EXPECT_EQ(std::count(cores.begin(), cores.end(), ' '), std::thread::hardware_concurrency() >= 2 ? 2 : 1);
    }
}

TEST_P(Placing, WithAutomaticDevicesTheLastTrialsGetSeveral)
{
    const Ended ended =
        run(line(GetParam(), "*=slow", "--slots 4 --set execution.devices_per_trial=auto --only 'cqt-r0'"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(store::Status::done), 2);
    for (const char* label : {"cqt-r0-s1", "cqt-r0-s2"}) {
        EXPECT_THAT(log_of(label), HasSubstr("; replicas 2")) << ended.output;
    }
    EXPECT_THAT(run(line(GetParam(), "", "--slots 4 --set execution.devices_per_trial=auto")).output,
                HasSubstr("cqt-r25-s2 done"));
    int on_one = 0;
    for (const char* label : {"stft-r0-s1", "stft-r0-s2", "stft-r25-s1", "stft-r25-s2", "cqt-r25-s1", "cqt-r25-s2"}) {
        on_one += log_of(label).find("; replicas 1") != std::string::npos ? 1 : 0;
    }
    EXPECT_GE(on_one, 4) << "of six for four slots the first four";
}

TEST_P(Placing, MoreDevicesThanTheLargestNodeHasAreRefused)
{
    const Ended ended = run(line(GetParam(), "", "--slots 2 --set execution.devices_per_trial=3"));
    EXPECT_EQ(ended.code, 6) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("execution.devices_per_trial = 3, but the largest node"));
    EXPECT_THAT(ended.output, HasSubstr("expected at most 2"));
    EXPECT_THAT(ended.output, Not(HasSubstr("begins on")));
}

TEST_F(RunFixture, RanksThatMpirunBoundToACoreEachGiveTheirTrialsOthers)
{
    std::string bound = line(2, "*=slow", "--threads 1 --slots 2 --set sweep.repeats=1");
    const std::string option = "--oversubscribe";
    bound.replace(bound.find(option), option.size(), "--bind-to core");
    const Ended ended = run(bound);
    if (ended.output.find("begins") == std::string::npos) {
        GTEST_SKIP() << "mpirun cannot bind here: " << ended.output;
    }
    ASSERT_EQ(ended.code, 0) << ended.output;
    std::set<std::string> cores;
    for (const char* label : {"stft-r0-s1", "stft-r25-s1", "cqt-r0-s1", "cqt-r25-s1"}) {
        cores.insert(cores_in(log_of(label)));
    }
    EXPECT_EQ(cores.size(), std::thread::hardware_concurrency() >= 2 ? 2u : 1u);
}

TEST_F(RunFixture, SeveralVirtualNodesOnOneMachine)
{
    const Ended ended = run("export ATTNSWEEP_VIRTUAL_NODE=2; " + line(4, "stft-r25-s1=slow", "--slots 1"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("#0: 1 slot"));
    EXPECT_THAT(ended.output, HasSubstr("#1: 1 slot"));
    EXPECT_THAT(ended.output, Not(HasSubstr("#2")));
    EXPECT_THAT(ended.output, HasSubstr("#1 slot 0"));
    EXPECT_EQ(count(store::Status::done), 8);
}

TEST_F(RunFixture, TwoHostsRunOneSweep)
{
    mpirun_options_ = two_hosts(folder_.path());
    if (mpirun_options_.empty()) {
        GTEST_SKIP() << "unshare --uts is not permitted here";
    }
    const Ended ended = run(settings_of_env_sh() + line(4, "*=slow", "--slots 1"));
    if (ended.output.find("--prtemca") != std::string::npos) {
        GTEST_SKIP() << "this mpirun is not Open MPI 5's: " << ended.output;
    }
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(store::Status::done), 8);
    std::set<std::string> hosts;
    SQLite::Database database(store().string());
    SQLite::Statement select(database, "SELECT host, count(*) FROM attempts GROUP BY host");
    while (select.executeStep()) {
        hosts.insert(select.getColumn(0).getString());
        EXPECT_GT(select.getColumn(1).getInt(), 1);
    }
    EXPECT_THAT(hosts, ::testing::ElementsAre("node1", "node2"));
}

}  // namespace
}  // namespace attnsweep::tests
