// Files of a store cut short at each of their last 4,096 bytes: it opens, or says by name what is damaged and how to go on, and loses
// nothing that was acknowledged. Sampled, unless ATTNSWEEP_FAULTS=long.
#include <cstdlib>

#include "runner/planning/expected_duration.h"
#include "runner/planning/remaining_trials.h"
#include "scheduler/trial_queue.h"
#include "store/pending.h"
#include "tests/runner/rank/run_fixture.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// How many bytes to cut off a file of `size`.
std::vector<std::uintmax_t> cuts_of(std::uintmax_t size)
{
    constexpr std::uintmax_t last = 4096;
    const char* form = std::getenv("ATTNSWEEP_FAULTS");
    const std::uintmax_t step = form != nullptr && std::string(form) == "long" ? 1 : 97;
    std::vector<std::uintmax_t> cuts;
    for (std::uintmax_t cut = 1; cut <= std::min(last, size); cut += cut < 5 ? 1 : step) {
        cuts.push_back(cut);
    }
    if (size > last) {
        cuts.push_back(last);
    }
    return cuts;
}

class Truncated : public RunFixture {
protected:
    /// A sweep whose rank died between a result and its commit: some are acknowledged, one waits, some are left.
    void SetUp() override
    {
        const std::vector<std::string> labels = in_order();
        // A slow one before the last, so that the commits of the others are not still waiting for the disk.
        killed_with_ = labels.at(3);
        const Ended died = run(line(0, labels.at(2) + "=slow," + labels.at(3) + "=kill-rank", "--slots 1"));
        ASSERT_EQ(died.code, 128 + SIGKILL) << died.output;
        for (const auto& [label, state] : states()) {
            if (state.status == store::Status::done) {
                acknowledged_.push_back(label);
            }
        }
        ASSERT_GE(acknowledged_.size(), 2u);
        fs::rename(store(), folder_ / "whole.db");
        for (const char* end : {"-wal", "-shm", ".d"}) {
            if (fs::exists(store().string() + end)) {
                fs::rename(store().string() + end, folder_ / ("whole.db" + std::string(end)));
            }
        }
    }

    /// The labels in the order in which a run with one slot starts them.
    std::vector<std::string> in_order() const
    {
        const configs::Sweep all = sweep();
        store::Store scratch = store::Store::open_to_write(folder_ / "order.db");
        scratch.record_sweep(all);
        const auto left =
            runner::remaining_trials(all, scratch, runner::DurationModel(all, configs::DeviceKind::cpu), false).left;
        scheduler::TrialQueue queue;
        for (std::size_t i = 0; i < left.size(); ++i) {
            queue.add(left[i].expected);
            queue.enqueue(i);
        }
        std::vector<std::string> labels;
        for (const scheduler::TrialQueue::Entry& each : queue) {
            labels.push_back(configs::find_trial(all, left[each.trial].id).label);
        }
        return labels;
    }

    void put_back()
    {
        for (const char* end : {"", "-wal", "-shm", ".d"}) {
            const fs::path to = store().string() + end, from = (folder_ / "whole.db").string() + end;
            fs::remove_all(to);
            if (fs::exists(from)) {
                fs::copy(from, to, fs::copy_options::recursive);
            }
        }
    }

    /// What a run does first (Coordinator::prepare). -> the labels it takes for done.
    std::vector<std::string> start(bool new_store = false)
    {
        const configs::Sweep all = sweep();
        store::Store opened = store::Store::open_to_write(store());
        opened.record_sweep(all);
        taken_ = new_store ? store::import_attempt_folders(opened) : store::import_pending(opened);
        opened.interrupt_open_attempts("2024-01-01T00:00:00Z");
        runner::remaining_trials(all, opened, runner::DurationModel(all, configs::DeviceKind::cpu), false);
        std::vector<std::string> done;
        for (const auto& [label, state] : states()) {
            if (state.status == store::Status::done) {
                done.push_back(label);
            }
        }
        return done;
    }

    void expect_nothing_lost(const std::vector<std::string>& done, std::uintmax_t cut)
    {
        for (const std::string& label : acknowledged_) {
            EXPECT_THAT(done, ::testing::Contains(label)) << "lost by cutting off " << cut << " bytes";
        }
    }

    /// Of a damaged store: moved aside, as its message says, it is made anew from the files.
    void expect_told_and_made_anew(const std::exception& error, std::uintmax_t cut)
    {
        EXPECT_THAT(error.what(), HasSubstr(store().string())) << cut;
        EXPECT_THAT(error.what(), HasSubstr("move the store aside")) << cut;
        for (const char* end : {"", "-wal", "-shm"}) {
            fs::remove(store().string() + end);
        }
        expect_nothing_lost(start(true), cut);
        ++damaged_;
    }

