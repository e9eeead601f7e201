#include "runner/cli/sweep/live_runs.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <system_error>

#include <fmt/format.h>

#include "configs/names.h"
#include "configs/printable.h"
#include "runner/duration_text.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;
using configs::printable;

// status.json is written at least every ten seconds: if it is older than this, it is late or its writer is stuck.
constexpr double late_s = 30;

std::vector<fs::path> stores_at(const fs::path& path)
{
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
        return {path};
    }
    std::vector<fs::path> stores;
    for (const auto& entry : fs::directory_iterator(path, ignored)) {
        if (entry.path().extension() == ".db") {
            stores.push_back(entry.path());
        }
    }
    std::sort(stores.begin(), stores.end());
    return stores;
}

double seconds_since(const std::string& utc)
{
    std::tm time{};
    if (::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr) {
        return -1;
    }
    return std::max(std::difftime(std::time(nullptr), ::timegm(&time)), 0.0);
}

std::string counts_line(const store::LiveStatus& status)
{
    std::string line = fmt::format("  {} of {} done, {} running, {} waiting, {} failed", status.done, status.total,
                                   status.running, status.waiting, status.failed);
    if (status.left.expected_s >= 0 && status.state == "running") {
        line += fmt::format("; ends in about {} (between {} and {})", duration_text(status.left.expected_s),
                            duration_text(status.left.low_s), duration_text(status.left.high_s));
    }
    return line + "\n";
}

std::string what_it_does(const store::LiveSlot& slot)
{
    if (slot.trial.empty()) {
        return slot.note.empty() ? "free" : slot.note;
    }
    std::string text = fmt::format("{:<16}", printable(slot.label));
    if (slot.attempt > 1) {
        text += fmt::format(" attempt {}", slot.attempt);
    }
    if (!slot.note.empty()) {
        return text + " " + printable(slot.note);
    }
    if (slot.max_epochs == 0) {
        return text + (slot.began ? " starts" : " is being started");
    }
    text += fmt::format(" epoch {} of {}", slot.epoch, slot.max_epochs);
    if (slot.batches > 0 && slot.batch > 0) {
        text += fmt::format(" ({:.0f} %)", 100.0 * static_cast<double>(slot.batch) / static_cast<double>(slot.batches));
    }
    if (slot.train_loss >= 0) {
        text += fmt::format("  loss {:.3f}", slot.train_loss);
    }
    if (slot.validation_accuracy >= 0) {
        text += fmt::format("  val acc {:.1f} %", 100 * slot.validation_accuracy);
    }
    text += "  " + duration_text(slot.runs_s);
    if (slot.left_s >= 0) {
        text += fmt::format(", at most {} left", duration_text(slot.left_s));
    }
    return text;
}

std::string waits_line(const store::LiveWaiting& waiting)
{
    std::string labels;
    for (const std::string& label : waiting.labels) {
        labels += (labels.empty() ? "" : ", ") + printable(label);
    }
    if (const int more = waiting.count - static_cast<int>(waiting.labels.size()); more > 0) {
        labels += fmt::format(" and {} more", more);
    }
    return fmt::format("  waiting  {}: {}: {}\n", waiting.count, printable(waiting.why), labels);
}

std::string cut(const std::string& text, std::size_t columns)
{
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        std::string line = text.substr(begin, end - begin);
        while (!line.empty() && configs::display_width(line) > columns) {
            line.pop_back();
        }
        out += line + "\n";
        begin = end == std::string::npos ? text.size() : end + 1;
    }
    return out;
}

}  // namespace

bool LiveRun::is_running() const
{
    return holder && published && published->host == holder->host && published->pid == holder->pid &&
           published->state != "ended";
}

std::vector<LiveRun> live_runs(const fs::path& store)
{
    std::vector<LiveRun> runs;
    for (const fs::path& each : stores_at(store)) {
        LiveRun run;
        run.store = each;
        run.folder = store::folder_beside(each);
        run.holder = files::Lease::holder(run.folder / "lease");
        run.published = store::read_live_status(run.folder);
        if (run.published) {
            run.age_s = seconds_since(run.published->written_at);
        }
        runs.push_back(std::move(run));
    }
    return runs;
}

std::string live_text(const LiveRun& run, std::size_t columns)
{
    const store::LiveStatus& status = *run.published;
    std::string text =
        fmt::format("{}: {} on {}, process {}, since {}; as of {} ago{}\n", printable(status.sweep),
                    status.state == "draining" ? "draining (" + printable(status.reason) + ")" : "running",
                    printable(status.host), status.pid, status.started_at, duration_text(run.age_s),
                    run.age_s > late_s ? ": LATE, its rank 0 may be stuck" : "");
    text += counts_line(status);
    std::size_t widest = 0;
    for (const store::LiveSlot& slot : status.slots) {
        widest = std::max(widest, slot.node.size());
    }
    for (const store::LiveSlot& slot : status.slots) {
        text += fmt::format("  {:<{}} slot {:<3} {}\n", printable(slot.node), widest, slot.number, what_it_does(slot));
    }
    for (const store::LiveWaiting& waiting : status.waits) {
        text += waits_line(waiting);
    }
    for (const store::LiveFailure& failure : status.failures) {
        text += fmt::format("  failed   {} ({}{}): {}; log: {}\n", printable(failure.label),
                            configs::to_string(failure.failure.kind), failure.again ? ", is tried again" : "",
                            printable(failure.failure.message), printable(failure.log));
    }
    return cut(text, columns);
}

}  // namespace attnsweep::runner
