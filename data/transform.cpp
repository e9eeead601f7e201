#include "data/transform.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <mutex>

#include <fmt/format.h>

#include "data/audio/audio_stream.h"
#include "data/audio/clip_cutter.h"
#include "data/error.h"
#include "data/parallel_for.h"
#include "data/source_survey.h"
#include "data/spectrogram_transform.h"

namespace attnsweep::data {
namespace {

// Counts the clips done, by any thread, for whoever watches.
class ClipProgress {
public:
    ClipProgress(const IngestOptions& options, std::int64_t total) : options_(options), total_(total) {}
    void add(std::int64_t clips)
    {
        const std::lock_guard lock(mutex_);
        done_ += clips;
        if (options_.progress && clips > 0) {
            options_.progress({"writing", done_, total_});
        }
    }

private:
    const IngestOptions& options_;
    std::int64_t total_, done_ = 0;
    std::mutex mutex_;
};

ClipLevel level_of(std::span<const float> samples)
{
    float peak = 0;
    double squares = 0;
    for (const float sample : samples) {
        peak = std::max(peak, std::abs(sample));
        squares += double(sample) * sample;
    }
    return {peak, static_cast<float>(std::sqrt(squares / double(samples.size())))};
}

// A recording whose samples are arriving.
struct Arriving {
    const SurveyedRecording* recording;
    std::int64_t clips = 0;  // cut so far
    std::unique_ptr<ClipCutter> cutter;
    std::vector<float> magnitudes;  // of the last clip
};

class SourceTransform {
public:
    SourceTransform(const IngestOptions& options, std::vector<std::unique_ptr<ShardSeries>>& series,
                    ClipProgress& progress)
        : geometry_(options.geometry), series_(series), progress_(progress)
    {
        for (const auto& kind : series) {
            transforms_.emplace_back(geometry_, kind->spectrogram());
        }
    }

    // `parts` are the recordings of one file.
    void operator()(std::vector<const SurveyedRecording*> parts) const
    {
        std::erase_if(parts, [&](const SurveyedRecording* part) { return skip_complete(*part); });
        if (parts.empty()) {
            return;
        }
        std::stable_sort(parts.begin(), parts.end(),
                         [](const auto* a, const auto* b) { return a->first_sample < b->first_sample; });
        const std::filesystem::path& path = parts.front()->recording.path;
        AudioStream stream(path);
        std::list<Arriving> arriving;
        auto next = parts.begin();
        std::int64_t place = 0;
        for (auto block = stream.next(); !block.empty(); block = stream.next()) {
            const auto end = place + static_cast<std::int64_t>(block.size());
            for (; next != parts.end() && (*next)->first_sample < end; ++next) {
                begin(*arriving.insert(arriving.end(), {*next, 0, nullptr, {}}), stream.sample_rate_hz());
            }
            arriving.remove_if([&](Arriving& one) { return push(one, block, place); });
            place = end;
        }
        if (!stream.problem().empty() || stream.samples() != parts.front()->decoded || !arriving.empty() ||
            next != parts.end()) {
            throw Error(fmt::format("{}: changed while it was being ingested; ingest again", path.string()), path);
        }
    }

private:
    bool has_all(std::int64_t clip) const
    {
        return std::all_of(series_.begin(), series_.end(), [&](const auto& kind) { return kind->has(clip); });
    }

    bool skip_complete(const SurveyedRecording& part) const
    {
        for (std::int64_t clip = part.first_clip; clip < part.first_clip + part.clips; ++clip) {
            if (!has_all(clip)) {
                return false;
            }
        }
        progress_.add(part.clips);
        return true;
    }

    void begin(Arriving& one, int sample_rate_hz) const
    {
        one.cutter = std::make_unique<ClipCutter>(
            sample_rate_hz, geometry_.sample_rate_hz, static_cast<std::size_t>(geometry_.clip_samples()),
            [this, &one](std::span<const float> clip) {
                if (one.clips < one.recording->clips) {
                    write(one.recording->first_clip + one.clips++, clip, one.magnitudes);
                }
            });
    }

    // Returns whether the recording has ended with this block, whose first sample is number `place` of the file.
    static bool push(Arriving& one, std::span<const float> block, std::int64_t place)
    {
        const std::int64_t first = std::max(one.recording->first_sample, place);
        const std::int64_t last = one.recording->first_sample + one.recording->samples;
        const std::int64_t end = std::min(last, place + static_cast<std::int64_t>(block.size()));
        one.cutter->push(block.subspan(static_cast<std::size_t>(first - place), static_cast<std::size_t>(end - first)));
        if (end < last) {
            return false;
        }
        one.cutter->finish(one.recording->is_padded);
        return true;
    }

    void write(std::int64_t clip, std::span<const float> samples, std::vector<float>& values) const
    {
        const ClipLevel level = level_of(samples);
        for (std::size_t kind = 0; kind < series_.size(); ++kind) {
            if (series_[kind]->has(clip)) {
                continue;
            }
            values.resize(static_cast<std::size_t>(geometry_.frames()) *
                          static_cast<std::size_t>(geometry_.bins(series_[kind]->spectrogram())));
            transforms_[kind].magnitudes(samples, values);
            series_[kind]->write(clip, values, level);
        }
        progress_.add(1);
    }

    configs::Geometry geometry_;
    std::vector<std::unique_ptr<ShardSeries>>& series_;
    std::vector<SpectrogramTransform> transforms_;  // one for each of the kinds
    ClipProgress& progress_;
};

}  // namespace

void transform_all(const Survey& survey, const IngestOptions& options,
                   std::vector<std::unique_ptr<ShardSeries>>& series)
{
    ClipProgress progress(options, survey.clips);
    const SourceTransform transform(options, series, progress);
    const auto sources = group_by_path(survey.recordings.size(),
                                       [&](std::size_t index) { return survey.recordings[index].recording.path; });
    parallel_for(static_cast<std::int64_t>(sources.size()), options.threads, [&](std::int64_t index) {
        std::vector<const SurveyedRecording*> parts;
        for (const std::size_t place : sources[static_cast<std::size_t>(index)]) {
            parts.push_back(&survey.recordings[place]);
        }
        transform(std::move(parts));
    });
}

}  // namespace attnsweep::data
