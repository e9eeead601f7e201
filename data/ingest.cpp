#include "data/ingest.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

#include "data/audio.h"
#include "data/data_config.h"
#include "data/data_set_file.h"
#include "data/data_set_folder.h"
#include "data/error.h"
#include "data/parallel_for.h"
#include "data/shard_series.h"
#include "data/spectrogram_transform.h"
#include "data/survey.h"
#include "files/durable_file.h"

namespace attnsweep::data {
namespace {

namespace fs = std::filesystem;
using configs::Spectrogram;

bool shards_whole(const DataSetFile& file, std::size_t kind, const fs::path& folder)
{
    const auto& names = file.description.spectrograms[kind].shards;
    for (std::size_t shard = 0; shard < names.size(); ++shard) {
        std::error_code code;
        if (fs::file_size(folder / names[shard], code) != static_cast<std::uintmax_t>(file.shard_bytes[kind][shard]) ||
            code) {
            return false;
        }
    }
    return true;
}

// nullopt: there is none, or one that cannot be read and may be replaced.
std::optional<DataSetFile> data_set_there(const IngestOptions& options)
{
    if (!fs::exists(options.out / data_set_file_name)) {
        return std::nullopt;
    }
    try {
        return read_data_set_file(options.out);
    } catch (const Error&) {
        if (!options.overwrite) {
            throw;
        }
        return std::nullopt;
    }
}

// The part of the existing data set that is kept: nothing, or kinds of the same content.
DataSetFile what_stays(const DataSetFile& there, const IngestOptions& options, const Survey& survey)
{
    DataSetFile stays;
    if (options.overwrite) {
        return stays;
    }
    for (std::size_t kind = 0; kind < there.description.spectrograms.size(); ++kind) {
        const configs::SpectrogramSet& set = there.description.spectrograms[kind];
        if (set.digest != digest_of(survey, options.geometry, set.spectrogram)) {
            throw Error(fmt::format("{}: it holds another data set ({} clips of {} classes, {} Hz, hop {}), and this "
                                    "ingest would make other content ({} clips of {} classes, {} Hz, hop {}, or other "
                                    "recordings); give another --out, or --overwrite to replace it",
                                    options.out.string(), there.description.clips, there.description.classes.size(),
                                    there.description.geometry.sample_rate_hz, there.description.geometry.hop_samples,
                                    survey.clips, survey.classes.size(), options.geometry.sample_rate_hz,
                                    options.geometry.hop_samples),
                        options.out);
        }
        if (!shards_whole(there, kind, options.out)) {  // missing or truncated: rebuilt, or no longer listed
            continue;
        }
        stays.description.spectrograms.push_back(set);
        stays.shard_bytes.push_back(there.shard_bytes[kind]);
    }
    return stays;
}

void require_space(const fs::path& folder, std::int64_t bytes)
{
    std::error_code code;
    const auto space = fs::space(folder, code);
    if (!code && space.available < static_cast<std::uintmax_t>(bytes)) {
        throw Error(fmt::format("{}: {}: the spectrograms take {:.1f} MB, {:.1f} MB are free{}; free some space, give "
                                "another --out, or select fewer with --kinds",
                                folder.string(), std::strerror(ENOSPC), double(bytes) / 1e6,
                                double(space.available) / 1e6,
                                fs::exists(folder / data_set_file_name, code)
                                    ? " beside the data set there, which stays until the new one is complete"
                                    : ""),
                    folder, ENOSPC);
    }
}

// Transforms one recording into all requested kinds.
class Transformer {
public:
    Transformer(const configs::Geometry& geometry, std::vector<std::unique_ptr<ShardSeries>>& series)
        : geometry_(geometry), series_(series)
    {
        for (const auto& kind : series) {
            transforms_.emplace_back(geometry, kind->spectrogram());
        }
    }

