#include "runner/trial/foreground.h"

#include <cmath>
#include <cstdio>

#include <unistd.h>

#include "configs/names.h"
#include "runner/terminal.h"

namespace attnsweep::runner {
namespace {

constexpr std::chrono::milliseconds terminal_interval{200};
constexpr std::chrono::milliseconds plain_interval{5000};

double seconds(std::chrono::steady_clock::duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

ForegroundPrinter::ForegroundPrinter(const TrialOrder& order) : order_(order), terminal_(redraws_lines(STDOUT_FILENO))
{
}

void ForegroundPrinter::print(const TrialEvent& event)
{
    switch (event.kind) {
    case TrialEvent::Kind::started:
        std::printf("%s (%s): %lld batches of %d clips per epoch, at most %d epochs, %d thread%s\n",
                    order_.trial.label.c_str(), event.trial_id.c_str(), static_cast<long long>(event.batches),
                    order_.trial.spec.training.batch_size, event.max_epochs, order_.threads,
                    order_.threads == 1 ? "" : "s");
        break;
    case TrialEvent::Kind::progress: {
        // During an evaluation the trial repeats the same progress event as a sign of life: no batch was trained.
        if (const auto here = std::pair(event.epoch, event.batch); std::exchange(trained_, here) == here) {
            return;
        }
        const auto now = Clock::now();
        // The first batch allocates libtorch's buffers, so it does not count for the speed.
        if (batches_ == 0) {
            first_batch_ = now;
        }
        ++batches_;
        last_batch_ = now;
        last_loss_ = event.train_loss;
        if (now - last_print_ < (terminal_ ? terminal_interval : plain_interval)) {
            return;
        }
        last_print_ = now;
        std::printf("%sepoch %d/%d  batch %lld/%lld  loss %.4f", terminal_ ? "\r" : "", event.epoch, event.max_epochs,
                    static_cast<long long>(event.batch), static_cast<long long>(event.batches), event.train_loss);
        if (batches_ > 1) {
            std::printf("  %.1f clips/s", clips_per_s());
        }
        std::printf(terminal_ ? "\x1b[K" : "\n");
        line_open_ = terminal_;
        break;
    }
    case TrialEvent::Kind::epoch:
        end_line();
        std::printf("epoch %d/%d  loss %.4f  accuracy %.2f %%", event.epoch, event.max_epochs, event.record->train_loss,
                    100 * event.record->train_accuracy);
        if (!std::isnan(event.record->validation_loss)) {
            std::printf("  validation loss %.4f  accuracy %.2f %%", event.record->validation_loss,
                        100 * event.record->validation_accuracy);
        }
        std::printf("  %.1f s\n", event.record->duration_s);
        break;
    default:
        end_line();
    }
    std::fflush(stdout);
}

void ForegroundPrinter::log(const std::string& line)
{
    end_line();
    std::printf("%s\n", line.c_str());
}

void ForegroundPrinter::print_ending(const TrialEnding& ending)
{
    end_line();
    if (batches_ > 0) {
        std::printf("%lld batches trained, %.1f clips/s, running loss %.4f\n", static_cast<long long>(batches_),
                    clips_per_s(), last_loss_);
    }
    if (ending.result) {
        const configs::TrialResult& result = *ending.result;
        std::printf("test accuracy %.2f %% under the last weights (epoch %d), %.2f %% under the best (epoch %d); %lld "
                    "clips\n",
                    100 * configs::metrics_of(result.last.confusion).accuracy, result.last.epoch,
                    100 * configs::metrics_of(result.best.confusion).accuracy, result.best.epoch,
                    static_cast<long long>(result.test_clips));
    }
    if (ending.kind == TrialEnding::Kind::drained) {
        std::printf("interrupted\n");
    }
    std::fflush(stdout);
    if (ending.kind == TrialEnding::Kind::failed) {
        std::fprintf(stderr, "attnsweep: the trial failed (%s): %s\n", configs::to_string(ending.failure.kind).c_str(),
                     ending.failure.message.c_str());
    }
}

double ForegroundPrinter::clips_per_s() const
{
    const double duration_s = seconds(last_batch_ - first_batch_);
    return duration_s > 0 ? static_cast<double>(batches_ - 1) * order_.trial.spec.training.batch_size / duration_s : 0;
}

void ForegroundPrinter::end_line()
{
    if (line_open_) {
        std::printf("\r\x1b[K");
        line_open_ = false;
    }
}

}  // namespace attnsweep::runner
