#include "data/source_survey.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "data/audio/audio_stream.h"
#include "data/audio/source_bytes.h"
#include "files/checksum.h"
#include "files/error.h"

namespace attnsweep::data {
namespace {

// What is found out of a file once, whatever parts of it are recordings.
struct Source {
    std::string problem, damage, format_without_length;
    std::string file_hash, audio_hash;
    int sample_rate_hz = 0;
    std::int64_t samples = 0;
};

Source look_at(const std::filesystem::path& path)
{
    Source source;
    AudioStream stream(path);
    files::Sha256 hash;
    hash.update(fmt::format("{} Hz\n", stream.sample_rate_hz()));
    for (auto block = stream.next(); !block.empty(); block = stream.next()) {
        hash.update(block.data(), block.size_bytes());
    }
    source.problem = stream.problem();
    source.damage = stream.damage();
    source.format_without_length = stream.format_without_length();
    source.sample_rate_hz = stream.sample_rate_hz();
    source.samples = stream.samples();
    source.audio_hash = hash.hex();
    std::error_code code;
    if (!std::filesystem::is_regular_file(path, code)) {
        return source;
    }
    try {
        const SourceBytes bytes = read_source_bytes(path);
        source.file_hash = bytes.sha256;
        if (bytes.second_beginning) {
            const std::string joined =
                fmt::format("another recording is joined to it at byte {}", *bytes.second_beginning);
            std::string& text = source.problem.empty() ? source.damage : source.problem;
            text +=
                (text.empty() ? fmt::format("{:.2f} s can be decoded: ", double(source.samples) / source.sample_rate_hz)
                              : "; ") +
                joined;
        }
    } catch (const files::Error& error) {
        if (source.problem.empty()) {
            source.problem = error.what();
        }
    }
    return source;
}

// Selects the recording's part of its source; returns why there is none.
std::string select_part(const Source& source, const configs::Geometry& geometry, ShortRecordings short_recordings,
                        SurveyedRecording& found)
{
    const Recording& recording = found.recording;
    const double rate = source.sample_rate_hz;
    const double decoded = double(source.samples);
    // A time copied from a rounded length may be slightly beyond the end; a wrong one is far beyond.
    const double slack = 0.05 * rate;
    if (recording.start_s && *recording.start_s * rate >= decoded) {
        return fmt::format("start_s = {} is not before the recording's end at {:.3f} s", *recording.start_s,
                           decoded / rate);
    }
    if (recording.end_s && *recording.end_s * rate > decoded + slack) {
        return fmt::format("end_s = {} is after the recording's end at {:.3f} s", *recording.end_s, decoded / rate);
    }
    const std::int64_t begin =
        std::min<std::int64_t>(std::llround(recording.start_s.value_or(0) * rate), source.samples);
    const std::int64_t end = recording.end_s ? std::llround(*recording.end_s * rate) : source.samples;
    found.first_sample = begin;
    found.samples = std::max<std::int64_t>(0, std::min(end, source.samples) - begin);
    found.clips =
        found.samples * geometry.sample_rate_hz / (std::int64_t{source.sample_rate_hz} * geometry.clip_samples());
    if (found.clips == 0 && found.samples > 0 && short_recordings == ShortRecordings::pad) {
        found.clips = 1;
        found.is_padded = true;
    }
    return {};
}

}  // namespace

void survey_source(const std::vector<const Recording*>& parts, const std::vector<SurveyOutcome*>& outcomes,
                   const configs::Geometry& geometry, ShortRecordings short_recordings)
{
    const Source source = look_at(parts.front()->path);
    bool is_told = source.damage.empty();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        SurveyOutcome& outcome = *outcomes[i];
        SurveyedRecording& found = outcome.recording;
        found.recording = *parts[i];
        outcome.problem = source.problem;
        if (!outcome.problem.empty()) {
            continue;
        }
        found.file_hash = source.file_hash;
        found.audio_hash = source.audio_hash;
        found.sample_rate_hz = source.sample_rate_hz;
        found.decoded = source.samples;
        outcome.format_without_length = source.format_without_length;
        outcome.problem = select_part(source, geometry, short_recordings, found);
        outcome.is_outside = !outcome.problem.empty();
        if (outcome.problem.empty() && !is_told) {  // once a file
            outcome.damage = source.damage;
            is_told = true;
        }
    }
}

std::vector<std::vector<std::size_t>> group_by_path(std::size_t count,
                                                    const std::function<std::filesystem::path(std::size_t)>& path_of)
{
    std::vector<std::vector<std::size_t>> groups;
    std::map<std::filesystem::path, std::size_t> places;
    for (std::size_t i = 0; i < count; ++i) {
        const auto [place, is_new] = places.try_emplace(path_of(i).lexically_normal(), groups.size());
        if (is_new) {
            groups.emplace_back();
        }
        groups[place->second].push_back(i);
    }
    return groups;
}

}  // namespace attnsweep::data
