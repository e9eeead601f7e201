#include "data/shard_series.h"

#include <algorithm>
#include <map>

#include "data/data_set_folder.h"
#include "data/error.h"
#include "data/shard_reader.h"
#include "files/error.h"
#include "files/file_checksum.h"

namespace attnsweep::data {
namespace {

std::int64_t clip_bytes(const configs::Geometry& geometry, configs::Spectrogram spectrogram)
{
    return std::int64_t{4} * geometry.frames() * geometry.bins(spectrogram);
}

ShardCheck check_of(const std::filesystem::path& path, const ShardReader& reader)
{
    return {static_cast<std::int64_t>(std::filesystem::file_size(path)), files::crc32c_of_file(path),
            reader.table_crc32c()};
}

}  // namespace

ShardSeries::ShardSeries(const Survey& survey, const configs::Geometry& geometry, configs::Spectrogram spectrogram,
                         std::filesystem::path folder, std::int64_t generation, std::int64_t shard_bytes)
    : survey_(survey), geometry_(geometry), spectrogram_(spectrogram), folder_(std::move(folder)),
      generation_(generation), digest_(digest_of(survey, geometry, spectrogram)),
      capacity_(std::max<std::int64_t>(1, shard_bytes / clip_bytes(geometry, spectrogram)))
{
    for (std::int64_t first = 0; first < survey.clips; first += capacity_) {
        auto shard = std::make_unique<Shard>();
        shard->first = first;
        shard->count = shard->left = std::min(capacity_, survey.clips - first);
        shard->name = shard_name(spectrogram, static_cast<std::int64_t>(shards_.size()), generation);
        shards_.push_back(std::move(shard));
    }
}

ShardSeries::~ShardSeries() = default;

std::int64_t ShardSeries::bytes_to_write() const
{
    std::int64_t clips = 0;
    for (const auto& shard : shards_) {
        clips += shard->is_adopted ? 0 : shard->count;
    }
    return clips * clip_bytes(geometry_, spectrogram_);
}

std::int64_t ShardSeries::adopt()
{
    std::int64_t clips = 0;
    for (const auto& shard : shards_) {
        shard->is_adopted = holds(*shard);
        clips += shard->is_adopted ? shard->count : 0;
        if (!shard->is_adopted) {
            std::error_code ignored;
            std::filesystem::remove(folder_ / shard->name, ignored);
        }
    }
    return clips;
}

// The file's name and the digest recorded for it say what it holds; whether it holds it whole is looked at.
bool ShardSeries::holds(Shard& shard) const
{
    std::error_code code;
    if (!std::filesystem::exists(folder_ / shard.name, code)) {
        return false;
    }
    try {
        const ShardReader reader(folder_ / shard.name);
        if (reader.clips() != shard.count) {
            return false;
        }
        for (std::int64_t clip = 0; clip < shard.count; ++clip) {
            reader.magnitudes(clip);
        }
        shard.check = check_of(folder_ / shard.name, reader);
        return true;
    } catch (const Error&) {
        return false;
    } catch (const files::Error&) {
        return false;
    } catch (const std::filesystem::filesystem_error&) {
        return false;
    }
}

bool ShardSeries::has(std::int64_t clip) const
{
    return shards_.at(static_cast<std::size_t>(clip / capacity_))->is_adopted;
}

ShardContents ShardSeries::contents(const Shard& shard) const
{
    ShardContents contents;
    contents.geometry = geometry_;
    contents.spectrogram = spectrogram_;
    contents.classes = survey_.classes;
    const auto& recordings = survey_.recordings;
    // The recording with the shard's first clip: the last one that begins at or before it.
    auto found = std::upper_bound(recordings.begin(), recordings.end(), shard.first,
                                  [](std::int64_t clip, const SurveyedRecording& r) { return clip < r.first_clip; }) -
                 1;
    for (std::int64_t clip = shard.first; clip < shard.first + shard.count; ++clip) {
        bool fresh = clip == shard.first;
        while (clip >= found->first_clip + found->clips) {
            ++found;
            fresh = true;
        }
        if (fresh) {
            contents.sources.push_back({found->recording.source, found->file_hash});
        }
        ClipRecord record;
        record.label = found->label;
        record.group = found->group;
        record.source = static_cast<std::int32_t>(contents.sources.size() - 1);
        record.start_s = double(found->first_sample) / found->sample_rate_hz +
                         double((clip - found->first_clip) * geometry_.clip_samples()) / geometry_.sample_rate_hz;
        record.split = found->recording.split;
        contents.clips.push_back(record);
    }
    return contents;
}

ShardWriter& ShardSeries::begun(Shard& shard)
{
    const std::lock_guard lock(shard.mutex);
    if (!shard.writer) {
        shard.writer = std::make_unique<ShardWriter>(folder_ / shard.name, contents(shard));
    }
    return *shard.writer;
}

void ShardSeries::write(std::int64_t clip, std::span<const float> values, const ClipLevel& level)
{
    Shard& shard = *shards_.at(static_cast<std::size_t>(clip / capacity_));
    begun(shard).write(clip - shard.first, values, level);
    const std::lock_guard lock(shard.mutex);
    if (--shard.left == 0) {
        shard.writer->commit();
        shard.writer.reset();
        shard.check = check_of(folder_ / shard.name, ShardReader(folder_ / shard.name));
    }
}

std::vector<ShardCheck> ShardSeries::checks() const
{
    std::vector<ShardCheck> checks;
    for (const auto& shard : shards_) {
        checks.push_back(shard->check);
    }
    return checks;
}

std::vector<std::string> ShardSeries::names() const
{
    std::vector<std::string> names;
    for (const auto& shard : shards_) {
        names.push_back(shard->name);
    }
    return names;
}

void ShardSeries::remove()
{
    for (const auto& shard : shards_) {
        if (shard->is_adopted) {
            continue;
        }
        shard->writer.reset();
        std::error_code ignored;
        std::filesystem::remove(folder_ / shard->name, ignored);
    }
}

}  // namespace attnsweep::data
