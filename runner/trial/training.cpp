#include "runner/trial/training.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "files/folders.h"
#include "files/safetensors.h"
#include "model/device.h"
#include "model/training_step.h"
#include "model/weights.h"
#include "runner/attempt_files.h"
#include "runner/error.h"
#include "runner/trial/bad_loss.h"
#include "runner/trial/best_weights.h"
#include "runner/trial/checkpoint.h"
#include "runner/trial/checkpointing.h"
#include "runner/trial/ended_before.h"
#include "runner/trial/failure_naming.h"
#include "runner/trial/network_state.h"
#include "runner/trial/peak_memory.h"
#include "runner/trial/prepared_trial.h"
#include "runner/trial/set_evaluation.h"
#include "runner/trial/steady_clock.h"
#include "runner/trial/step_times.h"
#include "runner/trial/training_steps.h"
#include "runner/trial/trial_progress.h"
#include "runner/utc_time.h"
#include "runner/version.h"

namespace attnsweep::runner {
namespace {

namespace fs = std::filesystem;

class Training {
public:
    Training(const TrialOrder& order, const TrialCallbacks& callbacks, bool write_files);

    TrialEnding run();
    void log_times() const
    {
        if (times_.has_steps()) {
            callbacks_.log(times_.text(trial_ && !trial_->device.is_cpu()));
        }
    }
    TrialEnding fail(const configs::Failure& failure, ExitCode exit_code);

private:
    void prepare();
    void restore();
    bool shows_life();   // before a batch of many that are not trained; false: it is to drain
    bool train_epoch();  // false: drained or at max_batches
    bool at_max_batches() const { return order_.max_batches > 0 && batches_here_ >= order_.max_batches; }
    bool validate();  // false: drained
    TrialEnding finish();
    std::optional<SetEvaluation> evaluate(const data::BatchLoader& loader, const std::string& what);
    std::optional<configs::TestEvaluation> test(int epoch);

    std::string state();
    Position position() const { return {progress_.epoch, progress_.batch, progress_.trained}; }
    void tell_checkpoint(const CheckpointWriter::Written& written);
    void save_when_due();
    void save_now();
    TrialEnding drained();
    configs::TrialResult result_so_far() const;
    TrialEvent event(TrialEvent::Kind kind) const;
    double duration_s() const { return progress_.duration_s + seconds_since(begin_); }

    const TrialOrder& order_;
    const configs::TrialSpec& spec_;
    const TrialCallbacks& callbacks_;
    bool write_files_;
    KeptFiles keep_;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point epoch_begin_ = Clock::now();  // of this process's part of the epoch
    std::int64_t batches_here_ = 0;                 // trained by this process

