#include "runner/rank/node_admission.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runner/error.h"
#include "runner/planning/run_refusals.h"

namespace attnsweep::runner {

namespace {

// Longer than the trial program may take to answer, twice where each GPU is asked alone; a node that hangs must not block the others for
// ever.
constexpr double limit_s = 660;

// A rank that was told which device to use answers within seconds.
constexpr double longest_hold_s = 60;

double since_epoch_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

NodeError stop_for(const NodeReport& worst, bool others_are_good)
{
    const Check& check = *worst.bad();
    return {check.exit_code, fmt::format("{}: {}: {}{}{}", worst.node, check.subject, check.wrong,
                                         check.remedy.empty() ? "" : "; " + check.remedy,
                                         others_are_good ? " (or run without it: --on-bad-node leave-out)" : "")};
}

}  // namespace

NodeAdmission::NodeAdmission(Messenger& messenger, Setup setup, Rules rules, double now_s)
    : messenger_(messenger), setup_(std::move(setup)), rules_(rules), asked_at_s_(now_s),
      round_(messenger.size(), since_epoch_s())
{
    for (int rank = 0; rank < messenger_.size(); ++rank) {
        messenger_.send_to_rank(rank, setup_);
    }
}

void NodeAdmission::on(int from, const RankHello& hello)
{
    if (round_.hello(from, hello.node, hello.gpus, hello.clock_s, since_epoch_s())) {
        messenger_.send_to_rank(from, Inspect{});
    }
}

void NodeAdmission::on(int from, const NodeInspected& inspected)
{
    round_.inspected(from, inspected.checks, inspected.gpus);
}

void NodeAdmission::on(int from, const NodeReady& ready)
{
    const int devices = most_devices_together(ready);
    if (devices > on_largest_) {
        largest_ = ready.node;
        on_largest_ = devices;
    }
    told_.erase(from);
}

bool NodeAdmission::holds_back(int trials, int free_slots, double now_s)
{
    if (rules_.devices_per_trial != 0 || all_answered() || trials >= free_slots) {
        return false;
    }
    if (!holds_since_s_) {
        holds_since_s_ = now_s;
    }
    return now_s - *holds_since_s_ < longest_hold_s;
}

std::optional<std::string> NodeAdmission::gave_up_on(double now_s)
{
    if (all_answered() || !holds_since_s_ || now_s - *holds_since_s_ < longest_hold_s || said_who_is_late_) {
        return std::nullopt;
    }
    said_who_is_late_ = true;
    return fmt::format("rank{} {} {} not answered; waited {:.0f} s: trials start on the devices there are "
                       "(execution.devices_per_trial = \"auto\")",
                       told_.size() == 1 ? "" : "s", fmt::join(told_, ", "), told_.size() == 1 ? "has" : "have",
                       longest_hold_s);
}

std::optional<NodeError> NodeAdmission::too_few_devices()
{
    if (!all_answered() || on_largest_ == 0) {
        return std::nullopt;
    }
    try {
        refuse_too_few_devices(rules_.devices_per_trial, std::exchange(on_largest_, 0), largest_);
    } catch (const Error& error) {
        return NodeError{error.exit_code(), error.what()};
    }
    return std::nullopt;
}

void NodeAdmission::rank_lost(int rank)
{
    told_.erase(rank);
    if (const auto next = round_.lost(rank)) {
        messenger_.send_to_rank(*next, Inspect{});
    }
}

std::optional<NodeAdmission::Decision> NodeAdmission::decide(double now_s)
{
    if (decided_) {
        return std::nullopt;
    }
    if (now_s - asked_at_s_ > limit_s) {
        round_.give_up(limit_s);
    }
    if (!round_.complete()) {
        return std::nullopt;
    }
    decided_ = true;
    const std::vector<PreflightRound::Inspected> nodes = round_.nodes();
    std::vector<NodeReport> reports;
    for (const PreflightRound::Inspected& node : nodes) {
        if (node.left_out.empty()) {
            reports.push_back(node.report);
        }
    }
    Decision decision{preflight_text(reports), std::nullopt};
    std::size_t bad = 0;
    const NodeReport* worst = nullptr;
    for (const NodeReport& report : reports) {
        if (report.bad()) {
            ++bad;
            worst = worst ? worst : &report;
        }
    }
    if (worst && (bad == reports.size() || !rules_.leave_out_bad)) {
        decision.stop = stop_for(*worst, bad < reports.size());
        return decision;
    }
    if (rules_.preflight_only) {
        return decision;
    }
    for (const auto& [report, ranks, part, parts, left_out] : nodes) {
        if (!left_out.empty() || report.bad()) {
            decision.left_out.push_back(
                fmt::format("{} is left out: {}", report.node, left_out.empty() ? report.bad()->wrong : left_out));
            continue;
        }
        for (const int rank : ranks) {
            told_.insert(rank);
            messenger_.send_to_rank(
                rank, UseDevice{usable_device(setup_.device, report), report.gpus, report.node, part, parts});
        }
    }
    return decision;
}

}  // namespace attnsweep::runner
