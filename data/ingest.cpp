#include "data/ingest.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "data/data_config.h"
#include "data/data_set_file.h"
#include "data/data_set_folder.h"
#include "data/error.h"
#include "data/shard_series.h"
#include "data/survey.h"
#include "data/transform.h"
#include "data/unfinished_ingest.h"
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
        if (fs::file_size(folder / names[shard], code) != static_cast<std::uintmax_t>(file.shards[kind][shard].bytes) ||
            code) {
            return false;
        }
    }
    return true;
}

// The data set's folder, made if need be, and its lock. At the end the folder is removed again, with those above it, as far
// as they are new and nothing came into them: under the lock, so that it is no folder in which another ingest has begun.
class OutputFolder {
public:
    explicit OutputFolder(const fs::path& folder)
    {
        constexpr int most_tries = 10;
        for (int tried = 1; !lock_; ++tried) {
            make(folder);
            try {
                lock_.emplace(folder);
            } catch (const Error& error) {
                if (error.code() != ENOENT || tried == most_tries) {
                    throw;
                }
            }
            // Another ingest, which failed, may have removed the folder since it was made, or opened.
            if (lock_ && !lock_->is_of(folder) && tried < most_tries) {
                lock_.reset();
            }
        }
    }
    ~OutputFolder()
    {
        std::error_code ignored;
        for (const fs::path& folder : new_) {
            if (!fs::is_empty(folder, ignored) || !fs::remove(folder, ignored)) {
                return;
            }
        }
    }
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;

private:
    void make(const fs::path& folder)
    {
        new_.clear();
        for (fs::path above = fs::absolute(folder).lexically_normal(); !fs::exists(above);
             above = above.parent_path()) {
            if (above.has_filename()) {  // not the empty name after a trailing slash
                new_.push_back(above);
            }
        }
        files::create_folders(folder);
    }

    std::vector<fs::path> new_;  // the deepest first
    std::optional<FolderLock> lock_;
};

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
            throw Error(
                fmt::format("{}: it holds another data set ({} clips of {:g} s, {} classes, {} Hz, hop {}), and "
                            "this ingest would make other content ({} clips of {:g} s, {} classes, {} Hz, hop "
                            "{}, or other recordings); give another --out, or --overwrite to replace it",
                            options.out.string(), there.description.clips, there.description.geometry.clip_s,
                            there.description.classes.size(), there.description.geometry.sample_rate_hz,
                            there.description.geometry.hop_samples, survey.clips, options.geometry.clip_s,
                            survey.classes.size(), options.geometry.sample_rate_hz, options.geometry.hop_samples),
                options.out);
        }
        if (!shards_whole(there, kind, options.out)) {  // missing or truncated: rebuilt, or no longer listed
            continue;
        }
        stays.description.spectrograms.push_back(set);
        stays.shards.push_back(there.shards[kind]);
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
    description.pads_short = options.short_recordings == ShortRecordings::pad;
    return description;
}

using AllSeries = std::vector<std::unique_ptr<ShardSeries>>;

// The shards to be written, of each missing kind; complete ones of an interrupted ingest of the same content are taken
// over, and all others that no data set lists are removed.
AllSeries open_series(const Survey& survey, const IngestOptions& options, const std::vector<Spectrogram>& missing,
                      const std::optional<DataSetFile>& there, IngestReport& report)
{
    AllSeries series(missing.size());
    std::set<std::string> kept;
    const auto open = [&](std::size_t kind, std::int64_t generation) {
        series[kind] = std::make_unique<ShardSeries>(survey, options.geometry, missing[kind], options.out, generation,
                                                     options.shard_bytes);
    };
    for (const UnfinishedKind& begun : read_unfinished(options.out)) {
        const auto kind =
            static_cast<std::size_t>(std::find(missing.begin(), missing.end(), begun.spectrogram) - missing.begin());
        if (kind == missing.size() || begun.shard_bytes != options.shard_bytes) {
            continue;
        }
        open(kind, begun.generation);
        if (series[kind]->digest() != begun.digest) {
            series[kind].reset();
        } else {
            report.clips_resumed = std::max(report.clips_resumed, series[kind]->adopt());
            for (const std::string& name : series[kind]->names()) {
                kept.insert(name);
            }
        }
    }
    // The shards of a data set that cannot be read are unknown: they stay until it is replaced.
    if (there || !fs::exists(options.out / data_set_file_name)) {
        remove_other_shards(options.out, there, kept);
    }
    for (std::size_t kind = 0; kind < missing.size(); ++kind) {
        if (!series[kind]) {
            open(kind, free_generation(options.out, missing[kind], there));
        }
    }
    return series;
}

void record_unfinished(const IngestOptions& options, const AllSeries& series)
{
    std::vector<UnfinishedKind> kinds;
    for (const auto& kind : series) {
        kinds.push_back({kind->spectrogram(), kind->digest(), kind->generation(), options.shard_bytes});
    }
    write_unfinished(options.out, kinds);
}

// Writes the missing kinds, under new file names, and, last, dataset.json. After a failure nothing of this run is left,
// what an interrupted one had completed stays, and the existing data set is complete; after a kill the same ingest goes
// on.
void write_kinds(const Survey& survey, const IngestOptions& options, AllSeries& series, DataSetFile& file,
                 IngestReport& report)
{
    try {
        for (const auto& kind : series) {
            report.bytes_written += kind->bytes_to_write();
            report.written.push_back(kind->spectrogram());
        }
        require_space(options.out, report.bytes_written);
        record_unfinished(options, series);
        transform_all(survey, options, series);
        for (const auto& kind : series) {
            configs::SpectrogramSet set;
            set.spectrogram = kind->spectrogram();
            set.digest = kind->digest();
            set.shards = kind->names();
            file.description.spectrograms.push_back(std::move(set));
            file.shards.push_back(kind->checks());
        }
        write_data_set_file(options.out, file);
    } catch (...) {
        // dataset.json may be in place already if only syncing its folder failed.
        for (const auto& kind : series) {
            if (!may_list(options.out, kind->names().front())) {
                kind->remove();
            }
        }
        if (report.clips_resumed == 0) {
            remove_unfinished(options.out);
        }
        throw;
    }
    remove_unfinished(options.out);
    report.description = file.description;
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
    throw Error(fmt::format("duplicates = \"{}\", expected \"keep\" or \"drop\"", name));
}

ShortRecordings short_recordings_from(const std::string& name)
{
    if (name == "drop") {
        return ShortRecordings::drop;
    }
    if (name == "pad") {
        return ShortRecordings::pad;
    }
    throw Error(fmt::format("short = \"{}\", expected \"drop\" or \"pad\"", name));
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
    RecordingList list = options.manifest.empty()
                             ? list_folder(options.audio_folder, options.out, options.split_from_folders)
                             : list_manifest(options.manifest);
    const OutputFolder folder(options.out);
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
    AllSeries series = open_series(found, options, missing, there, report);
    if (missing.empty()) {
        remove_unfinished(options.out);
    } else {
        write_kinds(found, options, series, file, report);
        remove_other_shards(options.out, file);
    }
    report.duration_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

}  // namespace attnsweep::data
