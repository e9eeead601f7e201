#include "runner/rank/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

/// Nobody reads on (`| head`, a launcher that died): no reason to end a sweep, so errors are passed over.
void put(std::FILE* out, const std::string& text)
{
    std::fputs(text.c_str(), out);
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
    const char* terminal = std::getenv("TERM");
    return !under_launcher && ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
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

void Progress::trial_began(const std::string& label)
{
    lines_[label] = {};
    dirty_ = true;
}

void Progress::trial_says(const std::string& label, const TrialEvent& event)
{
    Line& line = lines_[label];
    if (event.max_epochs > 0) {
        line.max_epochs = event.max_epochs;
    }
    line.epoch = event.epoch;
    dirty_ = true;
    switch (event.kind) {
    case TrialEvent::Kind::started:
        line.first_epoch = line.epoch = std::max(0, event.epoch - 1);
        if (event.epoch > 0) {
            say(fmt::format("{} goes on in epoch {}", label, event.epoch));
        }
        break;
    case TrialEvent::Kind::progress:
        line.batch = event.batch;
        line.batches = event.batches;
        line.loss = event.train_loss;
        break;
    case TrialEvent::Kind::epoch:
        if (!event.record) {
            break;
        }
        line.epoch = event.record->epoch;
        line.batch = 0;
        line.loss = event.record->train_loss;
        line.validation_accuracy = event.record->validation_accuracy;
        line.epochs_s += event.record->duration_s;
        ++line.epochs_here;
        log(fmt::format("{} epoch {}/{} loss {:.3f} val acc {:.1f} % {}", label, line.epoch, line.max_epochs, line.loss,
                        100 * line.validation_accuracy, duration_text(event.record->duration_s)));
        break;
    case TrialEvent::Kind::checkpoint:
    case TrialEvent::Kind::finished:
    case TrialEvent::Kind::failed:
    case TrialEvent::Kind::drained:
        break;
    }
}

void Progress::trial_ended(const std::string& label)
{
    lines_.erase(label);
    dirty_ = true;
}

void Progress::sweep_is_at(const SweepCounts& counts)
{
    counts_ = counts;
    dirty_ = true;
}

double Progress::share_done(const std::string& label) const
{
    const auto found = lines_.find(label);
    if (found == lines_.end() || found->second.max_epochs <= 0) {
        return 0;
    }
    const Line& line = found->second;
    // While an epoch runs, progress carries its number, counted from 1; its share is what lies before it and its batches.
    const double whole = line.batch > 0 ? line.epoch - 1 : line.epoch;
    const double part = line.batches > 0 ? static_cast<double>(line.batch) / static_cast<double>(line.batches) : 0;
    return std::clamp((whole + part) / line.max_epochs, 0.0, 1.0);
}

double Progress::share_at_begin(const std::string& label) const
{
    const auto found = lines_.find(label);
    if (found == lines_.end() || found->second.max_epochs <= 0) {
        return 0;
    }
    return std::clamp(std::max(found->second.first_epoch, 0) / static_cast<double>(found->second.max_epochs), 0.0, 1.0);
}

double Progress::Line::left_s() const
{
    return epochs_here == 0 ? -1 : epochs_s / epochs_here * std::max(max_epochs - epoch, 0);
}

std::string Progress::live_text(const std::string& label, const Line& line) const
{
    std::string text = fmt::format("{:<14} {} ", label, bar(share_done(label)));
    if (line.max_epochs == 0) {
        return text + "starts";
    }
    text += fmt::format("epoch {}/{}", line.epoch, line.max_epochs);
    if (line.loss >= 0) {
        text += fmt::format("  loss {:.3f}", line.loss);
    }
    if (line.validation_accuracy >= 0) {
        text += fmt::format("  val acc {:.1f} %", 100 * line.validation_accuracy);
    }
    if (line.left_s() >= 0) {
        text += fmt::format("  {} left", duration_text(line.left_s()));
    }
    return text;
}

void Progress::redraw()
{
    const auto now = Clock::now();
    if (!needs_redraw() || now - last_draw_ < std::chrono::milliseconds(100)) {
        return;
    }
    clear();
    last_draw_ = now;
    dirty_ = false;
    const std::size_t columns = terminal_columns();
    const auto draw = [&](const std::string& text) {
        put(out_, text.substr(0, columns - 1) + "\n");
        ++drawn_;
    };
    // Moving up again works only over lines that are on the screen.
    std::size_t room = terminal_rows() - 3;
    for (const auto& [label, line] : lines_) {
        if (room-- == 0) {
            draw(fmt::format("and {} more", lines_.size() - (terminal_rows() - 3)));
            break;
        }
        draw(live_text(label, line));
    }
    draw("sweep: " + counts_text(counts_));
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