    void cut_store_file(const std::string& end)
    {
        const std::uintmax_t size = fs::file_size((folder_ / "whole.db").string() + end);
        for (const std::uintmax_t cut : cuts_of(size)) {
            put_back();
            fs::resize_file(store().string() + end, size - cut);
            try {
                expect_nothing_lost(start(), cut);
            } catch (const store::Error& error) {
                expect_told_and_made_anew(error, cut);
            }
            if (HasFailure()) {
                return;
            }
        }
    }

    std::string killed_with_;  ///< the trial whose result waited when its rank died
    std::vector<std::string> acknowledged_;
    store::ImportReport taken_;
    int damaged_ = 0;
};

TEST_F(Truncated, TheLog)
{
    ASSERT_TRUE(fs::exists(folder_ / "whole.db-wal"));
    cut_store_file("-wal");
    EXPECT_EQ(damaged_, 0) << "a log cut short ends with its last whole transaction";
}

TEST_F(Truncated, TheStoreOfAKilledRun)
{
    cut_store_file("");
}

TEST_F(Truncated, TheStoreOfARunThatEnded)
{
    put_back();
    ASSERT_EQ(run(line(0)).code, 0);
    fs::remove_all(folder_ / "whole.db.d");
    for (const char* end : {"-wal", "-shm"}) {
        fs::remove((folder_ / "whole.db").string() + end);
    }
    fs::copy_file(store(), folder_ / "whole.db", fs::copy_options::overwrite_existing);
    fs::copy(store_folder(), folder_ / "whole.db.d", fs::copy_options::recursive);
    acknowledged_.clear();
    for (const auto& [label, state] : states()) {
        acknowledged_.push_back(label);
    }
    cut_store_file("");
    EXPECT_GT(damaged_, 0) << "no cut was noticed";
}

TEST_F(Truncated, AResultThatWaits)
{
    const fs::path pending = folder_ / "whole.db.d" / "pending";
    const std::string name = configs::find_trial(sweep(), killed_with_).id + ".json";
    // One, or two where the trial before it had not been acknowledged either.
    const auto waiting = static_cast<std::size_t>(std::distance(fs::directory_iterator(pending), {}));
    const std::uintmax_t size = fs::file_size(pending / name);
    for (const std::uintmax_t cut : cuts_of(size)) {
        put_back();
        fs::resize_file(store_folder() / "pending" / name, size - cut);
        const auto done = start();
        expect_nothing_lost(done, cut);
        EXPECT_THAT(done, ::testing::Contains(killed_with_)) << "its own copy beside the trial is whole";
        if (taken_.damaged.size() == 1) {
            EXPECT_THAT(taken_.damaged.front().file.filename().string(), HasSubstr(name));
        } else {
            EXPECT_EQ(taken_.committed.size(), waiting) << cut;
        }
    }
}

TEST_F(Truncated, AResultBesideItsTrial)
{
    const fs::path result = attempt_folder(killed_with_, 1).lexically_relative(store_folder()) / "result.json";
    const std::uintmax_t size = fs::file_size(folder_ / "whole.db.d" / result);
    for (const std::uintmax_t cut : cuts_of(size)) {
        put_back();
        fs::resize_file(store_folder() / result, size - cut);
        const auto done = start();
        expect_nothing_lost(done, cut);
        EXPECT_THAT(done, ::testing::Contains(killed_with_)) << "its copy in pending/ is whole";
    }
}

TEST_F(Truncated, AResultThatTheStoreIsMadeAnewFrom)
{
    const std::string label = acknowledged_.front();
    const fs::path result = attempt_folder(label, 1).lexically_relative(store_folder()) / "result.json";
    const std::uintmax_t size = fs::file_size(folder_ / "whole.db.d" / result);
    const auto made_anew = [this, &result](std::uintmax_t kept) {
        put_back();
        fs::resize_file(store_folder() / result, kept);
        for (const char* end : {"", "-wal", "-shm"}) {
            fs::remove(store().string() + end);
        }
        return start(true);
    };
    // More than was acknowledged: what ended while the rank died has left its result too.
    const std::vector<std::string> all = made_anew(size);
    expect_nothing_lost(all, 0);
    EXPECT_THAT(all, ::testing::Contains(killed_with_)) << "its result waits";
    std::vector<std::string> others = all;
    std::erase(others, label);
    for (const std::uintmax_t cut : cuts_of(size)) {
        const auto done = made_anew(size - cut);
        const bool whole = done.size() == all.size();
        EXPECT_EQ(done, whole ? all : others) << cut;
        EXPECT_EQ(taken_.damaged.size(), whole ? 0u : 1u) << "a damaged one is named";
    }
}

}  // namespace
}  // namespace attnsweep::tests
