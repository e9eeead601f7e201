#include "store/reading/predictions.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "configs/shell_word.h"
#include "store/connection.h"

namespace attnsweep::store {

std::optional<TestPredictions> read_predictions(const Store& store, const std::string& trial_id, Weights weights)
{
    Connection& connection = store.connection();
    return connection.translate([&]() -> std::optional<TestPredictions> {
        const auto select = connection.statement(
            "SELECT split_digest, classes, test_set, CASE ?2 WHEN 'best' THEN coalesce(best, last) ELSE last END "
            "FROM trials JOIN attempts ON attempt_id = done_attempt_id JOIN predictions USING (attempt_id) "
            "JOIN splits USING (split_digest) WHERE trials.trial_id = ?1 AND test_set IS NOT NULL");
        select->bind(1, trial_id);
        select->bind(2, to_string(weights));
        if (!select->executeStep()) {
            return std::nullopt;
        }
        try {
            TestPredictions predictions;
            predictions.split_digest = select->getColumn(0).getString();
            predictions.classes =
                nlohmann::json::parse(select->getColumn(1).getString()).get<std::vector<std::string>>();
            predictions.clips = configs::test_clips_from(select->getColumn(2).getString());
            predictions.said = configs::predicted_clips_from(select->getColumn(3).getString());
            if (predictions.said.size() != predictions.clips.size()) {
                throw std::runtime_error(std::to_string(predictions.said.size()) + " predictions for the " +
                                         std::to_string(predictions.clips.size()) + " test clips of its split");
            }
            const auto classes = static_cast<int>(predictions.classes.size());
            for (std::size_t i = 0; i < predictions.said.size(); ++i) {
                if (predictions.said[i].predicted >= classes || predictions.clips[i].truth >= classes) {
                    throw std::runtime_error("test clip " + std::to_string(i) + " is of a class that is not there");
                }
            }
            return predictions;
        } catch (const std::exception& failure) {
            throw Error(Error::Kind::damaged,
                        "the predictions of trial " + trial_id + " in the store " + connection.path() +
                            " cannot be read: " + failure.what() +
                            ". Rebuild the store from its files: attnsweep store rebuild --store " +
                            configs::shell_path(connection.path()));
        }
    });
}

std::optional<TestPredictions> read_predictions(const Store& store, const std::string& trial_id, Weights weights,
                                                std::vector<std::string>& unreadable)
{
    try {
        return read_predictions(store, trial_id, weights);
    } catch (const Error& failure) {
        if (failure.kind() != Error::Kind::damaged) {
            throw;
        }
        unreadable.push_back(trial_id);
        return std::nullopt;
    }
}

}  // namespace attnsweep::store
