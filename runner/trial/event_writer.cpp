#include "runner/trial/event_writer.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <poll.h>
#include <unistd.h>

namespace attnsweep::runner {
namespace {

constexpr std::chrono::milliseconds progress_interval{500};

}  // namespace

void EventWriter::write(const TrialEvent& event)
{
    if (descriptor_ < 0 || gone_) {
        return;
    }
    if (event.kind == TrialEvent::Kind::progress) {
        const auto now = std::chrono::steady_clock::now();
        write_what_fits(std::chrono::milliseconds(0));
        if (now - last_progress_ < progress_interval || !held_back_.empty()) {
            return;
        }
        last_progress_ = now;
    }
    held_back_ += to_line(event);
    held_back_ += '\n';
    write_what_fits(std::chrono::milliseconds(0));
}

bool EventWriter::reader_gone()
{
    if (descriptor_ >= 0 && !gone_) {
        pollfd state = {descriptor_, 0, 0};
        if (poll(&state, 1, 0) > 0 && (state.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
            gone_ = true;
        }
    }
    return gone_;
}

bool EventWriter::flush(std::chrono::milliseconds limit)
{
    const auto end = std::chrono::steady_clock::now() + limit;
    write_what_fits(std::chrono::milliseconds(0));
    while (!held_back_.empty() && !gone_ && std::chrono::steady_clock::now() < end) {
        write_what_fits(std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()));
    }
    return held_back_.empty();
}

void EventWriter::write_what_fits(std::chrono::milliseconds wait)
{
    while (!held_back_.empty() && !gone_) {
        pollfd state = {descriptor_, POLLOUT, 0};
        const int ready = poll(&state, 1, static_cast<int>(wait.count()));
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return;
        }
        if ((state.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
            gone_ = true;
            return;
        }
        // A pipe that polls writable takes PIPE_BUF bytes without blocking: the descriptor need not be O_NONBLOCK,
        // which would change it for every process that shares it.
        const ssize_t written =
            ::write(descriptor_, held_back_.data(), std::min<std::size_t>(held_back_.size(), PIPE_BUF));
        if (written > 0) {
            held_back_.erase(0, static_cast<std::size_t>(written));
        } else if (written < 0 && errno != EINTR && errno != EAGAIN) {
            gone_ = true;
        }
    }
}

}  // namespace attnsweep::runner
