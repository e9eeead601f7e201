#include "data/demo/note_renderer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fluidsynth.h>
#include <fmt/format.h>

#include "data/error.h"

namespace attnsweep::data {
namespace {

constexpr int channel = 0;
constexpr double release_s = 0.12;  // of a recording, kept for the note's end
constexpr int block_samples = 64;   // libfluidsynth renders whole blocks: a remainder would sound in the next note
constexpr float gain = 1.8F;

struct DeleteSettings {
    void operator()(fluid_settings_t* settings) const { delete_fluid_settings(settings); }
};
struct DeleteSynth {
    void operator()(fluid_synth_t* synth) const { delete_fluid_synth(synth); }
};

// libfluidsynth and its loaders print messages about files they cannot read.
bool is_soundfont(const std::filesystem::path& path)
{
    std::error_code none;
    if (!std::filesystem::is_regular_file(path, none)) {
        return false;  // a pipe would block
    }
    std::array<char, 12> head{};
    std::ifstream(path, std::ios::binary).read(head.data(), head.size());
    const std::string_view text(head.data(), head.size());
    return text.starts_with("RIFF") && text.ends_with("sfbk");
}

}  // namespace

struct NoteRenderer::State {
    std::filesystem::path soundfont;
    int sample_rate_hz = 0;
    std::unique_ptr<fluid_settings_t, DeleteSettings> settings{new_fluid_settings()};
    std::unique_ptr<fluid_synth_t, DeleteSynth> synth;
    int font = FLUID_FAILED;
    std::pair<int, int> program{-1, -1};  // selected: bank and number
};

bool NoteRenderer::available()
{
    return true;
}

std::string NoteRenderer::remedy()
{
    return {};
}

void NoteRenderer::prepare()
{
    // Its messages about missing controllers are not for users; errors are returned as values.
    for (const int level : {FLUID_ERR, FLUID_WARN, FLUID_INFO, FLUID_DBG}) {
        fluid_set_log_function(level, nullptr, nullptr);
    }
    // The first synthesizer fills the library's tables, without a lock against a second one.
    const std::unique_ptr<fluid_settings_t, DeleteSettings> settings(new_fluid_settings());
    const std::unique_ptr<fluid_synth_t, DeleteSynth> synth(new_fluid_synth(settings.get()));
}

NoteRenderer::NoteRenderer(const std::filesystem::path& soundfont, int sample_rate_hz)
    : state_(std::make_unique<State>())
{
    state_->soundfont = soundfont;
    state_->sample_rate_hz = sample_rate_hz;
    fluid_settings_t* settings = state_->settings.get();
    fluid_settings_setnum(settings, "synth.sample-rate", sample_rate_hz);
    fluid_settings_setnum(settings, "synth.gain", gain);
    fluid_settings_setint(settings, "synth.dynamic-sample-loading", 1);  // 40 MB of Vorbis unpack to 300 otherwise
    fluid_settings_setint(settings, "synth.reverb.active", 0);
    fluid_settings_setint(settings, "synth.chorus.active", 0);
    fluid_settings_setint(settings, "synth.threadsafe-api", 0);
    state_->synth.reset(new_fluid_synth(settings));
    if (!state_->synth) {
        throw Error(fmt::format("libfluidsynth cannot render at {} Hz; expected 8000 to 96000", sample_rate_hz));
    }
    if (is_soundfont(soundfont)) {
        state_->font = fluid_synth_sfload(state_->synth.get(), soundfont.c_str(), 0);
    }
    if (state_->font == FLUID_FAILED) {
        throw Error(
            fmt::format("{}: not a sound font that libfluidsynth can read; expected an .sf2 or .sf3 file (Debian: "
                        "musescore-general-soundfont-small)",
                        soundfont.string()),
            soundfont);
    }
}

NoteRenderer::~NoteRenderer() = default;

std::vector<float> NoteRenderer::render(int bank, int program, int note, int velocity, double detuning_cents,
                                        double duration_s)
{
    fluid_synth_t* synth = state_->synth.get();
    fluid_synth_all_sounds_off(synth, channel);
    // Selecting unpacks the program's samples, so it is done once for all its notes.
    if (state_->program != std::pair(bank, program) &&
        fluid_synth_program_select(synth, channel, state_->font, bank, program) == FLUID_FAILED) {
        throw Error(fmt::format("{}: has no program {} in bank {}; expected MuseScore_General (Debian: "
                                "musescore-general-soundfont-small)",
                                state_->soundfont.string(), program, bank),
                    state_->soundfont);
    }
    state_->program = {bank, program};
    constexpr double bend_per_cent = 8192 / 200.0;  // the wheel's default range is two semitones
    fluid_synth_pitch_bend(synth, channel, static_cast<int>(std::lround(8192 + detuning_cents * bend_per_cent)));

    const auto samples = static_cast<std::size_t>(std::lround(duration_s * state_->sample_rate_hz));
    const auto whole_blocks = [](double count) {
        return static_cast<std::size_t>(std::ceil(count / block_samples)) * block_samples;
    };
    const std::size_t total = whole_blocks(double(samples));
    const std::size_t held = std::min(total, whole_blocks((duration_s - release_s) * state_->sample_rate_hz));
    std::vector<float> left(total), right(total);
    const auto write = [&](std::size_t from, std::size_t to) {
        if (to > from) {
            fluid_synth_write_float(synth, static_cast<int>(to - from), left.data() + from, 0, 1, right.data() + from,
                                    0, 1);
        }
    };
    fluid_synth_noteon(synth, channel, note, velocity);
    write(0, held);
    fluid_synth_noteoff(synth, channel, note);
    write(held, total);

    std::vector<float> mono(samples);
    for (std::size_t index = 0; index < samples; ++index) {
        mono[index] = (left[index] + right[index]) / 2;
    }
    return mono;
}

}  // namespace attnsweep::data
