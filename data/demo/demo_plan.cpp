#include "data/demo/demo_plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "data/error.h"

namespace attnsweep::data {
namespace {

struct Dynamic {
    const char* name;
    int velocity;
};
constexpr std::array dynamics = {Dynamic{"piano", 44}, Dynamic{"mezzo-piano", 66}, Dynamic{"forte", 92},
                                 Dynamic{"fortissimo", 116}};

// Slightly over a whole second, so that the number of clips does not depend on one sample.
struct Length {
    const char* name;
    double duration_s;
    int clips;
};
constexpr std::array lengths = {Length{"1", 1.05, 1}, Length{"15", 1.5, 1}, Length{"2", 2.05, 2}, Length{"3", 3.05, 3}};

std::string note_name(int note)
{
    static constexpr std::array names = {"C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B"};
    return fmt::format("{}{}", names[static_cast<std::size_t>(note % 12)], note / 12 - 1);
}

// Returns the lengths of recordings that together make `clips` clips.
std::vector<Length> lengths_for(std::int64_t clips)
{
    std::vector<Length> chosen;
    for (std::size_t turn = 0; clips > 0; ++turn) {
        Length length = lengths[(turn + turn / lengths.size()) % lengths.size()];
        if (length.clips > clips) {
            length = clips == 1 ? lengths[0] : lengths[2];
        }
        chosen.push_back(length);
        clips -= length.clips;
    }
    return chosen;
}

}  // namespace

const std::vector<DemoInstrument>& demo_instruments()
{
    static const std::vector<DemoInstrument> instruments = {
        {"banjo", 0, 105, 50, 81},    {"bassoon", 0, 70, 34, 74},     {"cello", 0, 42, 36, 81},
        {"clarinet", 0, 71, 50, 91},  {"cor-anglais", 0, 69, 52, 81}, {"double-bass", 0, 43, 28, 62},
        {"flute", 0, 73, 60, 96},     {"french-horn", 0, 60, 35, 77}, {"guitar", 0, 24, 40, 83},
        {"mandolin", 16, 25, 55, 93}, {"oboe", 0, 68, 58, 91},        {"saxophone", 0, 65, 49, 80},
        {"trombone", 0, 57, 40, 74},  {"trumpet", 0, 56, 54, 84},     {"tuba", 0, 58, 28, 64},
        {"viola", 0, 41, 48, 88},     {"violin", 0, 40, 55, 100}};
    return instruments;
}

std::vector<DemoRecording> plan_demo(std::int64_t clips)
{
    const auto& instruments = demo_instruments();
    const auto count = static_cast<std::int64_t>(instruments.size());
    if (clips < count) {
        throw Error(fmt::format("{} clips requested; expected at least {}, one per instrument", clips, count));
    }
    std::vector<DemoRecording> plan;
    for (std::int64_t index = 0; index < count; ++index) {
        const DemoInstrument& instrument = instruments[static_cast<std::size_t>(index)];
        const auto chosen = lengths_for(clips / count + (index < clips % count ? 1 : 0));
        const std::size_t last = std::max<std::size_t>(1, chosen.size() - 1);
        std::map<std::pair<int, int>, int> takes;
        for (std::size_t turn = 0; turn < chosen.size(); ++turn) {
            const auto range = static_cast<std::size_t>(instrument.highest - instrument.lowest);
            DemoRecording recording;
            recording.instrument = static_cast<int>(index);
            recording.note = instrument.lowest + static_cast<int>((turn * range + last / 2) / last);
            recording.note = std::min(recording.note, instrument.highest);
            const Dynamic& dynamic = dynamics[turn % dynamics.size()];
            const int take = takes[{recording.note, dynamic.velocity}]++;
            // A second take of a note is played slightly differently, or it would be a copy of the first.
            recording.velocity = std::min(127, dynamic.velocity + 3 * (take % 4));
            recording.detuning_cents = take % 2 == 0 ? 2.5 * take : -2.5 * take;
            recording.duration_s = chosen[turn].duration_s;
            recording.file =
                fmt::format("{0}/{0}_{1}_{2}_{3}_normal{4}.flac", instrument.name, note_name(recording.note),
                            chosen[turn].name, dynamic.name, take > 0 ? fmt::format("-{}", take + 1) : "");
            plan.push_back(std::move(recording));
        }
    }
    return plan;
}

}  // namespace attnsweep::data
