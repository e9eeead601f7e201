#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runner/rank/messages.h"
#include "runner/rank/messenger.h"
#include "runner/rank/preflight_round.h"

namespace attnsweep::runner {

/// Runs the preflight on rank 0 and decides which nodes take part: sends Setup to every rank, has one rank of each node
/// inspect it, and when all have answered, or the time limit is over, tells the ranks of good nodes which device to use. Used
/// only on the loop's thread; the messenger outlives it.
class NodeAdmission {
public:
    struct Rules {
        bool leave_out_bad = false;   ///< leave out bad nodes if there are good ones; else a bad node stops the run
        bool preflight_only = false;  ///< do not tell any rank to use a device
        int devices_per_trial = 1;    ///< as the sweep's
    };

    struct Decision {
        std::string report;                   ///< the table of all nodes, for a person
        std::optional<NodeError> stop;        ///< why the run ends, if it does
        std::vector<std::string> left_out{};  ///< one line per node that takes no part
    };

    /// Sends `setup` to every rank. `now_s`, here and in decide(): seconds of one clock.
    NodeAdmission(Messenger& messenger, Setup setup, Rules rules, double now_s);

    void on(int from, const RankHello& hello);
    void on(int from, const NodeInspected& inspected);
    void on(int from, const NodeReady& ready);
    void rank_lost(int rank);

    /// Returns whether all ranks that were told to use a device have answered, or were lost.
    bool all_answered() const { return told_.empty(); }
    /// Returns whether ranks that have answered wait for the others: with "auto" devices, while fewer trials wait than there are free slots
    /// (on those, too), or the first would take the last trials; for at most a minute in all.
    bool holds_back(int trials, int free_slots, double now_s);
    /// Returns once, when that minute is over, a line that names the ranks that have not answered.
    std::optional<std::string> gave_up_on(double now_s);
    /// Returns once, when all_answered(), why the run ends if no node has as many devices as each trial takes.
    std::optional<NodeError> too_few_devices();

    /// Decides as soon as possible, and acts on the decision. Returns the decision once, nothing before and after.
    std::optional<Decision> decide(double now_s);

private:
    Messenger& messenger_;
    Setup setup_;
    Rules rules_;
    double asked_at_s_;
    PreflightRound round_;
    bool decided_ = false;
    std::set<int> told_;  ///< to use a device; they have not answered yet
    std::string largest_;
    int on_largest_ = 0;
    std::optional<double> holds_since_s_;
    bool said_who_is_late_ = false;
};

}  // namespace attnsweep::runner
