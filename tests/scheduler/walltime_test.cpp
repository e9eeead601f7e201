// A sweep on machines that are taken away again and again, by a job's time limit or by preemption.
#include <algorithm>
#include <map>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/virtual_clock.h"

namespace attnsweep::scheduler {
namespace {

constexpr double startup_s = 10, checkpoint_every_s = 600;

struct Job {
    double used_s = 0;
    int done = 0;
};

/// A sweep run in jobs of `walltime_s` on `slots` slots, until all is done. A trial goes on from its last checkpoint.
class Sweep {
public:
    Sweep(const std::vector<double>& durations_s, int slots, double walltime_s, bool begun_first)
        : slots_(slots), walltime_s_(walltime_s), begun_first_(begun_first)
    {
        for (const double duration_s : durations_s) {
            left_s_[std::to_string(left_s_.size())] = duration_s;
        }
        whole_s_ = left_s_;
    }

    std::vector<Job> run()
    {
        std::vector<Job> jobs;
        while (!left_s_.empty() && jobs.size() < 1000) {
            jobs.push_back(run_job());
        }
        EXPECT_TRUE(left_s_.empty());
        return jobs;
    }

private:
    Job run_job()
    {
        std::vector<PlannedTrial> trials;
        for (const auto& [id, left_s] : left_s_) {
            PlannedTrial& trial = trials.emplace_back();
            trial.id = id;
            trial.expected = left_s;
            trial.first_checkpoint_s = checkpoint_every_s;
            trial.is_begun = begun_first_ && left_s < whole_s_[id];
        }
        Job job;
        std::map<std::string, double> started_s;
        VirtualClock* driver = nullptr;
        VirtualClock clock(
            trials, {.ends_at_s = walltime_s_, .drain_s = 60, .startup_s = startup_s}, [&](const Action& action) {
                if (const auto* assign = std::get_if<Assign>(&action)) {
                    const std::string id = assign->assignment.trials.front();
                    started_s[id] = driver->now_s();
                    driver->plan(driver->now_s() + startup_s + left_s_[id], [&, id] {
                        if (started_s.erase(id) > 0) {
                            left_s_.erase(id);
                            ++job.done;
                            driver->tell(TrialEnded{id, 1, Ending::done, {}});
                            driver->tell(Committed{id, 1});
                        }
                    });
                } else if (std::holds_alternative<DrainTrials>(action)) {
                    for (const auto& [id, began_s] : std::exchange(started_s, {})) {
                        left_s_[id] -= std::max(driver->now_s() - began_s - startup_s, 0.0);
                        driver->plan(driver->now_s(),
                                     [&, id = id] { driver->tell(TrialEnded{id, 1, Ending::drained, {}}); });
                    }
                }
            });
        driver = &clock;
        clock.tell(RankJoined{0, "n", slots_, 0, {}});
        clock.run();
        job.used_s = clock.now_s();
        return job;
    }

    int slots_;
    double walltime_s_;
    bool begun_first_;
    std::map<std::string, double> left_s_, whole_s_;
};

double used_s(const std::vector<Job>& jobs)
{
    return std::accumulate(jobs.begin(), jobs.end(), 0.0, [](double sum, const Job& job) { return sum + job.used_s; });
}

/// As many trials of each of six configurations, from one to two hours.
std::vector<double> durations_s(int trials)
{
    std::vector<double> durations;
    durations.reserve(static_cast<std::size_t>(trials));
    for (int i = 0; i < trials; ++i) {
        durations.push_back(3600 * (1 + 0.2 * (i % 6)));
    }
    return durations;
}

TEST(Walltime, OfAFewTrialsLengthEachJobEndsTrialsAndTheSweepTakesNoLonger)
{
    const std::vector<double> trials = durations_s(144);
    for (const double walltime_s : {4 * 3600.0, 3 * 3600.0, 2 * 3600.0, 1800.0}) {
        for (const int slots : {2, 8}) {
            SCOPED_TRACE(std::to_string(walltime_s) + " s on " + std::to_string(slots));
            const std::vector<Job> jobs = Sweep(trials, slots, walltime_s, true).run(),
                                   longest_first = Sweep(trials, slots, walltime_s, false).run();
            EXPECT_LT(used_s(jobs), 1.01 * used_s(longest_first));
            // What a job can end on average, less what it only begins.
            const double a_job = walltime_s * slots / (1.5 * 3600);
            double done = 0;
            for (std::size_t i = 0; i + 1 < jobs.size(); ++i) {
                done += jobs[i].done;
                EXPECT_GE(done, (static_cast<double>(i) + 1) * a_job * 0.75 - 2.0 * slots) << "after job " << i + 1;
            }
        }
    }
}

TEST(Walltime, LongestFirstAloneWouldEndNothingForJobsOnEnd)
{
    // The control of the test above: half an hour each, trials of one to two hours.
    const std::vector<Job> jobs = Sweep(durations_s(144), 8, 1800, false).run();
    int without = 0;
    while (jobs[static_cast<std::size_t>(without)].done == 0) {
        ++without;
    }
    EXPECT_GT(without, 20);
    const std::vector<Job> begun_first = Sweep(durations_s(144), 8, 1800, true).run();
    EXPECT_GE(std::accumulate(begun_first.begin(), begun_first.begin() + 6, 0,
                              [](int sum, const Job& job) { return sum + job.done; }),
              8);
}

}  // namespace
}  // namespace attnsweep::scheduler
