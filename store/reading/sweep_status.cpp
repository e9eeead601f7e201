#include "store/reading/sweep_status.h"

#include <sstream>

#include "configs/failure_policy.h"
#include "store/connection.h"

namespace attnsweep::store {

configs::FailureCounts failure_counts(const std::string& kinds)
{
    configs::FailureCounts counts;
    std::istringstream words(kinds);
    for (std::string word; std::getline(words, word, ',');) {
        ++counts[configs::failure_kind(word)];
    }
    return counts;
}

void read_sweep_status(const Store& store, const SweepEntry& sweep,
                       const std::function<void(const TrialStatus&)>& taken)
{
    Connection& connection = store.connection();
    connection.translate([&] {
        const auto select = connection.statement(R"(
            SELECT label, max_epochs, done_attempt_id IS NOT NULL, attempts.number, attempts.outcome, attempts.host,
                   attempts.device, attempts.started_at, attempts.epochs, attempts.failure_kind, attempts.failure_message,
                   attempts.failure_signal, attempts.folder, trials.trial_id,
                   (SELECT group_concat(failure_kind) FROM attempts AS failed
                    WHERE failed.trial_id = trials.trial_id AND attempts.outcome = 'failed' AND failed.outcome = 'failed')
            FROM revision_trials JOIN trials USING (trial_id)
            LEFT JOIN attempts ON attempts.attempt_id = (SELECT attempt_id FROM attempts AS newest
                WHERE newest.trial_id = trials.trial_id ORDER BY newest.number DESC LIMIT 1)
            WHERE revision_id = ? ORDER BY position)");
        select->bind(1, sweep.revision_id);
        while (select->executeStep()) {
            const auto text = [&](int column) { return select->getColumn(column).getString(); };
            const auto number = [&](int column) { return select->getColumn(column).getInt(); };
            TrialStatus status{text(13), text(0), number(1), number(2) != 0, std::nullopt};
            if (!select->isColumnNull(3)) {
                status.newest = NewestAttempt{number(3),
                                              text(4),
                                              text(5),
                                              text(6),
                                              text(7),
                                              number(8),
                                              {configs::failure_kind(text(9)), text(10), number(11)},
                                              text(12)};
                status.newest->is_tried_again =
                    status.newest->outcome == "failed" &&
                    configs::tried_again(failure_counts(text(14)), status.newest->failure.kind);
            }
            taken(status);
        }
    });
}

}  // namespace attnsweep::store
