#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace attnsweep::data {

/// Renders notes with a synthesizer and a sound font. Not thread-safe; several may be used in parallel once
/// `NoteRenderer::prepare` has been called. Without libfluidsynth at build time every function but the first two
/// throws.
class NoteRenderer {
public:
    static bool available();
    static std::string remedy();  ///< what to install
    static void prepare();        ///< once, before the first is made

    NoteRenderer(const std::filesystem::path& soundfont, int sample_rate_hz);  ///< throws Error
    ~NoteRenderer();
    NoteRenderer(const NoteRenderer&) = delete;
    NoteRenderer& operator=(const NoteRenderer&) = delete;

    /// Returns mono samples in [-1, 1]; the note is released shortly before the end. Throws Error when the sound font
    /// has no such program.
    std::vector<float> render(int bank, int program, int note, int velocity, double detuning_cents, double duration_s);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::data
