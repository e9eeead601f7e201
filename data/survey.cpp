#include "data/survey.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "data/audio.h"
#include "data/data_set_file.h"
#include "data/error.h"
#include "data/parallel_for.h"
#include "files/checksum.h"
#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::data {
namespace {

struct Outcome {
    SurveyedRecording recording;
    std::string problem;
};

std::string hash_audio(const DecodedAudio& audio)
{
    files::Sha256 hash;
    hash.update(fmt::format("{} Hz\n", audio.sample_rate_hz));
    hash.update(audio.samples.data(), audio.samples.size() * sizeof(float));
    return hash.hex();
}

Outcome look_at(const Recording& recording)
{
    Outcome outcome;
    outcome.recording.recording = recording;
    const DecodedAudio audio = decode(recording.path);
    if (!audio.ok()) {
        outcome.problem = audio.problem;
        return outcome;
    }
    try {
        outcome.recording.file_hash = files::sha256_hex(files::read_file(recording.path));
    } catch (const files::Error& error) {
        outcome.problem = error.what();
        return outcome;
    }
    SurveyedRecording& found = outcome.recording;
    found.audio_hash = hash_audio(audio);
    found.sample_rate_hz = audio.sample_rate_hz;
    found.decoded = static_cast<std::int64_t>(audio.samples.size());
    const double rate = audio.sample_rate_hz;
    const std::int64_t begin = std::llround(recording.start_s.value_or(0) * rate);
    const std::int64_t end = recording.end_s ? std::llround(*recording.end_s * rate) : found.decoded;
    // A time copied from a rounded length may be slightly beyond the end; a wrong one is far beyond.
    const auto slack = static_cast<std::int64_t>(0.05 * rate);
    if (begin >= found.decoded && recording.start_s) {
        outcome.problem = fmt::format("start_s = {} is not before the recording's end at {:.3f} s", *recording.start_s,
                                      audio.duration_s());
        return outcome;
    }
    if (end > found.decoded + slack) {
        outcome.problem =
            fmt::format("end_s = {} is after the recording's end at {:.3f} s", *recording.end_s, audio.duration_s());
        return outcome;
    }
    found.first_sample = begin;
    found.samples = std::min(end, found.decoded) - begin;
    found.clips = found.samples / audio.sample_rate_hz;
    return outcome;
}

std::vector<Outcome> look_at_all(const RecordingList& list, const IngestOptions& options)
{
    std::vector<Outcome> outcomes(list.recordings.size());
    const auto total = static_cast<std::int64_t>(outcomes.size());
    std::mutex mutex;
    std::int64_t done = 0;
    parallel_for(total, options.threads, [&](std::int64_t index) {
        const auto place = static_cast<std::size_t>(index);
        outcomes[place] = look_at(list.recordings[place]);
        const std::lock_guard lock(mutex);
        ++done;
        if (options.progress) {
            options.progress({"reading", done, total});
        }
    });
    return outcomes;
}

// Counts the recordings with the same audio as an earlier one, and removes them on request.
void treat_duplicates(std::vector<SurveyedRecording>& recordings, Duplicates duplicates, IngestReport& report)
{
    std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::string> labels;
    std::vector<SurveyedRecording> kept;
    for (SurveyedRecording& found : recordings) {
        const auto [first, fresh] =
            labels.try_emplace({found.audio_hash, found.first_sample, found.samples}, found.recording.label);
        if (!fresh) {
            ++report.duplicates;
            if (first->second != found.recording.label) {
                ++report.duplicates_across_classes;
            }
            if (duplicates == Duplicates::drop) {
                ++report.duplicates_dropped;
                continue;
            }
        }
        kept.push_back(std::move(found));
    }
    recordings = std::move(kept);
}

// Keeps whole recordings in the order of their audio's hash: spread over a class's notes, and the same in every run.
void limit_classes(std::vector<SurveyedRecording>& recordings, std::int64_t most)
{
    std::vector<std::size_t> order(recordings.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return recordings[a].audio_hash < recordings[b].audio_hash; });
    std::map<std::string, std::int64_t> taken;
    for (const std::size_t index : order) {
        std::int64_t& count = taken[recordings[index].recording.label];
        recordings[index].clips = std::min(recordings[index].clips, most - count);
        count += recordings[index].clips;
    }
    std::erase_if(recordings, [](const SurveyedRecording& found) { return found.clips == 0; });
}

class Groups {
public:
    explicit Groups(std::size_t count) : parents_(count)
    {
        std::iota(parents_.begin(), parents_.end(), std::size_t{0});
    }
    std::size_t root(std::size_t item)
    {
        while (parents_[item] != item) {
            item = parents_[item] = parents_[parents_[item]];
        }
        return item;
    }
    void join(std::size_t a, std::size_t b)
    {
        a = root(a);
        b = root(b);
        parents_[std::max(a, b)] = std::min(a, b);
    }

private:
    std::vector<std::size_t> parents_;
};

