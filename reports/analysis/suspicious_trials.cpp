#include "reports/analysis/suspicious_trials.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "configs/trial_identity.h"
#include "store/reading/measurements.h"

namespace attnsweep::reports {

namespace {

constexpr std::array all_suspicions{Suspicion::one_class, Suspicion::majority, Suspicion::rising_loss,
                                    Suspicion::flat_loss};

std::string suspicion_by_predictions(const configs::Confusion& confusion, const std::vector<std::string>& classes,
                                     Suspicion& kind)
{
    if (confusion.empty() || confusion.size() != classes.size()) {
        return {};
    }
    const std::vector<configs::ClassMetrics> numbers = configs::class_metrics_of(confusion);
    std::int64_t clips = 0, correct = 0, most = 0;
    std::size_t tested = 0, frequent = 0, predicted = 0, last_predicted = 0;
    for (std::size_t k = 0; k < numbers.size(); ++k) {
        clips += numbers[k].clips;
        correct += numbers[k].correct;
        tested += numbers[k].clips > 0 ? 1 : 0;
        if (numbers[k].clips > most) {
            most = numbers[k].clips;
            frequent = k;
        }
        if (numbers[k].predicted > 0) {
            ++predicted;
            last_predicted = k;
        }
    }
    if (tested < 2) {
        return {};
    }
    if (predicted == 1) {
        kind = Suspicion::one_class;
        return fmt::format("predicts {} for all {} test clips", configs::printable(classes[last_predicted]), clips);
    }
    if (correct <= most) {
        kind = Suspicion::majority;
        return fmt::format("has {} of {} test clips right; always predicting {} would have {}", correct, clips,
                           configs::printable(classes[frequent]), most);
    }
    return {};
}

std::string suspicion_by_rise(const std::vector<configs::EpochRecord>& epochs)
{
    const double first = epochs.front().train_loss;
    const bool rises = std::all_of(epochs.begin() + 1, epochs.end(), [&](const configs::EpochRecord& epoch) {
        return std::isfinite(epoch.train_loss) && epoch.train_loss > first;
    });
    return rises ? fmt::format("its training loss rose from the first epoch: {:.4g}, after epoch {} {:.4g}", first,
                               epochs.back().epoch, epochs.back().train_loss)
                 : std::string();
}

/// An optimizer setting at least ten times its default, or a tenth, and a loss that hardly falls.
std::string suspicion_by_flatness(const configs::TrialSpec& spec, const std::vector<configs::EpochRecord>& epochs)
{
    constexpr double far = 10, least_fall = 0.05;
    double lowest = epochs.front().train_loss;
    for (const configs::EpochRecord& epoch : epochs) {
        lowest = std::min(lowest, epoch.train_loss);
    }
    if (!(epochs.front().train_loss - lowest < least_fall * epochs.front().train_loss)) {
        return {};
    }
    const nlohmann::json settings = nlohmann::json(configs::without_idle_keys(spec)).at("training"),
                         defaults = nlohmann::json(configs::TrialSpec{}).at("training");
    std::vector<std::string> unusual;
    for (const auto& [leaf, value] : settings.items()) {
        const auto usual = defaults.find(leaf);
        if (!value.is_number_float() || usual == defaults.end() || !usual->is_number() || *usual == 0 ||
            (spec.training.optimizer != "adagrad" && (leaf == "learning_rate" || leaf == "epsilon"))) {
            continue;  // the defaults of these two are Adagrad's
        }
        const double ratio = value.get<double>() / usual->get<double>();
        if (ratio >= far || (ratio > 0 && ratio <= 1 / far)) {
            unusual.push_back(
                fmt::format("training.{} {:g} (default {:g})", leaf, value.get<double>(), usual->get<double>()));
        }
    }
    return unusual.empty() ? std::string()
                           : fmt::format("its training loss hardly fell ({:.4g} to {:.4g} at best) with {}",
                                         epochs.front().train_loss, lowest, configs::joined(unusual));
}

}  // namespace

std::string to_string(Suspicion suspicion)
{
    switch (suspicion) {
    case Suspicion::one_class:
        return "predicts one class only";
    case Suspicion::majority:
        return "no better than always predicting the most frequent class";
    case Suspicion::rising_loss:
        return "training loss rose from the first epoch";
    case Suspicion::flat_loss:
        return "training loss hardly fell, with an optimizer setting far from its default";
    }
    return "unknown";
}

std::vector<SuspiciousTrial> suspicions_of(const configs::Trial& trial, const configs::Confusion& confusion,
                                           const std::vector<std::string>& classes,
                                           const std::vector<configs::EpochRecord>& epochs)
{
    std::vector<SuspiciousTrial> found;
    const auto add = [&](Suspicion kind, const std::string& words) {
        if (!words.empty()) {
            found.push_back({trial.label, kind, words});
        }
    };
    Suspicion kind = Suspicion::one_class;
    const std::string by_predictions = suspicion_by_predictions(confusion, classes, kind);
    add(kind, by_predictions);
    if (epochs.size() >= 2) {
        const std::string rise = suspicion_by_rise(epochs);
        add(Suspicion::rising_loss, rise);
        add(Suspicion::flat_loss, rise.empty() ? suspicion_by_flatness(trial.spec, epochs) : std::string());
    }
    return found;
}

void SuspiciousTrials::add(const store::ConfigurationEntry& configuration)
{
    for (const store::TrialEntry& entry : configuration.repeats) {
        if (!entry.test) {
            continue;
        }
        if (read_ == most_read) {
            ++unread_;
            continue;
        }
        ++read_;
        const std::vector<SuspiciousTrial> found =
            suspicions_of(entry.trial, store::read_confusion(*store_, entry.done_attempt_id, weights_), classes_,
                          store::read_epochs(*store_, entry.trial.id));
        found_.insert(found_.end(), found.begin(), found.end());
    }
}

std::vector<std::string> SuspiciousTrials::in_words() const
{
    constexpr std::size_t most_named = 6;
    std::vector<std::string> sentences;
    for (const Suspicion kind : all_suspicions) {
        std::vector<std::string> labels;
        for (const SuspiciousTrial& trial : found_) {
            if (trial.suspicion == kind) {
                labels.push_back(trial.label);
            }
        }
        if (!labels.empty()) {
            sentences.push_back("Suspicious, " + to_string(kind) + ": " + configs::first_joined(labels, most_named) +
                                ".");
        }
    }
    if (!sentences.empty() && unread_ > 0) {
        sentences.back() += fmt::format(" Looked at: the first {} done trials of {}.", read_, read_ + unread_);
    }
    return sentences;
}

}  // namespace attnsweep::reports
