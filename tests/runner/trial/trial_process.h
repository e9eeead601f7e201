#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "runner/protocol.h"

namespace attnsweep::tests {

/// attnsweep-trial as a rank starts it: an order on standard input, events on a pipe, its log in a file.
class TrialProcess {
public:
    /// `address_space_bytes` > 0: as by `ulimit -v`.
    TrialProcess(const runner::TrialOrder& order, std::filesystem::path log, std::size_t address_space_bytes = 0);
    ~TrialProcess();  ///< kills it when it still runs
    TrialProcess(const TrialProcess&) = delete;
    TrialProcess& operator=(const TrialProcess&) = delete;

    /// The next event; nothing once the process has closed its end.
    std::optional<runner::TrialEvent> next_event();
    /// Reads on until an event of this kind; nothing when none came.
    std::optional<runner::TrialEvent> next_event(runner::TrialEvent::Kind kind);
    void stop_reading();  ///< as a rank that is gone
    void signal(int number) const;

    /// Reads the remaining events and waits. Its exit code, or 128 and the signal that ended it.
    int wait();
    std::string log() const;

private:
    pid_t process_ = 0;
    int events_ = -1;
    std::string unread_;
    std::filesystem::path log_;
};

/// What a program writes to standard output and error, and its exit code.
struct Answer {
    int code = 0;
    std::string output, errors;
};
/// attnsweep-trial with `arguments` and `input`.
Answer ask_trial_program(const std::string& arguments, const std::string& input);

/// A data set of `classes` kinds of tones, STFT and CQT, 11 frames of 65 and 30 bins: made once for all tests.
const std::filesystem::path& tone_data();
constexpr int tone_classes = 3;

/// A small trial on it that learns, its folders in `store`.
runner::TrialOrder tone_order(const std::filesystem::path& store,
                              const std::function<void(configs::TrialSpec&)>& change = {});
/// The same trial's next attempt.
runner::TrialOrder next_attempt(const runner::TrialOrder& order);

configs::TrialResult result_of(const runner::TrialOrder& order);
/// What two runs of a trial must share bit by bit: epochs, test sets, weights; not times, attempts or folders.
std::string fingerprint(const runner::TrialOrder& order);

}  // namespace attnsweep::tests
