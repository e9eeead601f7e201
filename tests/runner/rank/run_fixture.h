#pragma once

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/sweep.h"
#include "store/store.h"
#include "tests/end_to_end/program.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {

/// A data set (its description alone), a sweep of stft-r0, stft-r25, cqt-r0, cqt-r25 with two repeats each, and a stand-in
/// for the trial program.
class RunFixture : public ::testing::Test {
public:
    RunFixture();
    ~RunFixture() override;

    /// The command line: `ranks` 0 is without mpirun. `stand_in` says what trials do (stand_in_trial.cpp).
    std::string line(int ranks, const std::string& stand_in = "", const std::string& more = "") const;
    std::filesystem::path store() const { return folder_ / "results.db"; }
    std::filesystem::path store_folder() const { return folder_ / "results.db.d"; }
    configs::Sweep sweep() const;

    /// By label.
    std::map<std::string, store::TrialState> states() const;
    int count(store::Status status) const;
    std::filesystem::path attempt_folder(const std::string& label, int attempt) const;
    std::string log_of(const std::string& label, int attempt = 1) const;
    bool pending_is_empty() const;
    /// The one process that runs attnsweep-run (alone, or rank 0's launcher) under `started`.
    static std::vector<pid_t> processes_named(const std::string& name, const std::string& argument);
    std::vector<pid_t> ranks() const { return processes_named("attnsweep-run", folder_.path().string()); }

    TemporaryFolder folder_;
    std::string mpirun_options_;
};

/// True once `condition` holds; false after `limit`.
template <class Condition> bool soon(Condition condition, std::chrono::seconds limit = std::chrono::seconds(60))
{
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= until) {
            return false;
        }
        ::usleep(5000);
    }
    return true;
}

}  // namespace attnsweep::tests
