#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace attnsweep::data {

struct DemoOptions {
    std::filesystem::path out;  ///< created if missing; must be empty or hold a demo corpus
    std::int64_t clips = 800;   ///< total one-second clips that an ingest makes of it
    int sample_rate_hz = 22050;
    std::filesystem::path soundfont;  ///< empty: Debian's musescore-general-soundfont-small
    int threads = 0;                  ///< 0: all cores
    std::function<void(std::int64_t done, std::int64_t total)> progress;  ///< recordings; one call at a time
};

struct DemoReport {
    std::vector<std::string> classes;
    std::vector<std::int64_t> clips_per_class;
    std::int64_t recordings = 0;
    double duration_s = 0;
    bool already_there = false;  ///< the same corpus existed; nothing was done
};

/// Returns whether this build can render (libfluidsynth was found).
bool demo_corpus_available();
/// Returns what to install if it cannot.
std::string demo_corpus_remedy();

/// Renders sampled instruments (17 of the paper's 19 classes: the sound font has no bass clarinet and no contrabassoon)
/// over each one's playing range, several dynamics and lengths of one second and more, to
/// OUT/instrument/instrument_C4_2_forte_normal.flac, mono, 16 bit. Deterministic for a version of libfluidsynth. A
/// demonstration: one sampled player per instrument, not a substitute for recordings. Throws Error.
DemoReport render_demo_corpus(const DemoOptions& options);

}  // namespace attnsweep::data
