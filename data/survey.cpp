#include "data/survey.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "data/data_set_file.h"
#include "data/error.h"
#include "data/parallel_for.h"
#include "data/source_survey.h"
#include "files/checksum.h"

namespace attnsweep::data {
namespace {

std::vector<SurveyOutcome> look_at_all(const RecordingList& list, const IngestOptions& options)
{
    std::vector<SurveyOutcome> outcomes(list.recordings.size());
    const auto sources =
        group_by_path(list.recordings.size(), [&](std::size_t index) { return list.recordings[index].path; });
    const auto total = static_cast<std::int64_t>(outcomes.size());
    std::mutex mutex;
    std::int64_t done = 0;
    parallel_for(static_cast<std::int64_t>(sources.size()), options.threads, [&](std::int64_t index) {
        std::vector<const Recording*> parts;
        std::vector<SurveyOutcome*> theirs;
        for (const std::size_t place : sources[static_cast<std::size_t>(index)]) {
            parts.push_back(&list.recordings[place]);
            theirs.push_back(&outcomes[place]);
        }
        survey_source(parts, theirs, options.geometry, options.short_recordings);
        const std::lock_guard lock(mutex);
        done += static_cast<std::int64_t>(parts.size());
        if (options.progress) {
            options.progress({"reading", done, total});
        }
    });
    return outcomes;
}

// Counts the recordings with the same audio as an earlier one, and removes them on request.
void treat_duplicates(std::vector<SurveyedRecording>& recordings, Duplicates duplicates, IngestReport& report)
{
    struct First {
        std::string label, source;
    };
    std::map<std::tuple<std::string, std::int64_t, std::int64_t>, First> firsts;
    std::vector<SurveyedRecording> kept;
    for (SurveyedRecording& found : recordings) {
        const Recording& recording = found.recording;
        const auto [first, fresh] = firsts.try_emplace({found.audio_hash, found.first_sample, found.samples},
                                                       First{recording.label, recording.place + recording.source});
        if (!fresh) {
            ++report.duplicates;
            if (first->second.label != recording.label) {
                report.duplicates_across_classes.push_back(
                    fmt::format("{} (`{}`) and {} (`{}`)", first->second.source, first->second.label,
                                recording.place + recording.source, recording.label));
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

void note_groups_in_several_parts(const std::vector<SurveyedRecording>& recordings, std::vector<std::string>& notes)
{
    std::map<std::int64_t, const Recording*> firsts;
    std::set<std::int64_t> shared;
    std::string example;
    for (const SurveyedRecording& found : recordings) {
        const Recording& recording = found.recording;
        const Recording& first = *firsts.try_emplace(found.group, &recording).first->second;
        if (first.split != recording.split && shared.insert(found.group).second && example.empty()) {
            example = fmt::format("{} and {}", first.place + first.source, recording.place + recording.source);
        }
    }
    if (!shared.empty()) {
        notes.push_back(fmt::format("{} group{} of recordings (the same audio, or one group of the manifest) in more "
                                    "than one part of the split, such as {}: with data.split = \"manifest\" what is "
                                    "tested may have been trained on",
                                    shared.size(), shared.size() == 1 ? "" : "s", example));
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

std::string first_of(const std::vector<SkippedRecording>& recordings)
{
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t index = 0; index < std::min(recordings.size(), most); ++index) {
        text += fmt::format("\n  {}: {}", recordings[index].source, recordings[index].reason);
    }
    if (recordings.size() > most) {
        text += fmt::format("\n  and {} more", recordings.size() - most);
    }
    return text;
}

void refuse_faulty(const IngestReport& report, const std::string& where, std::size_t recordings)
{
    std::vector<SkippedRecording> faulty = report.skipped;
    faulty.insert(faulty.end(), report.damaged.begin(), report.damaged.end());
    if (!faulty.empty()) {
        throw Error(fmt::format("{}: {} of {} recordings cannot be used, {} are short or damaged; repair or remove "
                                "them, or omit --strict to use what can be decoded:{}",
                                where, report.skipped.size(), recordings, report.damaged.size(), first_of(faulty)),
                    where);
    }
}

[[noreturn]] void refuse_nothing_usable(const IngestReport& report, const IngestOptions& options,
                                        const std::string& where, std::size_t outside)
{
    const std::size_t unusable = report.skipped.size() - outside;
    std::vector<std::string> found, remedies;
    if (unusable > 0) {
        found.push_back(fmt::format("{} that cannot be read or decoded", unusable));
        remedies.emplace_back("recordings that can be decoded (mp3, flac, wav, aiff, ogg)");
    }
    if (outside > 0) {
        found.push_back(fmt::format("{} with a start_s or end_s outside the recording", outside));
        remedies.emplace_back("times in seconds from the recording's start");
    }
    if (report.too_short > 0) {
        found.push_back(fmt::format("{} shorter than a clip of {:g} s", report.too_short, options.geometry.clip_s));
        remedies.emplace_back("longer recordings, a shorter clip (--clip-s), or --short pad");
    }
    throw Error(fmt::format("{}: none of {} recordings can be used: {}; give {}{}", where,
                            report.skipped.size() + static_cast<std::size_t>(report.too_short), fmt::join(found, ", "),
                            fmt::join(remedies, ", or "), first_of(report.skipped)),
                where);
}

// Recordings of formats that announce no length, of which nobody can tell whether they are whole.
class Unchecked {
public:
    void add(const std::string& source, const std::string& format)
    {
        if (!format.empty()) {
            first_ = count_++ == 0 ? source : first_;
            formats_.insert(format);
        }
    }
    void note(std::vector<std::string>& notes) const
    {
        if (count_ > 0) {
            notes.push_back(fmt::format("{} recording{} ({}{}): the header of the format ({}) announces no length, so "
                                        "that a cut cannot be noticed",
                                        count_, count_ == 1 ? "" : "s", first_, count_ == 1 ? "" : ", ...",
                                        fmt::join(formats_, ", ")));
        }
    }

private:
    std::size_t count_ = 0;
    std::string first_;
    std::set<std::string> formats_;
};

}  // namespace

Survey survey(RecordingList list, const IngestOptions& options, IngestReport& report)
{
    const std::string where = (options.manifest.empty() ? options.audio_folder : options.manifest).string();
    Survey result;
    result.has_split = list.has_split;
    report.other_files = list.other_files;
    report.notes = std::move(list.notes);
    Unchecked unchecked;
    std::size_t outside = 0;
    for (SurveyOutcome& outcome : look_at_all(list, options)) {
        const Recording& recording = outcome.recording.recording;
        if (!outcome.problem.empty()) {
            report.skipped.push_back({recording.place + recording.source, outcome.problem});
            outside += outcome.is_outside ? 1 : 0;
            continue;
        }
        unchecked.add(recording.place + recording.source, outcome.format_without_length);
        if (!outcome.damage.empty()) {
            report.damaged.push_back({recording.place + recording.source, outcome.damage});
        }
        if (outcome.recording.clips == 0) {
            ++report.too_short;
        } else {
            report.padded += outcome.recording.is_padded ? 1 : 0;
            result.recordings.push_back(std::move(outcome.recording));
        }
    }
    unchecked.note(report.notes);
    if (options.strict) {
        refuse_faulty(report, where, list.recordings.size());
    }
    treat_duplicates(result.recordings, options.duplicates, report);
    if (options.max_clips_per_class > 0) {
        limit_classes(result.recordings, options.max_clips_per_class);
    }
    if (result.recordings.empty()) {
        refuse_nothing_usable(report, options, where, outside);
    }
    number_groups(result.recordings);
    note_groups_in_several_parts(result.recordings, report.notes);
    name_classes(result, list, report);
    if (result.classes.size() < 2) {
        throw Error(fmt::format("{}: only one class has a usable recording, `{}` ({} classes have none: {}); a network "
                                "needs at least two to tell apart{}",
                                where, result.classes.front(), report.empty_classes.size(),
                                fmt::join(report.empty_classes, ", "), first_of(report.skipped)),
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
    if (geometry.clip_s != configs::Geometry::paper_clip_s) {
        hash.update(fmt::format("clip_s {}\n", geometry.clip_s));
    }
    for (const std::string& name : survey.classes) {
        hash.update(fmt::format("class {} {}\n", name.size(), name));
    }
    for (const SurveyedRecording& found : survey.recordings) {
        hash.update(fmt::format("recording {} from {} clips {} label {} group {} split {}\n", found.file_hash,
                                found.first_sample, found.clips, found.label, found.group,
                                static_cast<int>(found.recording.split)));
        if (found.is_padded) {
            hash.update(fmt::format("padded after {}\n", found.samples));
        }
    }
    return hash.hex();
}

}  // namespace attnsweep::data
