#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "data/data_config.h"
#include "data/ingest.h"
#include "runner/cli/command.h"
#include "runner/number_checks.h"
#include "runner/protocol.h"

namespace attnsweep::runner {
namespace {

struct IngestArguments {
    std::string audio_folder, manifest, out, data_config;
    std::vector<std::string> kinds = {"stft", "cqt"};
    std::string duplicates;
    int sample_rate_hz = 0, hop_samples = 0, n_fft = 0, octaves = 0, bins_per_octave = 0;
    double fmin_hz = 0;
    int threads = 0;
    std::int64_t max_clips_per_class = 0;
    bool strict = false, overwrite = false;
};

// Prints progress: on a terminal one line, rewritten in place, elsewhere a line every ten seconds.
class ProgressLine {
public:
    void operator()(const data::IngestProgress& progress)
    {
        const auto now = std::chrono::steady_clock::now();
        const bool last = progress.done == progress.total;
        if (!last && now - shown_ < (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000))) {
            return;
        }
        shown_ = now;
        const char* what = progress.stage == "reading" ? "reading recordings" : "making spectrograms";
        fmt::print(stderr, "{}{}: {} of {}{}", terminal_ ? "\r\x1b[K" : "", what, progress.done, progress.total,
                   terminal_ && !last ? "" : "\n");
        std::fflush(stderr);
    }

private:
    bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

data::IngestOptions options_of(const IngestArguments& arguments)
{
    data::IngestOptions options;
    options.kinds.clear();
    for (const std::string& kind : arguments.kinds) {
        options.kinds.push_back(configs::spectrogram_from(kind));
    }
    data::DataConfig config;
    if (!arguments.data_config.empty()) {
        config = data::read_data_config(arguments.data_config, options.kinds);
    }
    options.audio_folder = arguments.audio_folder;
    options.manifest = arguments.manifest;
    options.out = arguments.out;
    options.geometry = config.geometry;
    options.duplicates = arguments.duplicates.empty() ? config.duplicates : data::duplicates_from(arguments.duplicates);
    const auto take = [](auto given, auto& into) {
        if (given > 0) {
            into = given;
        }
    };
    take(arguments.sample_rate_hz, options.geometry.sample_rate_hz);
    take(arguments.hop_samples, options.geometry.hop_samples);
    take(arguments.n_fft, options.geometry.n_fft);
    take(arguments.octaves, options.geometry.octaves);
    take(arguments.bins_per_octave, options.geometry.bins_per_octave);
    take(arguments.fmin_hz, options.geometry.fmin_hz);
    options.threads = arguments.threads;
    options.max_clips_per_class = arguments.max_clips_per_class;
    options.strict = arguments.strict;
    options.overwrite = arguments.overwrite;
    return options;
}

void print_skipped(const data::IngestReport& report)
{
    for (const data::SkippedRecording& skipped : report.skipped) {
        fmt::print(stderr, "skipped {}: {}\n", skipped.source, skipped.reason);
    }
    for (const std::string& name : report.empty_classes) {
        fmt::print(stderr, "no class `{}`: no recording of it can be used\n", name);
    }
    if (report.duplicates_across_classes > 0) {
        fmt::print(stderr, "{} recordings are in two classes with the same audio: one of the labels is wrong\n",
                   report.duplicates_across_classes);
    }
}

void print_summary(const data::IngestReport& report, const data::IngestOptions& options)
{
    const configs::DataSetDescription& set = report.description;
    std::size_t width = 5;
    for (const std::string& name : set.classes) {
        width = std::max(width, name.size());
    }
    fmt::print("{:<{}}  {:>7}\n", "class", width, "clips");
    for (std::size_t label = 0; label < set.classes.size(); ++label) {
        fmt::print("{:<{}}  {:>7}\n", set.classes[label], width, set.clips_per_class[label]);
    }
    fmt::print("{:<{}}  {:>7}  from {} recordings\n", "total", width, set.clips, set.recordings);
    fmt::print("left out: {} under one second, {} that cannot be used{}{}\n", report.too_short, report.skipped.size(),
               report.duplicates_dropped > 0 ? fmt::format(", {} copies", report.duplicates_dropped) : "",
               report.other_files > 0 ? fmt::format(", {} other files", report.other_files) : "");
    if (report.duplicates > report.duplicates_dropped) {
        fmt::print("copies kept: {} (each in one group with its original)\n",
                   report.duplicates - report.duplicates_dropped);
    }
    const configs::Geometry& geometry = set.geometry;
    fmt::print("geometry: {} Hz, hop {}, n_fft {}, {} x {} CQT bins from {:.2f} Hz; ", geometry.sample_rate_hz,
               geometry.hop_samples, geometry.n_fft, geometry.octaves, geometry.bins_per_octave, geometry.fmin_hz);
    for (std::size_t kind = 0; kind < set.spectrograms.size(); ++kind) {
        fmt::print("{}{} {} x {}", kind > 0 ? ", " : "", configs::to_string(set.spectrograms[kind].spectrogram),
                   geometry.frames(), geometry.bins(set.spectrograms[kind].spectrogram));
    }
    if (report.written.empty()) {
        fmt::print("\n{}: this data set is there already; nothing was written\n", options.out.string());
    } else {
        fmt::print("\n{}: {:.1f} MB written in {:.1f} s\n", options.out.string(), double(report.bytes_written) / 1e6,
                   report.duration_s);
    }
}

int ingest(const IngestArguments& arguments)
{
    data::IngestOptions options = options_of(arguments);
    ProgressLine line;
    options.progress = [&line](const data::IngestProgress& progress) { line(progress); };
    const data::IngestReport report = data::ingest(options);
    print_skipped(report);
    print_summary(report, options);
    return exit_done;
}

}  // namespace

void add_ingest(CLI::App& app, Command& chosen)
{
    CLI::App* command =
        app.add_subcommand("ingest", "Converts recordings to a data set: STFT and CQT magnitudes of 1-second clips");
    const auto arguments = std::make_shared<IngestArguments>();
    CLI::Option_group* source = command->add_option_group("Recordings", "One of:");
    source->add_option("AUDIO_DIR", arguments->audio_folder, "Folder with one subfolder per instrument");
    source->add_option("--manifest", arguments->manifest, "CSV file: path,label[,group][,split][,start_s,end_s]");
    source->require_option(1);
    command->add_option("--out", arguments->out, "The data set's folder")->required();
    command->add_option("--data-config", arguments->data_config,
                        "TOML file with [geometry] and [ingest]; default: the paper's, configs/data/paper-22050.toml");
    command->add_option("--kinds", arguments->kinds, "Kinds of spectrogram: stft,cqt")
        ->delimiter(',')
        ->check(CLI::IsMember({"stft", "cqt"}));
    command->add_option("--duplicates", arguments->duplicates, "keep or drop copies: the same audio under another name")
        ->check(CLI::IsMember({"keep", "drop"}));
    command->add_option("--sample-rate", arguments->sample_rate_hz, "Sample rate, Hz")->check(wrong_whole_number);
    command->add_option("--hop", arguments->hop_samples, "Samples between frames")->check(wrong_whole_number);
    command->add_option("--n-fft", arguments->n_fft, "STFT window, samples")->check(wrong_whole_number);
    command->add_option("--octaves", arguments->octaves, "Octaves of the CQT")->check(wrong_whole_number);
    command->add_option("--bins-per-octave", arguments->bins_per_octave, "Bins per octave of the CQT")
        ->check(wrong_whole_number);
    command->add_option("--fmin", arguments->fmin_hz, "Lowest bin of the CQT, Hz")->check(wrong_positive_amount);
    command->add_option("--max-clips-per-class", arguments->max_clips_per_class, "Maximum number of clips per class")
        ->check(wrong_whole_number);
    command->add_option("--threads", arguments->threads, "Default: all cores")->check(wrong_whole_number);
    command->add_flag("--strict", arguments->strict,
                      "Fail on a recording that cannot be used (default: list it and skip it)");
    command->add_flag(
        "--overwrite", arguments->overwrite,
        "Replace a different data set in the --out folder; the old one stays until the new one is complete");
    command->footer(
        "Examples:\n"
        "  attnsweep ingest recordings/ --out shards/\n"
        "  attnsweep ingest --manifest files.csv --out shards/ --data-config configs/data/paper-44100.toml\n"
        "  attnsweep ingest recordings/ --out coarse/ --hop 1024 --n-fft 256 --bins-per-octave 12");
    command->callback([&chosen, arguments] { chosen = [arguments] { return ingest(*arguments); }; });
}

}  // namespace attnsweep::runner
