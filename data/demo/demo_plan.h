#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attnsweep::data {

/// An instrument of the sound font, which represents one of the paper's classes.
struct DemoInstrument {
    std::string name;             ///< of the class, as in paper.md's Table I
    int bank = 0, program = 0;    ///< in MuseScore_General
    int lowest = 0, highest = 0;  ///< playing range, MIDI note numbers
};

/// Returns the 17 of the paper's 19 classes that the sound font has, sorted by name.
const std::vector<DemoInstrument>& demo_instruments();

/// A recording to be rendered.
struct DemoRecording {
    int instrument = 0;  ///< index into demo_instruments
    int note = 60;       ///< MIDI
    int velocity = 80;
    double detuning_cents = 0;  ///< distinguishes a note's later takes from its first
    double duration_s = 1;
    std::string file;  ///< "flute/flute_C4_15_forte_normal.flac"
};

/// Returns recordings that make exactly `clips` one-second clips, the same number of each instrument or one more: notes
/// spread over the range, four dynamics and four lengths in turn. No randomness. Throws Error for fewer clips than
/// instruments.
std::vector<DemoRecording> plan_demo(std::int64_t clips);

}  // namespace attnsweep::data
