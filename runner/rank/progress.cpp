#include "runner/rank/progress.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <vector>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runner/terminal.h"

namespace attnsweep::runner {

namespace {

std::string clock_time()
{
    const std::time_t now = std::time(nullptr);
    std::tm broken{};
    ::localtime_r(&now, &broken);
    return fmt::format("{:02}:{:02}:{:02}", broken.tm_hour, broken.tm_min, broken.tm_sec);
}

std::size_t terminal_columns()
{
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

std::size_t terminal_rows()
{
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 4 ? size.ws_row : 24;
}

std::string bar(double share)
{
    constexpr int width = 10;
    const int full = std::clamp(static_cast<int>(std::lround(share * width)), 0, width);
    return "[" + std::string(static_cast<std::size_t>(full), '=') +
           std::string(static_cast<std::size_t>(width - full), ' ') + "]";
}

/// Writes text and ignores errors: a closed pipe (`| head`, a dead launcher) is no reason to end a sweep.
void put(std::FILE* out, const std::string& text)
{
    std::fputs(text.c_str(), out);
}

std::vector<const SweepState::Trial*> running_by_label(const SweepState& state)
{
    std::vector<const SweepState::Trial*> running;
    for (const auto& [where, slot] : state.slots()) {
        const SweepState::Trial* trial = slot.trial.empty() ? nullptr : state.find(slot.trial);
        if (trial && trial->phase == SweepState::Phase::running && trial->begins_at(where)) {
            running.push_back(trial);
        }
    }
    std::sort(running.begin(), running.end(), [](const auto* a, const auto* b) { return a->label < b->label; });
    return running;
}

std::string line_of(const SweepState::Trial& trial)
{
    std::string text = fmt::format("{:<14} {} ", trial.label, bar(trial.share_done()));
    if (trial.max_epochs == 0) {
        return text + "starts";
    }
    text += fmt::format("epoch {}/{}", trial.epoch, trial.max_epochs);
    if (trial.train_loss >= 0) {
        text += fmt::format("  loss {:.3f}", trial.train_loss);
    }
    if (trial.validation_accuracy >= 0) {
        text += fmt::format("  val acc {:.1f} %", 100 * trial.validation_accuracy);
    }
    if (trial.left_s() >= 0) {
        text += fmt::format("  {} left", duration_text(trial.left_s()));
    }
    return text;
}

}  // namespace

std::string counts_text(const SweepCounts& counts)
{
    std::string text =
        fmt::format("{} of {} done, {} running, {} failed", counts.done, counts.total, counts.running, counts.failed);
    if (counts.left_s >= 0) {
        text += fmt::format(", about {} left", duration_text(counts.left_s));
    }
    return text;
}

bool draws_live(const std::string& wish, bool under_launcher)
{
    if (wish != "auto") {
        return wish == "live";
    }
    return !under_launcher && redraws_lines(STDOUT_FILENO);
}

Progress::Progress(bool live, std::FILE* out) : live_(live), out_(out) {}

Progress::~Progress()
{
    clear();
}

void Progress::say(const std::string& text)
{
    clear();
    put(out_, fmt::format("[{}] {}\n", clock_time(), text));
    std::fflush(out_);
    dirty_ = true;
}

void Progress::log(const std::string& text)
{
    if (!live_) {
        say(text);
    }
}

void Progress::event_reported(const SweepState::Trial& trial, const TrialEvent& event)
{
    if (event.kind == TrialEvent::Kind::started && event.epoch > 0) {
        const bool is_trained = trial.max_epochs > 0 && event.epoch > trial.max_epochs;
        say(is_trained
                ? fmt::format("{} resumes in epoch {}, its last: its test follows", trial.label, trial.max_epochs)
                : fmt::format("{} resumes in epoch {}", trial.label, event.epoch));
    } else if (event.kind == TrialEvent::Kind::epoch && event.record) {
        const double accuracy = event.record->validation_accuracy;
        log(fmt::format("{} epoch {}/{} loss {:.3f}{} {}", trial.label, event.record->epoch, trial.max_epochs,
                        event.record->train_loss,
                        std::isnan(accuracy) ? std::string() : fmt::format(" val acc {:.1f} %", 100 * accuracy),
                        duration_text(event.record->duration_s)));
    }
}

void Progress::redraw(const SweepState& state, double elapsed_s)
{
    const auto now = Clock::now();
    if (!needs_redraw(state) || now - last_draw_ < std::chrono::milliseconds(100)) {
        return;
    }
    clear();
    last_draw_ = now;
    dirty_ = false;
    drawn_version_ = state.version();
    const std::size_t columns = terminal_columns();
    const auto draw = [&](const std::string& text) {
        put(out_, text.substr(0, columns - 1) + "\n");
        ++drawn_;
    };
    const std::vector<const SweepState::Trial*> running = running_by_label(state);
    // The cursor can only move up over lines that are on the screen.
    const std::size_t room = terminal_rows() - 3;
    for (std::size_t i = 0; i < running.size(); ++i) {
        if (i == room) {
            draw(fmt::format("and {} more", running.size() - room));
            break;
        }
        draw(line_of(*running[i]));
    }
    draw("sweep: " + counts_text(state.counts(elapsed_s)));
    std::fflush(out_);
}

void Progress::clear()
{
    if (drawn_ == 0) {
        return;
    }
    put(out_, fmt::format("\x1b[{}A\x1b[J", drawn_));  // up, and clear to the end of the screen
    std::fflush(out_);
    drawn_ = 0;
    dirty_ = true;
}

}  // namespace attnsweep::runner
