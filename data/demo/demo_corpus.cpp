#include "data/demo/demo_corpus.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>

#include <fmt/format.h>
#include <sndfile.h>

#include "data/demo/demo_plan.h"
#include "data/demo/note_renderer.h"
#include "data/error.h"
#include "data/parallel_for.h"
#include "files/durable_file.h"

namespace attnsweep::data {
namespace {

namespace fs = std::filesystem;

// Marks a folder as a demo corpus; its last line describes the content once that is complete.
constexpr auto marker_name = "demo-corpus.txt";
constexpr auto marker_head =
    "A demonstration: notes of a sampled orchestra, rendered by `attnsweep demo-corpus`. No substitute for "
    "recordings.\n";

fs::path find_soundfont(const fs::path& asked_for)
{
    static constexpr std::array candidates = {"/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",
                                              "/usr/share/sounds/sf3/MuseScore_General.sf3",
                                              "/usr/share/sounds/sf2/MuseScore_General.sf2"};
    std::error_code code;
    if (!asked_for.empty()) {
        if (!fs::exists(asked_for, code)) {
            throw Error(fmt::format("{}: no such sound font", asked_for.string()), asked_for);
        }
        return asked_for;
    }
    for (const char* candidate : candidates) {
        if (fs::exists(candidate, code)) {
            return candidate;
        }
    }
    throw Error(fmt::format("no sound font at {}; install it (Debian: apt-get install "
                            "musescore-general-soundfont-small) or name one with --soundfont",
                            candidates.front()),
                candidates.front());
}

std::string marker_text(const DemoOptions& options, const fs::path& soundfont)
{
    return fmt::format("{}{} clips at {} Hz from {}, plan 1\n", marker_head, options.clips, options.sample_rate_hz,
                       soundfont.filename().string());
}

// Ending of a rendered recording, until all are.
constexpr auto new_ending = ".new";

void remove_recordings(const fs::path& out, const std::string& ending)
{
    for (const DemoInstrument& instrument : demo_instruments()) {
        std::error_code code;
        for (const auto& entry : fs::directory_iterator(out / instrument.name, code)) {
            if (entry.path().filename().string().ends_with(ending)) {
                fs::remove(entry.path());
            }
        }
    }
}

// Returns true if the same corpus exists. Else prepares the folder; an earlier corpus stays until the new one is
// rendered.
bool prepare_folder(const fs::path& out, const std::string& marker)
{
    const fs::path path = out / marker_name;
    if (fs::exists(path)) {
        if (files::read_file(path) == marker) {
            return true;
        }
        remove_recordings(out, std::string(".flac") + new_ending);  // of a killed run
    } else if (fs::exists(out) && !fs::is_directory(out)) {
        throw Error(fmt::format("{}: is not a folder", out.string()), out);
    } else if (fs::exists(out) && !fs::is_empty(out)) {
        throw Error(fmt::format("{}: is not empty and holds no demo corpus; give another --out", out.string()), out);
    }
    files::create_folders(out);
    if (!fs::exists(path)) {
        files::write_durably(path, std::string_view(marker_head));
    }
    for (const DemoInstrument& instrument : demo_instruments()) {
        files::create_folders(out / instrument.name);
    }
    return false;
}

// Replaces the earlier recordings with the rendered ones. Meanwhile the marker describes no complete corpus.
void replace_recordings(const std::vector<DemoRecording>& plan, const fs::path& out, const std::string& marker)
{
    files::write_durably(out / marker_name, std::string_view(marker_head));
    remove_recordings(out, ".flac");
    for (const DemoRecording& recording : plan) {
        fs::rename(out / (recording.file + new_ending), out / recording.file);
    }
    files::write_durably(out / marker_name, std::string_view(marker));
}

void write_flac(const fs::path& path, const std::vector<float>& samples, int sample_rate_hz)
{
    std::vector<short> rounded(samples.size());
    for (std::size_t index = 0; index < samples.size(); ++index) {
        rounded[index] = static_cast<short>(std::lround(32767.0F * std::clamp(samples[index], -1.0F, 1.0F)));
    }
    SF_INFO info{};
    info.samplerate = sample_rate_hz;
    info.channels = 1;
    info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    errno = 0;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    const auto count = static_cast<sf_count_t>(rounded.size());
    const bool written = file != nullptr && sf_writef_short(file, rounded.data(), count) == count;
    const bool closed = file == nullptr || sf_close(file) == 0;
    if (!written || !closed) {
        throw Error(fmt::format("{}: cannot be written: {}; check free space and permissions", path.string(),
                                errno != 0 ? std::strerror(errno) : sf_strerror(nullptr)),
                    path, errno);
    }
}

void render_all(const std::vector<DemoRecording>& plan, const DemoOptions& options, const fs::path& soundfont)
{
    NoteRenderer::prepare();
    std::mutex mutex;
    std::int64_t done = 0;
    const auto instruments = static_cast<std::int64_t>(demo_instruments().size());
    // Each thread renders one instrument at a time: its samples are unpacked once.
    parallel_for(instruments, options.threads, [&](std::int64_t index) {
        const DemoInstrument& instrument = demo_instruments()[static_cast<std::size_t>(index)];
        NoteRenderer renderer(soundfont, options.sample_rate_hz);
        for (const DemoRecording& recording : plan) {
            if (recording.instrument != index) {
                continue;
            }
            const auto samples = renderer.render(instrument.bank, instrument.program, recording.note,
                                                 recording.velocity, recording.detuning_cents, recording.duration_s);
            const float peak = *std::max_element(samples.begin(), samples.end());
            if (peak < 1e-3F) {
                throw Error(fmt::format("{}: renders silence for {}; take MuseScore_General (Debian: "
                                        "musescore-general-soundfont-small)",
                                        soundfont.string(), recording.file),
                            soundfont);
            }
            write_flac(options.out / (recording.file + new_ending), samples, options.sample_rate_hz);
            const std::lock_guard lock(mutex);
            ++done;
            if (options.progress) {
                options.progress(done, static_cast<std::int64_t>(plan.size()));
            }
        }
    });
}

}  // namespace

bool demo_corpus_available()
{
    return NoteRenderer::available();
}

std::string demo_corpus_remedy()
{
    return NoteRenderer::remedy();
}

DemoReport render_demo_corpus(const DemoOptions& options)
{
    const auto start = std::chrono::steady_clock::now();
    if (!demo_corpus_available()) {
        throw Error(demo_corpus_remedy());
    }
    const std::vector<DemoRecording> plan = plan_demo(options.clips);
    const fs::path soundfont = find_soundfont(options.soundfont);
    const std::string marker = marker_text(options, soundfont);
    const bool is_new = !fs::exists(options.out);
    DemoReport report;
    report.already_there = prepare_folder(options.out, marker);
    if (!report.already_there) {
        try {
            render_all(plan, options, soundfont);
        } catch (...) {
            remove_recordings(options.out, std::string(".flac") + new_ending);
            if (is_new) {
                std::error_code ignored;
                fs::remove_all(options.out, ignored);  // all in it is from here
            }
            throw;
        }
        replace_recordings(plan, options.out, marker);
    }
    report.recordings = static_cast<std::int64_t>(plan.size());
    for (const DemoInstrument& instrument : demo_instruments()) {
        report.classes.push_back(instrument.name);
    }
    report.clips_per_class.assign(report.classes.size(), 0);
    for (const DemoRecording& recording : plan) {
        report.clips_per_class[static_cast<std::size_t>(recording.instrument)] +=
            static_cast<std::int64_t>(recording.duration_s);
    }
    report.duration_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

}  // namespace attnsweep::data