    void operator()(const SurveyedRecording& found) const
    {
        const DecodedAudio audio = decode(found.recording.path);
        if (!audio.ok() || static_cast<std::int64_t>(audio.samples.size()) != found.decoded) {
            throw Error(
                fmt::format("{}: changed while it was being ingested; ingest again", found.recording.path.string()),
                found.recording.path);
        }
        const std::span<const float> part(audio.samples.data() + found.first_sample,
                                          static_cast<std::size_t>(found.samples));
        const std::vector<float> samples = resample(part, audio.sample_rate_hz, geometry_.sample_rate_hz);
        const auto clip_samples = static_cast<std::size_t>(geometry_.clip_samples());
        std::vector<float> values;
        for (std::int64_t clip = 0; clip < found.clips; ++clip) {
            const std::span<const float> one(samples.data() + static_cast<std::size_t>(clip) * clip_samples,
                                             clip_samples);
            for (std::size_t kind = 0; kind < series_.size(); ++kind) {
                values.resize(static_cast<std::size_t>(geometry_.frames()) *
                              static_cast<std::size_t>(geometry_.bins(series_[kind]->spectrogram())));
                transforms_[kind].magnitudes(one, values);
                series_[kind]->write(found.first_clip + clip, values);
            }
        }
    }

private:
    configs::Geometry geometry_;
    std::vector<std::unique_ptr<ShardSeries>>& series_;
    std::vector<SpectrogramTransform> transforms_;  // one for each of the kinds
};

void transform_all(const Survey& survey, const IngestOptions& options,
                   std::vector<std::unique_ptr<ShardSeries>>& series)
{
    const Transformer transform(options.geometry, series);
    const auto total = static_cast<std::int64_t>(survey.recordings.size());
    std::mutex mutex;
    std::int64_t done = 0;
    parallel_for(total, options.threads, [&](std::int64_t index) {
        transform(survey.recordings[static_cast<std::size_t>(index)]);
        const std::lock_guard lock(mutex);
        ++done;
        if (options.progress) {
            options.progress({"writing", done, total});
        }
    });
}

configs::DataSetDescription describe_survey(const Survey& survey, const IngestOptions& options)
{
    configs::DataSetDescription description;
    description.path = options.out.string();
    description.geometry = options.geometry;
    description.classes = survey.classes;
    description.clips_per_class.assign(survey.classes.size(), 0);
    for (const SurveyedRecording& found : survey.recordings) {
        description.clips_per_class[static_cast<std::size_t>(found.label)] += found.clips;
    }
    description.clips = survey.clips;
    description.recordings = static_cast<std::int64_t>(survey.recordings.size());
    description.has_manifest_split = survey.has_split;
    return description;
}

// Writes the missing kinds, under new file names, and, last, dataset.json. After a failure nothing of this run is left,
// and the existing data set is complete.
void write_kinds(const Survey& survey, const IngestOptions& options, const std::vector<Spectrogram>& missing,
                 const std::optional<DataSetFile>& there, DataSetFile& file, IngestReport& report)
{
    std::vector<std::unique_ptr<ShardSeries>> series;
    for (const Spectrogram kind : missing) {
        series.push_back(std::make_unique<ShardSeries>(survey, options.geometry, kind, options.out,
                                                       free_generation(options.out, kind, there), options.shard_bytes));
    }
    try {
        for (const auto& kind : series) {
            report.bytes_written += kind->bytes();
        }
        require_space(options.out, report.bytes_written);
        transform_all(survey, options, series);
        for (const auto& kind : series) {
            configs::SpectrogramSet set;
            set.spectrogram = kind->spectrogram();
            set.digest = digest_of(survey, options.geometry, set.spectrogram);
            set.shards = kind->names();
            std::vector<std::int64_t> bytes;
            for (const std::string& name : set.shards) {
                bytes.push_back(static_cast<std::int64_t>(fs::file_size(options.out / name)));
            }
            file.description.spectrograms.push_back(std::move(set));
            file.shard_bytes.push_back(std::move(bytes));
        }
        write_data_set_file(options.out, file);
    } catch (...) {
        // dataset.json may be in place already if only syncing its folder failed.
        for (const auto& kind : series) {
            if (!may_list(options.out, kind->names().front())) {
                kind->remove();
            }
        }
        throw;
    }
    report.description = file.description;
    report.written = missing;
}

}  // namespace

Duplicates duplicates_from(const std::string& name)
{
    if (name == "keep") {
        return Duplicates::keep;
    }
    if (name == "drop") {
        return Duplicates::drop;
    }
    throw Error(fmt::format("duplicates = `{}`, expected keep or drop", name));
}

IngestReport ingest(const IngestOptions& options)
{
    const auto start = std::chrono::steady_clock::now();
    if (options.audio_folder.empty() == options.manifest.empty()) {
        throw Error("give either a folder of recordings or a manifest");
    }
    if (options.kinds.empty()) {
        throw Error("no kind of spectrogram requested; expected stft, cqt or both");
    }
    check_geometry(options.geometry, "geometry", options.kinds);
    IngestReport report;
    RecordingList list =
        options.manifest.empty() ? list_folder(options.audio_folder, options.out) : list_manifest(options.manifest);
    files::create_folders(options.out);
    const FolderLock lock(options.out);
    const Survey found = survey(std::move(list), options, report);

    const std::optional<DataSetFile> there = data_set_there(options);
    DataSetFile file = there ? what_stays(*there, options, found) : DataSetFile{};
    const std::vector<configs::SpectrogramSet> kept = file.description.spectrograms;
    file.description = describe_survey(found, options);
    file.description.spectrograms = kept;
    std::vector<Spectrogram> missing;
    for (const Spectrogram kind : {Spectrogram::stft, Spectrogram::cqt}) {
        const bool wanted = std::find(options.kinds.begin(), options.kinds.end(), kind) != options.kinds.end();
        const bool is_kept =
            std::any_of(kept.begin(), kept.end(), [&](const auto& set) { return set.spectrogram == kind; });
        if (wanted && !is_kept) {
            missing.push_back(kind);
        }
    }
    report.description = file.description;
    // The shards of a data set that cannot be read are unknown: they stay until it is replaced.
    if (there || !fs::exists(options.out / data_set_file_name)) {
        remove_other_shards(options.out, there);
    }
    if (!missing.empty()) {
        write_kinds(found, options, missing, there, file, report);
        remove_other_shards(options.out, file);
    }
    report.duration_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

}  // namespace attnsweep::data
