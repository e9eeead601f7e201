#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "configs/printable.h"
#include "data/data_config.h"
#include "data/error.h"
#include "data/ingest.h"
#include "runner/cli/command.h"
#include "runner/duration_text.h"
#include "runner/error.h"
#include "runner/protocol.h"
#include "runner/terminal.h"
#include "runner/value_checks.h"

namespace attnsweep::runner {
namespace {

struct IngestArguments {
    std::string audio_folder, manifest, out, data_config;
    std::vector<std::string> kinds = {"stft", "cqt"};
    std::string duplicates, short_recordings;
    int sample_rate_hz = 0, hop_samples = 0, n_fft = 0, octaves = 0, bins_per_octave = 0;
    double fmin_hz = 0, clip_s = 0;
    int threads = 0;
    std::int64_t max_clips_per_class = 0;
    bool strict = false, overwrite = false, split_from_folders = false;
};

// Prints progress, rate and time left: on a terminal one line, rewritten in place, elsewhere a line every ten seconds.
class ProgressLine {
public:
    void operator()(const data::IngestProgress& progress)
    {
        const auto now = std::chrono::steady_clock::now();
        if (progress.stage != stage_) {
            stage_ = progress.stage;
            begun_ = shown_ = now;
            first_ = progress.done - 1;
        }
        const bool last = progress.done == progress.total;
        if (!last && now - shown_ < (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000))) {
            return;
        }
        shown_ = now;
        const bool is_reading = stage_ == "reading";
        fmt::print(stderr, "{}{}: {} of {}{}{}{}", terminal_ ? "\r\x1b[K" : "",
                   is_reading ? "reading recordings" : "making spectrograms", progress.done, progress.total,
                   is_reading ? "" : " clips", speed(progress, now), terminal_ && !last ? "" : "\n");
        std::fflush(stderr);
    }

private:
    std::string speed(const data::IngestProgress& progress, std::chrono::steady_clock::time_point now) const
    {
        const double passed_s = std::chrono::duration<double>(now - begun_).count();
        const auto done = double(progress.done - first_);  // in this run
        if (passed_s < 1 || done < 2) {
            return {};
        }
        const double left_s = double(progress.total - progress.done) * passed_s / done;
        return fmt::format(", {:.1f} a second{}", done / passed_s,
                           progress.done < progress.total ? ", " + duration_text(left_s) + " left" : "");
    }

    bool terminal_ = redraws_lines(STDERR_FILENO);
    std::string stage_;
    std::int64_t first_ = 0;  // done when the stage began
    std::chrono::steady_clock::time_point begun_, shown_;
};

void refuse_out_that_is_no_folder(const std::string& out)
{
    namespace fs = std::filesystem;
    std::error_code none;
    fs::path there = out;
    while (!there.empty() && !fs::exists(fs::symlink_status(there, none))) {
        there = there.parent_path();
    }
    if (there.empty()) {  // below the current directory
        return;
    }
    const fs::file_status status = fs::status(there, none);
    if (status.type() == fs::file_type::not_found) {
        throw Error(fmt::format("--out {}: {} is a link that leads nowhere; remove it, or give another folder", out,
                                there.string()),
                    exit_usage);
    }
    if (fs::exists(status) && !fs::is_directory(status)) {
        throw Error(fmt::format("--out {}: {} is no folder; give another, where the data set can be written", out,
                                there.string()),
                    exit_usage);
    }
}

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
    options.short_recordings = arguments.short_recordings.empty()
                                   ? config.short_recordings
                                   : data::short_recordings_from(arguments.short_recordings);
    std::vector<std::string> given;
    const auto take = [&given](const char* option, auto value, auto& into) {
        if (value > 0) {
            into = value;
            given.push_back(fmt::format("{} {}", option, value));
        }
    };
    take("--sample-rate", arguments.sample_rate_hz, options.geometry.sample_rate_hz);
    take("--hop", arguments.hop_samples, options.geometry.hop_samples);
    take("--n-fft", arguments.n_fft, options.geometry.n_fft);
    take("--octaves", arguments.octaves, options.geometry.octaves);
    take("--bins-per-octave", arguments.bins_per_octave, options.geometry.bins_per_octave);
    take("--fmin", arguments.fmin_hz, options.geometry.fmin_hz);
    take("--clip-s", arguments.clip_s, options.geometry.clip_s);
    try {
        data::check_geometry(options.geometry, fmt::format("{}", fmt::join(given, " ")), options.kinds);
    } catch (const data::Error& error) {
        throw Error(error.what(), exit_usage);  // without these options it is that of the data config, or the default
    }
    options.threads = arguments.threads;
    options.max_clips_per_class = arguments.max_clips_per_class;
    options.strict = arguments.strict;
    options.split_from_folders = arguments.split_from_folders;
    options.overwrite = arguments.overwrite;
    return options;
}

void print_list(const char* what, const std::vector<data::SkippedRecording>& recordings)
{
    constexpr std::size_t most = 50;
    for (std::size_t i = 0; i < std::min(most, recordings.size()); ++i) {
        fmt::print(stderr, "{} {}: {}\n", what, configs::printable(recordings[i].source),
                   configs::printable(recordings[i].reason));
    }
    if (recordings.size() > most) {
        fmt::print(stderr, "{}: {} more\n", what, recordings.size() - most);
    }
}

