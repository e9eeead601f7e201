// Rank 0's part before the first trial: what a node is asked, and what comes of the answers.
#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include <fmt/format.h>

#include "model/cost.h"
#include "runner/node/node.h"
#include "runner/planning/disk_need.h"
#include "runner/rank/coordinator.h"

namespace attnsweep::runner {

namespace {

// Loading libtorch from a slow file system takes its time; a node that hangs must not hold the others for ever.
constexpr double preflight_limit_s = 120;

double epoch_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void Coordinator::ask_nodes()
{
    const Setup asked = setup();
    round_ = PreflightRound(messenger_.size(), epoch_s());
    asked_at_s_ = now_s();
    for (int rank = 0; rank < messenger_.size(); ++rank) {
        send(rank, asked);
    }
}

Setup Coordinator::setup() const
{
    Setup setup;
    setup.device = sweep_.execution.device;
    setup.threads = sweep_.execution.threads;
    setup.slots = options_.slots;
    setup.slots_per_device = sweep_.execution.slots_per_device;
    setup.grace_s = options_.grace_s;
    setup.hang_after_s = options_.hang_after_s.value_or(sweep_.execution.hang_after_s);
    setup.data = std::filesystem::absolute(options_.data).string();
    std::set<std::string> digests;
    std::map<std::string, model::Cost> costs;  // repeats cost the same
    for (const auto& [id, view] : trials_) {
        const configs::Trial& trial = *view.trial;
        digests.insert(trial.spec.data_set.digest);
        auto cost = costs.find(trial.configuration);
        if (cost == costs.end()) {
            cost = costs.emplace(trial.configuration, model::cost_of(trial.spec)).first;
        }
        setup.trial_memory_bytes = std::max(setup.trial_memory_bytes, cost->second.peak_memory_bytes);
        setup.kept_bytes += kept_bytes(cost->second, sweep_.execution.keep);
        setup.running_bytes = std::max(setup.running_bytes, running_bytes(cost->second));
    }
    setup.data_digests.assign(digests.begin(), digests.end());
    setup.store_folder = store_folder_.string();
    setup.store_holder = host_name();
    return setup;
}

void Coordinator::on(int from, const RankHello& hello)
{
    if (round_.hello(from, hello.node, hello.clock_s, epoch_s())) {
        send(from, Inspect{});
    }
}

void Coordinator::on(int from, const NodeInspected& inspected)
{
    round_.inspected(from, inspected.checks);
}

void Coordinator::look_at_preflight()
{
    if (looked_) {
        return;
    }
    if (now_s() - asked_at_s_ > preflight_limit_s) {
        round_.give_up(preflight_limit_s);
    }
    if (!round_.complete()) {
        return;
    }
    looked_ = true;
    const std::vector<NodeReport> reports = round_.reports();
    progress_.clear();
    std::fputs(preflight_text(reports).c_str(), stdout);
    std::fflush(stdout);
    const NodeReport* worst = nullptr;
    std::size_t bad = 0;
    for (const NodeReport& report : reports) {
        if (report.bad()) {
            ++bad;
            if (!worst) {
                worst = &report;
            }
        }
    }
    const bool stops = bad > 0 && (bad == reports.size() || options_.on_bad_node == "stop");
    if (stops) {
        const Check& check = *worst->bad();
        const bool others = bad < reports.size();
        fail(check.exit_code, fmt::format("{}: {}: {}{}{}", worst->node, check.subject, check.wrong,
                                          check.remedy.empty() ? "" : "; " + check.remedy,
                                          others ? " (or go on without it: --on-bad-node leave-out)" : ""));
    } else if (options_.preflight_only) {
        end(exit_done);
    } else {
        for (const NodeReport& report : reports) {
            if (report.bad()) {
                progress_.say(fmt::format("{} is left out: {}", report.node, report.bad()->wrong));
            } else {
                for (const int rank : round_.ranks_of(report.node)) {
                    send(rank, UseDevice{usable_device(sweep_.execution.device, report)});
                }
            }
        }
    }
}

}  // namespace attnsweep::runner