// Recordings with the same audio, or the same group in the manifest, are one group; groups with a common recording are
// merged.
void number_groups(std::vector<SurveyedRecording>& recordings)
{
    Groups groups(recordings.size());
    std::map<std::string, std::size_t> by_audio, by_name;
    for (std::size_t index = 0; index < recordings.size(); ++index) {
        groups.join(by_audio.try_emplace(recordings[index].audio_hash, index).first->second, index);
        if (const std::string& name = recordings[index].recording.group; !name.empty()) {
            groups.join(by_name.try_emplace(name, index).first->second, index);
        }
    }
    std::map<std::size_t, std::int64_t> numbers;
    for (std::size_t index = 0; index < recordings.size(); ++index) {
        recordings[index].group =
            numbers.try_emplace(groups.root(index), static_cast<std::int64_t>(numbers.size())).first->second;
    }
}

void name_classes(Survey& result, const RecordingList& list, IngestReport& report)
{
    std::set<std::string> names;
    for (const SurveyedRecording& found : result.recordings) {
        names.insert(found.recording.label);
    }
    result.classes.assign(names.begin(), names.end());
    report.empty_classes = list.empty_folders;
    for (const std::string& label : list.labels) {
        if (!names.contains(label)) {
            report.empty_classes.push_back(label);
        }
    }
    std::sort(report.empty_classes.begin(), report.empty_classes.end());
    for (SurveyedRecording& found : result.recordings) {
        found.label = static_cast<std::int32_t>(
            std::lower_bound(result.classes.begin(), result.classes.end(), found.recording.label) -
            result.classes.begin());
    }
}

std::string first_skipped(const IngestReport& report)
{
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t index = 0; index < std::min(report.skipped.size(), most); ++index) {
        text += fmt::format("\n  {}: {}", report.skipped[index].source, report.skipped[index].reason);
    }
    if (report.skipped.size() > most) {
        text += fmt::format("\n  and {} more", report.skipped.size() - most);
    }
    return text;
}

}  // namespace

Survey survey(RecordingList list, const IngestOptions& options, IngestReport& report)
{
    const std::string where = (options.manifest.empty() ? options.audio_folder : options.manifest).string();
    Survey result;
    result.has_split = list.has_split;
    report.other_files = list.other_files;
    for (Outcome& outcome : look_at_all(list, options)) {
        const Recording& recording = outcome.recording.recording;
        if (!outcome.problem.empty()) {
            report.skipped.push_back({recording.place + recording.source, outcome.problem});
        } else if (outcome.recording.clips == 0) {
            ++report.too_short;
        } else {
            result.recordings.push_back(std::move(outcome.recording));
        }
    }
    if (options.strict && !report.skipped.empty()) {
        throw Error(fmt::format("{}: {} of {} recordings cannot be used; repair or remove them, or omit "
                                "--strict to continue without them:{}",
                                where, report.skipped.size(), list.recordings.size(), first_skipped(report)),
                    where);
    }
    treat_duplicates(result.recordings, options.duplicates, report);
    if (options.max_clips_per_class > 0) {
        limit_classes(result.recordings, options.max_clips_per_class);
    }
    if (result.recordings.empty()) {
        throw Error(fmt::format("{}: none of {} recordings can be used: {} cannot be decoded, {} are shorter than one "
                                "second; give recordings of one second or more that libsndfile reads (mp3, flac, wav, "
                                "aiff, ogg){}",
                                where, list.recordings.size(), report.skipped.size(), report.too_short,
                                first_skipped(report)),
                    where);
    }
    number_groups(result.recordings);
    name_classes(result, list, report);
    if (result.classes.size() < 2) {
        throw Error(fmt::format("{}: only one class has a usable recording, `{}` ({} classes have none: {}); a network "
                                "needs at least two to tell apart{}",
                                where, result.classes.front(), report.empty_classes.size(),
                                fmt::join(report.empty_classes, ", "), first_skipped(report)),
                    where);
    }
    for (SurveyedRecording& found : result.recordings) {
        found.first_clip = result.clips;
        result.clips += found.clips;
    }
    return result;
}

std::string digest_of(const Survey& survey, const configs::Geometry& geometry, configs::Spectrogram spectrogram)
{
    files::Sha256 hash;
    hash.update(fmt::format("attnsweep ingest {}\n{} {} {}", ingest_version, configs::to_string(spectrogram),
                            geometry.sample_rate_hz, geometry.hop_samples));
    if (spectrogram == configs::Spectrogram::stft) {
        hash.update(fmt::format(" {}\n", geometry.n_fft));
    } else {
        hash.update(fmt::format(" {} {} {}\n", geometry.octaves, geometry.bins_per_octave, geometry.fmin_hz));
    }
    for (const std::string& name : survey.classes) {
        hash.update(fmt::format("class {} {}\n", name.size(), name));
    }
    for (const SurveyedRecording& found : survey.recordings) {
        hash.update(fmt::format("recording {} from {} clips {} label {} group {} split {}\n", found.file_hash,
                                found.first_sample, found.clips, found.label, found.group,
                                static_cast<int>(found.recording.split)));
    }
    return hash.hex();
}

}  // namespace attnsweep::data