// What the user should know of the recordings.
void print_remarks(const data::IngestReport& report)
{
    print_list("skipped", report.skipped);
    print_list("short or damaged", report.damaged);
    for (const std::string& name : report.empty_classes) {
        fmt::print(stderr, "no class `{}`: no recording of it can be used\n", configs::printable(name));
    }
    for (const std::string& note : report.notes) {
        fmt::print(stderr, "note: {}\n", configs::printable(note));
    }
    constexpr std::size_t most = 10;
    const std::vector<std::string>& pairs = report.duplicates_across_classes;
    if (!pairs.empty()) {
        fmt::print(stderr, "{} {} in two classes with the same audio: one of the labels is wrong:\n", pairs.size(),
                   pairs.size() == 1 ? "recording is" : "recordings are");
    }
    for (std::size_t i = 0; i < std::min(most, pairs.size()); ++i) {
        fmt::print(stderr, "  {}\n", configs::printable(pairs[i]));
    }
    if (pairs.size() > most) {
        fmt::print(stderr, "  and {} more\n", pairs.size() - most);
    }
}

// `text` and blanks up to `width` columns of a terminal.
std::string padded(const std::string& text, std::size_t width)
{
    return text + std::string(width - std::min(width, configs::display_width(text)), ' ');
}

void print_summary(const data::IngestReport& report, const data::IngestOptions& options)
{
    const configs::DataSetDescription& set = report.description;
    std::size_t width = 5;
    for (const std::string& name : set.classes) {
        width = std::max(width, configs::display_width(configs::printable(name)));
    }
    fmt::print("{}  {:>7}\n", padded("class", width), "clips");
    for (std::size_t label = 0; label < set.classes.size(); ++label) {
        fmt::print("{}  {:>7}\n", padded(configs::printable(set.classes[label]), width), set.clips_per_class[label]);
    }
    fmt::print("{}  {:>7}  from {} recordings\n", padded("total", width), set.clips, set.recordings);
    fmt::print("left out: {} under {:g} s, {} that cannot be used{}{}\n", report.too_short, set.geometry.clip_s,
               report.skipped.size(),
               report.duplicates_dropped > 0 ? fmt::format(", {} copies", report.duplicates_dropped) : "",
               report.other_files > 0 ? fmt::format(", {} other files", report.other_files) : "");
    if (report.padded > 0) {
        fmt::print("padded: {} under {:g} s, each one clip with silence at its end\n", report.padded,
                   set.geometry.clip_s);
    }
    if (!report.damaged.empty()) {
        fmt::print("short or damaged: {}, used as far as they can be decoded\n", report.damaged.size());
    }
    if (report.duplicates > report.duplicates_dropped) {
        fmt::print("copies kept: {}, each in one group with its original (--duplicates drop leaves them out, as the "
                   "paper does)\n",
                   report.duplicates - report.duplicates_dropped);
    }
    if (report.clips_resumed > 0) {
        fmt::print("{} clips were there already, from an ingest that was interrupted\n", report.clips_resumed);
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
    refuse_out_that_is_no_folder(arguments.out);
    data::IngestOptions options = options_of(arguments);
    ProgressLine line;
    options.progress = [&line](const data::IngestProgress& progress) { line(progress); };
    const data::IngestReport report = data::ingest(options);
    print_remarks(report);
    print_summary(report, options);
    return exit_done;
}

}  // namespace

void add_ingest(CLI::App& app, Command& chosen)
{
    CLI::App* command = app.add_subcommand(
        "ingest", "Converts recordings to a data set: STFT and CQT magnitudes of clips of one length");
    const auto arguments = std::make_shared<IngestArguments>();
    CLI::Option_group* source = command->add_option_group("Recordings", "One of:");
    source->add_option("AUDIO_DIR", arguments->audio_folder, "Folder with one subfolder per instrument");
    source->add_option("--manifest", arguments->manifest, "CSV file: path,label[,group][,split][,start_s,end_s]");
    source->require_option(1);
    command->add_option("--out", arguments->out, "The data set's folder")->required();
    command->add_option("--data-config", arguments->data_config,
                        "TOML file with [geometry] and [ingest]; default: the geometry of "
                        "configs/data/paper-22050.toml, copies kept");
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
    command->add_option("--clip-s", arguments->clip_s, "Length of a clip, seconds; default: 1, as in the paper")
        ->check(wrong_positive_amount);
    command
        ->add_option("--short", arguments->short_recordings,
                     "drop recordings shorter than a clip, as the paper does, or pad them with silence")
        ->check(CLI::IsMember({"drop", "pad"}));
    command->add_option("--max-clips-per-class", arguments->max_clips_per_class, "Maximum number of clips per class")
        ->check(wrong_whole_number);
    command->add_option("--threads", arguments->threads, "Default: all cores")->check(wrong_whole_number);
    command
        ->add_flag("--split-from-folders", arguments->split_from_folders,
                   "AUDIO_DIR holds train/, validation/ and test/, each with one subfolder per instrument")
        ->excludes("--manifest");
    command->add_flag("--strict", arguments->strict,
                      "Fail on a recording that cannot be used, or is short or damaged (default: list it, and use "
                      "what can be decoded)");
    command->add_flag(
        "--overwrite", arguments->overwrite,
        "Replace a different data set in the --out folder; the old one stays until the new one is complete");
    command->footer(
        "Examples:\n"
        "  attnsweep ingest recordings/ --out shards/\n"
        "  attnsweep ingest --manifest files.csv --out shards/ --data-config configs/data/paper-44100.toml\n"
        "  attnsweep ingest recordings/ --out coarse/ --hop 1024 --n-fft 256 --bins-per-octave 12\n"
        "  attnsweep ingest words/ --out words-shards/ --sample-rate 16000 --clip-s 3 --short pad --octaves 6");
    command->callback([&chosen, arguments] { chosen = [arguments] { return ingest(*arguments); }; });
}

}  // namespace attnsweep::runner