    CheckpointFolders checkpoints_;
    Checkpointing checkpointing_{checkpoints_,
                                 order_.checkpoint_every_s,
                                 {[this] {
                                      steps_->read_losses();  // nothing is saved after a loss that is not finite
                                      return state();
                                  },
                                  [this](const auto& written) { tell_checkpoint(written); }, callbacks_.log}};
    TrialProgress progress_;
    StepTimes times_;
    configs::TrialResult result_;  // what is known before the first batch; the rest at the end
    std::optional<PreparedTrial> trial_;
    std::optional<TrainingSteps> steps_;  // with trial_
    BestWeights best_weights_;
};

Training::Training(const TrialOrder& order, const TrialCallbacks& callbacks, bool write_files)
    : order_(order), spec_(order.trial.spec), callbacks_(callbacks), write_files_(write_files),
      checkpoints_(order.attempt_folder, order.earlier_attempts, callbacks.log), progress_(spec_.training)
{
    progress_.started_at = utc_now();
    progress_.execution.attnsweep_version = version_text();
    progress_.execution.device = order.device;
    progress_.execution.threads = order.threads;
    progress_.execution.replicas = order.replicas;
}

void Training::prepare()
{
    keep_ = keep_from(order_.keep);
    trial_.emplace(order_, progress_.execution, callbacks_.log);
    if (order_.late_losses || trial_->supply.loading() != configs::BatchLoading::plain) {
        best_weights_.stay_on_device();
    }
    steps_.emplace(order_, *trial_, progress_, times_, callbacks_.log);
    trial_->data.describe(result_);
    result_.parameters = trial_->net.trainable_parameters();
    callbacks_.log(size_in_words(result_, progress_.execution));
}

void Training::restore()
{
    std::optional<Checkpoint> checkpoint = checkpoints_.newest();
    if (!checkpoint) {
        return;
    }
    const configs::ExecutionRecord now = progress_.execution;
    progress_.restore(*checkpoint, order_.trial.id);
    const configs::ExecutionRecord before = progress_.execution;
    progress_.execution = now;
    progress_.execution.mixed = before.mixed || settings_differ(before, now);
    if (progress_.execution.mixed && !before.mixed) {
        callbacks_.log("resuming under other settings than it began with: the trial is marked mixed");
    }
    best_weights_.take(trial_->restore(*checkpoint));
    checkpointing_.went_on_from(checkpoint->path, position());
    callbacks_.log("resuming from " + checkpointing_.newest() + ": epoch " + std::to_string(progress_.epoch) +
                   ", batch " + std::to_string(progress_.batch));
}

TrialEnding Training::run()
{
    prepare();
    if (write_files_) {
        files::create_folders_unsynced(order_.attempt_folder);  // its rank has, but a checkpoint must be durable
        files::sync_folders(order_.attempt_folder, order_.attempt_folder.parent_path().parent_path());
        restore();
    }
    TrialEvent started = event(TrialEvent::Kind::started);
    started.path = checkpointing_.newest();
    started.epoch = started.path.empty() ? 0 : progress_.epoch;
    callbacks_.announce(started);
    if (!trial_->keep_clips(progress_.trained, [this] { return shows_life(); }, callbacks_.log)) {
        return drained();
    }
    checkpointing_.training_begins();
    while (!progress_.trained) {
        epoch_begin_ = Clock::now();
        if (!train_epoch()) {
            return at_max_batches() ? TrialEnding{TrialEnding::Kind::batches_done, {}, exit_done, {}} : drained();
        }
        if (!validate()) {
            return drained();
        }
    }
    return finish();
}

bool Training::train_epoch()
{
    steps_->begin_epoch();
    while (steps_->are_left()) {
        if (callbacks_.drain_wanted() || at_max_batches()) {
            steps_->read_losses();
            return false;
        }
        steps_->take_next();
        ++batches_here_;
        callbacks_.announce(event(TrialEvent::Kind::progress));
        save_when_due();
    }
    steps_->read_losses();
    return true;
}

bool Training::validate()
{
    SetEvaluation validation;
    validation.loss = validation.accuracy = configs::Metrics::unknown;
    if (trial_->data.validation() != nullptr) {
        auto evaluation = times_.measure(StepTimes::Part::validation, [this] {
            return evaluate(*trial_->data.validation(),
                            "the validation loss after epoch " + std::to_string(progress_.epoch));
        });
        if (!evaluation) {
            return false;
        }
        validation = std::move(*evaluation);
    }
    progress_.epoch_duration_s += seconds_since(epoch_begin_);
    const bool is_best = progress_.end_epoch(validation.loss, validation.accuracy, spec_.training.max_epochs);
    // Where nothing is validated, the last weights are the ones to use.
    if (is_best || (trial_->data.validation() == nullptr && progress_.trained)) {
        best_weights_.take(trial_->net);
    }
    TrialEvent ended = event(TrialEvent::Kind::epoch);
    ended.record = progress_.epochs.back();
    ended.epoch = ended.record->epoch;
    ended.peak_memory_bytes = peak_memory_bytes();
    ended.peak_device_bytes = model::peak_device_bytes(trial_->device);
    callbacks_.announce(ended);
    epoch_begin_ = Clock::now();
    save_when_due();
    return true;
}

bool Training::shows_life()
{
    if (callbacks_.drain_wanted()) {
        return false;
    }
    callbacks_.announce(event(TrialEvent::Kind::progress));
    return true;
}

std::optional<SetEvaluation> Training::evaluate(const data::BatchLoader& loader, const std::string& what)
{
    std::optional<SetEvaluation> evaluation =
        evaluate_set(*trial_, loader, spec_.training.precision, [this] { return shows_life(); });
    if (evaluation && !std::isfinite(evaluation->loss)) {
        throw_bad_loss({what, evaluation->bad_batch, evaluation->loss, false}, loader, trial_->data, trial_->net,
                       spec_.training.precision);
    }
    return evaluation;
}

std::optional<configs::TestEvaluation> Training::test(int epoch)
{
    auto evaluation = times_.measure(StepTimes::Part::test, [&] {
        return evaluate(trial_->data.test(), "the test loss after epoch " + std::to_string(epoch));
    });
    if (!evaluation) {
        return std::nullopt;
    }
    return configs::TestEvaluation{epoch, evaluation->loss, std::move(evaluation->confusion),
                                   std::move(evaluation->predictions)};
}

TrialEnding Training::finish()
{
    save_now();  // a crash from here on repeats only the test set
    const int last_epoch = progress_.epochs.empty() ? 0 : progress_.epochs.back().epoch;
    const std::optional<configs::TestEvaluation> last = test(last_epoch);
    if (!last) {
        return drained();
    }
    const std::string last_weights = keep_.last_weights && write_files_ ? model::to_bytes(trial_->net) : std::string();
    result_.last = *last;
    result_.best = *last;
    result_.best.predictions.clear();  // stored once
    // Epoch 0: nothing was validated, and the last weights are the best.
    if (const int best_epoch = progress_.stopping.best_epoch();
        best_epoch != 0 && best_epoch != last_epoch && !best_weights_.bytes().empty()) {
        trial_->use_weights(best_weights_.bytes());
        const std::optional<configs::TestEvaluation> best = test(best_epoch);
        if (!best) {
            return drained();
        }
        result_.best = *best;
    }
    TrialEvent finished = event(TrialEvent::Kind::finished);
    finished.epoch = last_epoch;
    if (write_files_) {
        if (keep_.last_weights) {
            files::write_safetensors(order_.attempt_folder / last_weights_name, last_weights);
        }
        if (keep_.best_weights) {
            files::write_safetensors(order_.attempt_folder / best_weights_name, best_weights_.bytes());
        }
        finished.path = publish(order_, result_so_far()).string();
    }
    callbacks_.announce(finished);
    return {TrialEnding::Kind::done, {}, exit_done, result_so_far()};
}

std::string Training::state()
{
    TrialProgress kept = progress_;
    kept.duration_s = duration_s();
    kept.epoch_duration_s += seconds_since(epoch_begin_);
    kept.peak_memory_bytes = std::max(kept.peak_memory_bytes, peak_memory_bytes());
    return checkpoint_bytes({{"trial_id", order_.trial.id}, {"progress", kept.state()}}, trial_->net,
                            *trial_->optimizer, best_weights_.bytes());
}

void Training::tell_checkpoint(const CheckpointWriter::Written& written)
{
    TrialEvent saved = event(TrialEvent::Kind::checkpoint);
    saved.epoch = written.epoch;
    saved.batch = written.batch;
    saved.path = written.path.string();
    callbacks_.announce(saved);
}

void Training::save_when_due()
{
    if (write_files_) {
        times_.measure(StepTimes::Part::checkpoints, [this] { checkpointing_.save_when_due(position()); });
    }
}

void Training::save_now()
{
    if (write_files_) {
        times_.measure(StepTimes::Part::checkpoints, [this] { checkpointing_.save_now(position()); });
    }
}

TrialEnding Training::drained()
{
    // After training the network may hold the best weights for testing, and the last ones are already saved.
    if (!progress_.trained) {
        save_now();
    }
    TrialEvent drained = event(TrialEvent::Kind::drained);
    drained.path = checkpointing_.newest();
    callbacks_.announce(drained);
    return {TrialEnding::Kind::drained, {}, exit_run_again, {}};
}

TrialEvent Training::event(TrialEvent::Kind kind) const
{
    TrialEvent event;
    event.kind = kind;
    event.trial_id = order_.trial.id;
    event.attempt = order_.attempt;
    event.batches = trial_ ? trial_->data.train().batches() : 0;
    event.max_epochs = spec_.training.max_epochs;
    progress_.describe(event);
    return event;
}

configs::TrialResult Training::result_so_far() const
{
    configs::TrialResult result = result_;
    result.trial_id = order_.trial.id;
    result.label = order_.trial.label;
    result.attempt = order_.attempt;
    progress_.describe(result);
    result.duration_s = duration_s();
    result.peak_memory_bytes = std::max(progress_.peak_memory_bytes, peak_memory_bytes());
    result.attempt_folder = relative_attempt_folder(order_);
    return result;
}

TrialEnding Training::fail(const configs::Failure& failure, ExitCode exit_code)
{
    TrialEvent failed = event(TrialEvent::Kind::failed);
    failed.failure = failure;
    if (write_files_ && !is_environment_failure(exit_code)) {
        result_.outcome = configs::Outcome::failed;
        result_.failure = failure;
        failed.path = publish(order_, result_so_far()).string();
    }
    callbacks_.announce(failed);
    return {TrialEnding::Kind::failed, failure, exit_code, {}};
}

}  // namespace

TrialEnding run_trial(const TrialOrder& order, const TrialCallbacks& callbacks, bool write_files)
{
    write_files = write_files && order.max_batches == 0;
    if (write_files && announce_if_ended_before(order, callbacks)) {
        return {};
    }
    auto training = std::make_unique<Training>(order, callbacks, write_files);
    try {
        TrialEnding ending = training->run();
        training->log_times();
        return ending;
    } catch (...) {
        const FailureAndCode named = name_failure(std::current_exception());
        training->log_times();
        // After some CUDA errors each further call fails: freeing GPU memory would end the process before its result is read. And
        // a replica that hangs may go on with what it uses.
        Training& failed = order.device == "cpu" && order.replicas == 1 ? *training : *training.release();
        return failed.fail(named.failure, named.exit_code);
    }
}

}  // namespace attnsweep::runner
