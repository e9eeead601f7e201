#include "data/inspection.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "data/data_set_file.h"
#include "data/data_set_folder.h"
#include "data/digest_check.h"
#include "data/error.h"
#include "data/shard_reader.h"
#include "files/checksum.h"
#include "files/error.h"
#include "files/file_checksum.h"

namespace attnsweep::data {
namespace {

namespace fs = std::filesystem;

constexpr double silence_rms = 1e-3;  // -60 dB
constexpr double full_scale_peak = 0.999;

std::string name_of(const DataSet& set, std::int64_t clip)
{
    return fmt::format("{} at {:g} s", set.source(clip), set.start_s(clip));
}

// Counts clips and recordings of each class. A recording is a run of clips of one source.
void count_clips(const DataSet& set, Inspection& found)
{
    std::int64_t run = 0;
    for (std::int64_t clip = 0; clip < set.clips(); ++clip) {
        ClassContent& label = found.classes[static_cast<std::size_t>(set.label(clip))];
        ++label.clips;
        const int part = static_cast<int>(set.manifest_split(clip));
        if (part > 0) {
            ++label.parts[static_cast<std::size_t>(part - 1)];
        }
        if (begins_recording(set, clip)) {
            ++label.recordings;
            if (clip > 0) {
                found.recording_clips.push_back(run);
            }
            run = 0;
        }
        ++run;
    }
    found.recording_clips.push_back(run);
    std::sort(found.recording_clips.begin(), found.recording_clips.end());
}

void judge_levels(const DataSet& set, Inspection& found)
{
    std::vector<std::pair<double, std::int64_t>> sums(found.classes.size());  // of dB, and clips in them
    for (std::int64_t clip = 0; clip < set.clips(); ++clip) {
        const std::optional<ClipLevel> level = set.level(clip);
        if (!level) {
            found.has_levels = false;
            return;
        }
        if (level->rms < silence_rms) {
            found.near_silent.push_back({clip, name_of(set, clip)});
        } else {
            auto& [sum, clips] = sums[static_cast<std::size_t>(set.label(clip))];
            sum += 20 * std::log10(double(level->rms));
            ++clips;
        }
        if (level->peak >= full_scale_peak) {
            found.at_full_scale.push_back({clip, name_of(set, clip)});
        }
    }
    for (std::size_t label = 0; label < sums.size(); ++label) {
        if (sums[label].second > 0) {
            found.classes[label].loudness_db = sums[label].first / double(sums[label].second);
        }
    }
}

// Silent clips aside, which equal one another.
void find_duplicates(const DataSet& set, Inspection& found)
{
    std::unordered_map<std::uint32_t, std::vector<std::int64_t>> firsts;
    for (std::int64_t clip = 0; clip < set.clips(); ++clip) {
        const auto magnitudes = set.magnitudes(clip);
        if (std::all_of(magnitudes.begin(), magnitudes.end(), [](float value) { return value < 1e-6F; })) {
            continue;
        }
        auto& same_checksum = firsts[files::crc32c(magnitudes.data(), magnitudes.size_bytes())];
        const auto equal = std::find_if(same_checksum.begin(), same_checksum.end(), [&](std::int64_t other) {
            const auto its = set.magnitudes(other);
            return std::equal(its.begin(), its.end(), magnitudes.begin(), magnitudes.end());
        });
        if (equal == same_checksum.end()) {
            same_checksum.push_back(clip);
        } else {
            found.duplicates.push_back(fmt::format("{} equals {}", name_of(set, clip), name_of(set, *equal)));
        }
    }
}

std::string first_line(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

// Names the clips of a shard whose file is not what it was.
void verify_clips(const fs::path& path, const ShardCheck& check, std::vector<std::string>& faults)
{
    const std::size_t before = faults.size();
    try {
        const ShardReader shard(path);
        if (check.table_crc32c && shard.table_crc32c() != *check.table_crc32c) {
            faults.push_back(fmt::format("{}: its labels, groups or sources are damaged", path.string()));
        }
        for (std::int64_t clip = 0; clip < shard.clips(); ++clip) {
            try {
                shard.magnitudes(clip);
            } catch (const Error& error) {
                faults.emplace_back(first_line(error.what()));
            }
        }
    } catch (const Error& error) {
        faults.emplace_back(first_line(error.what()));
    }
    if (faults.size() == before && check.crc32c) {
        faults.push_back(fmt::format("{}: is damaged, though none of its clips is: its bytes are not those that were "
                                     "written",
                                     path.string()));
    }
}

void verify_shard(const fs::path& path, const ShardCheck& check, std::vector<std::string>& faults)
{
    if (const std::string other = what_is_no_file(path); !other.empty()) {
        faults.push_back(fmt::format("{}: {}", path.string(), other));
        return;
    }
    std::error_code code;
    const auto size = fs::file_size(path, code);
    if (code) {
        faults.push_back(fmt::format("{}: {}", path.string(),
                                     code == std::errc::no_such_file_or_directory ? "is missing" : code.message()));
        return;
    }
    if (size != static_cast<std::uintmax_t>(check.bytes)) {
        faults.push_back(
            fmt::format("{}: holds {} bytes, {} says {}", path.string(), size, data_set_file_name, check.bytes));
    } else {
        try {
            if (check.crc32c && files::crc32c_of_file(path) == *check.crc32c) {
                return;
            }
        } catch (const files::Error& error) {
            faults.emplace_back(error.what());
            return;
        }
    }
    verify_clips(path, check, faults);
}

// Both kinds of spectrogram have most to say in common.
void add_once(const std::string& sentence, std::vector<std::string>& sentences)
{
    if (!sentence.empty() && std::find(sentences.begin(), sentences.end(), sentence) == sentences.end()) {
        sentences.push_back(sentence);
    }
}

}  // namespace

bool begins_recording(const DataSet& set, std::int64_t clip)
{
    const configs::Geometry& geometry = set.description().geometry;
    const double clip_s = double(geometry.clip_samples()) / geometry.sample_rate_hz;
    return clip == 0 || set.source(clip) != set.source(clip - 1) || set.label(clip) != set.label(clip - 1) ||
           std::abs(set.start_s(clip) - set.start_s(clip - 1) - clip_s) > 1e-6;
}

Inspection inspect(const fs::path& folder)
{
    Inspection found;
    found.description = describe(folder);
    if (found.description.spectrograms.empty()) {
        throw Error(fmt::format("{}: lists no spectrograms; ingest again", (folder / data_set_file_name).string()),
                    folder);
    }
    const DataSet set = DataSet::open(folder, found.description.spectrograms.front().spectrogram);
    for (const std::string& name : found.description.classes) {
        found.classes.push_back({name, 0, 0, {}, {}});
    }
    count_clips(set, found);
    judge_levels(set, found);
    find_duplicates(set, found);
    return found;
}

Verification verify(const fs::path& folder)
{
    const DataSetFile file = read_data_set_file(folder);
    Verification verification;
    std::vector<std::string>& faults = verification.faults;
    for (std::size_t kind = 0; kind < file.shards.size(); ++kind) {
        const configs::SpectrogramSet& set = file.description.spectrograms[kind];
        for (std::size_t shard = 0; shard < file.shards[kind].size(); ++shard) {
            verify_shard(folder / set.shards[shard], file.shards[kind][shard], faults);
        }
    }
    for (const std::string& name : other_shards(folder, file)) {
        faults.push_back(fmt::format("{}: is a shard that {} does not list: of another data set, or of an ingest that "
                                     "was interrupted",
                                     (folder / name).string(), data_set_file_name));
    }
    if (faults.empty()) {
        for (const configs::SpectrogramSet& set : file.description.spectrograms) {
            try {
                const DigestCheck found = check_digest(DataSet::open(folder, set.spectrogram), file);
                add_once(found.fault, faults);
                add_once(found.unverified, verification.unverified);
            } catch (const Error& error) {
                faults.emplace_back(first_line(error.what()));
            }
        }
    }
    return verification;
}

}  // namespace attnsweep::data
