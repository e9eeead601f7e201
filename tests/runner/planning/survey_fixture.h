#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "configs/sweep.h"
#include "files/durable_file.h"
#include "store/store.h"
#include "tests/configs/sweep_folder.h"
#include "tests/paths.h"

namespace attnsweep::runner {

/// The paper's sweep in a store of its own, and attempts at its first trial.
class SurveyFixture : public ::testing::Test {
protected:
    SurveyFixture() : store_(store::Store::open_to_write(folder_.path() / "results.db"))
    {
        store_.record_sweep(sweep_);
    }

    const configs::Trial& trial() const { return sweep_.trials.front(); }
    void begin(int attempt = 1)
    {
        store_.begin_attempt(trial().id, attempt, "a-node", "cpu", "2024-01-01T00:00:00Z");
        std::filesystem::create_directories(attempt_folder(attempt));
    }
    void end(store::NoResult reason, int attempt = 1)
    {
        store_.end_attempt(trial().id, attempt, reason, "2024-01-01T00:10:00Z");
    }
    std::filesystem::path attempt_folder(int attempt = 1) const { return store_.attempt_folder(trial().id, attempt); }
    void checkpoint(const std::string& name, int attempt = 1) const
    {
        files::write_checked(attempt_folder(attempt) / name, "weights");
    }
    void damage(const std::string& name) const { std::ofstream(attempt_folder() / name) << "half a file"; }

    /// A failed attempt, as a rank leaves it: a file and a row.
    void fail(const std::string& kind, int attempt = 1, bool is_in_store = true)
    {
        begin(attempt);
        configs::TrialResult result;
        result.trial_id = trial().id;
        result.attempt = attempt;
        result.outcome = configs::Outcome::failed;
        result.failure = {configs::failure_kind(kind), "went wrong", kind == "signal" ? 9 : 0};
        files::write_durably(attempt_folder(attempt) / "result.json", nlohmann::json(result).dump());
        if (is_in_store) {
            store_.commit(result);
        }
    }
    /// A success, as a rank leaves it before anybody has imported it.
    void succeed_on_disk(int attempt = 1) const
    {
        configs::TrialResult result;
        result.trial_id = trial().id;
        result.attempt = attempt;
        result.classes = {"a"};
        result.last.confusion = result.best.confusion = {{1}};
        files::write_durably(attempt_folder(attempt) / "result.json", nlohmann::json(result).dump());
    }

    tests::SweepFolder folder_;
    configs::Sweep sweep_ = configs::read_sweep(std::string(attnsweep::tests::paths::source) + "/configs/paper.toml",
                                                {}, tests::paper_data_set());
    store::Store store_;
};

}  // namespace attnsweep::runner
