#include "tests/runner/trial/trial_process.h"
#include "configs/trial_identity.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "data/data_set.h"
#include "data/ingest.h"
#include "files/checksum.h"
#include "files/durable_file.h"
#include "files/safetensors.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"
#include "tests/tone_corpus.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;

const std::string program = std::string(attnsweep::tests::paths::programs) + "/attnsweep-trial";

std::string text_of(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TrialProcess::TrialProcess(const runner::TrialOrder& order, fs::path log, std::size_t address_space_bytes)
    : log_(std::move(log))
{
    const fs::path input = log_.string() + ".order";
    std::ofstream(input) << nlohmann::json(order).dump();
    int ends[2];
    if (::pipe(ends) != 0) {
        throw std::runtime_error("no pipe");
    }
    process_ = ::fork();
    if (process_ == 0) {
        ::setsid();
        ::close(ends[0]);
        ::dup2(::open(input.c_str(), O_RDONLY), STDIN_FILENO);
        ::dup2(::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
        if (address_space_bytes > 0) {
            const rlimit limit = {address_space_bytes, address_space_bytes};
            ::setrlimit(RLIMIT_AS, &limit);
        }
        const std::string descriptor = std::to_string(ends[1]);
        ::execl(program.c_str(), program.c_str(), "train", "--events", descriptor.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::close(ends[1]);
    events_ = ends[0];
    ::fcntl(events_, F_SETFD, FD_CLOEXEC);
}

TrialProcess::~TrialProcess()
{
    if (process_ > 0) {
        signal(SIGKILL);
        wait();
    }
    stop_reading();
}

std::optional<runner::TrialEvent> TrialProcess::next_event()
{
    std::size_t end;
    while ((end = unread_.find('\n')) == std::string::npos) {
        char piece[4096];
        const ssize_t size = events_ >= 0 ? ::read(events_, piece, sizeof piece) : 0;
        if (size <= 0) {
            return std::nullopt;
        }
        unread_.append(piece, static_cast<std::size_t>(size));
    }
    const std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    return runner::event_from_line(line);
}

std::optional<runner::TrialEvent> TrialProcess::next_event(runner::TrialEvent::Kind kind)
{
    std::optional<runner::TrialEvent> event;
    do {
        event = next_event();
    } while (event && event->kind != kind);
    return event;
}

void TrialProcess::stop_reading()
{
    if (events_ >= 0) {
        ::close(events_);
        events_ = -1;
    }
}

void TrialProcess::signal(int number) const
{
    ::kill(process_, number);
}

int TrialProcess::wait()
{
    while (next_event()) {
    }
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string TrialProcess::log() const
{
    return text_of(log_);
}

Answer ask_trial_program(const std::string& arguments, const std::string& input)
{
    const TemporaryFolder folder;
    std::ofstream(folder / "input") << input;
    const auto in = [&](const char* name) { return "'" + (folder / name).string() + "'"; };
    const int status = std::system(
        ("'" + program + "' " + arguments + " <" + in("input") + " >" + in("output") + " 2>" + in("errors")).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text_of(folder / "output"),
            text_of(folder / "errors")};
}

const fs::path& tone_data()
{
    static const TemporaryFolder folder;
    static const fs::path data = [] {
        write_tone_corpus(folder / "audio", tone_classes, 12, 3.05);
        data::IngestOptions options;
        options.audio_folder = folder / "audio";
        options.out = folder / "shards";
        options.geometry.hop_samples = 2205;
        options.geometry.n_fft = 128;
        options.geometry.octaves = 5;
        options.geometry.bins_per_octave = 6;
        options.threads = 1;
        data::ingest(options);
        return options.out;
    }();
    return data;
}

runner::TrialOrder tone_order(const fs::path& store, const std::function<void(configs::TrialSpec&)>& change)
{
    const configs::DataSetDescription data = data::describe(tone_data());
    configs::TrialSpec spec;
    spec.data.spectrogram = configs::Spectrogram::cqt;
    spec.data.scale = configs::Scale::decibel;
    spec.data.normalisation = configs::Normalisation::clip_standard;
    spec.data.test_fraction = 0.2;
    spec.data.validation_fraction = 0.2;
    spec.model.attention_ratio = 0.25;
    spec.model.heads = 2;
    spec.model.first_filters = 4;
    spec.model.dense_sizes = {16};
    spec.model.batch_norm_momentum = 0.9;
    spec.training.learning_rate = 0.02;
    spec.training.batch_size = 8;
    spec.training.max_epochs = 8;
    if (change) {
        change(spec);
    }
    spec.data_set.digest = data.set(spec.data.spectrogram).digest;
    spec.data_set.frames = data.geometry.frames();
    spec.data_set.bins = data.geometry.bins(spec.data.spectrogram);
    spec.data_set.classes = static_cast<int>(data.classes.size());

    runner::TrialOrder order;
    order.trial.spec = spec;
    order.trial.id = configs::trial_id(spec);
    order.trial.label = "cqt-r25-s1";
    order.trial.configuration = "cqt-r25";
    order.data_folder = tone_data();
    order.attempt_folder = store / "trials" / order.trial.id / "attempt-1";
    order.pending_folder = store / "pending";
    return order;
}

runner::TrialOrder next_attempt(const runner::TrialOrder& order)
{
    runner::TrialOrder next = order;
    next.earlier_attempts.insert(next.earlier_attempts.begin(), order.attempt_folder);
    ++next.attempt;
    next.attempt_folder = order.attempt_folder.parent_path() / ("attempt-" + std::to_string(next.attempt));
    return next;
}

configs::TrialResult result_of(const runner::TrialOrder& order)
{
    return nlohmann::json::parse(files::read_file(order.attempt_folder / "result.json")).get<configs::TrialResult>();
}

std::string fingerprint(const runner::TrialOrder& order)
{
    const nlohmann::json result = nlohmann::json::parse(files::read_file(order.attempt_folder / "result.json"));
    nlohmann::json shared;
    for (const char* key : {"trial_id", "outcome", "classes", "epochs", "best_epoch", "stopped_early", "last", "best",
                            "parameters", "split_digest"}) {
        shared[key] = result.at(key);
    }
    for (nlohmann::json& epoch : shared["epochs"]) {
        epoch.erase("duration_s");
    }
    return shared.dump(1) +
           files::sha256_hex(files::read_safetensors(order.attempt_folder / "weights-last.safetensors")) + " " +
           files::sha256_hex(files::read_safetensors(order.attempt_folder / "weights-best.safetensors"));
}

}  // namespace attnsweep::tests
