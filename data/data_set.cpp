#include "data/data_set.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "data/data_set_file.h"
#include "data/data_set_folder.h"
#include "data/error.h"
#include "data/shard_reader.h"

namespace attnsweep::data {

struct DataSet::State {
    configs::DataSetDescription description;
    configs::Spectrogram spectrogram = configs::Spectrogram::stft;
    std::string digest;
    std::vector<ShardReader> shards;
    std::vector<std::int64_t> first_clips;  // of each shard

    static std::unique_ptr<State> read(const std::filesystem::path& folder, configs::Spectrogram spectrogram,
                                       const DataSetFile& file);

    struct Place {
        const ShardReader* shard = nullptr;
        std::int64_t index = 0;  // within it
        const ClipRecord& record() const { return shard->contents().clips[static_cast<std::size_t>(index)]; }
        const SourceRecord& source() const
        {
            return shard->contents().sources[static_cast<std::size_t>(record().source)];
        }
    };
    Place find(std::int64_t clip) const
    {
        if (clip < 0 || clip >= description.clips) {
            throw Error(fmt::format("{}: clip {} requested, there are {}", description.path, clip, description.clips));
        }
        const auto after = std::upper_bound(first_clips.begin(), first_clips.end(), clip);
        const auto shard = static_cast<std::size_t>(after - first_clips.begin() - 1);
        return {&shards[shard], clip - first_clips[shard]};
    }
};

namespace {

bool lists_other_shards(const std::filesystem::path& folder, const DataSetFile& before)
{
    try {
        return listed_shards(read_data_set_file(folder)) != listed_shards(before);
    } catch (const Error&) {
        return false;
    }
}

// Returns the first parameter of a kind of spectrogram that a shard's header and `dataset.json` disagree on: the other
// parameters may differ, of a kind that was ingested before the other.
std::string other_value(const configs::Geometry& shard, const configs::Geometry& listed,
                        configs::Spectrogram spectrogram)
{
    std::string other;
    const auto compare = [&](const char* name, auto in_shard, auto in_list) {
        if (other.empty() && in_shard != in_list) {
            other = fmt::format("{} = {}, {} says {}", name, in_shard, data_set_file_name, in_list);
        }
    };
    compare("sample_rate_hz", shard.sample_rate_hz, listed.sample_rate_hz);
    compare("hop_samples", shard.hop_samples, listed.hop_samples);
    compare("clip_s", shard.clip_s, listed.clip_s);
    if (spectrogram == configs::Spectrogram::stft) {
        compare("n_fft", shard.n_fft, listed.n_fft);
    } else {
        compare("octaves", shard.octaves, listed.octaves);
        compare("bins_per_octave", shard.bins_per_octave, listed.bins_per_octave);
        compare("fmin_hz", shard.fmin_hz, listed.fmin_hz);
    }
    return other;
}

}  // namespace

configs::DataSetDescription describe(const std::filesystem::path& folder)
{
    return read_data_set_file(folder).description;
}

DataSet::DataSet() : state_(std::make_unique<State>()) {}
DataSet::~DataSet() = default;
DataSet::DataSet(DataSet&&) noexcept = default;
DataSet& DataSet::operator=(DataSet&&) noexcept = default;

DataSet DataSet::open(const std::filesystem::path& folder, configs::Spectrogram spectrogram)
{
    constexpr int most_tries = 5;
    for (int tried = 1;; ++tried) {
        const DataSetFile file = read_data_set_file(folder);
        try {
            DataSet data_set;
            data_set.state_ = State::read(folder, spectrogram, file);
            return data_set;
        } catch (const Error&) {
            // The data set was replaced meanwhile: those shards are gone, and others are listed.
            if (tried == most_tries || !lists_other_shards(folder, file)) {
                throw;
            }
        }
    }
}

std::unique_ptr<DataSet::State> DataSet::State::read(const std::filesystem::path& folder,
                                                     configs::Spectrogram spectrogram, const DataSetFile& file)
{
    const configs::SpectrogramSet& set = file.description.set(spectrogram);
    const auto kind = static_cast<std::size_t>(&set - file.description.spectrograms.data());
    auto opened = std::make_unique<State>();
    State& state = *opened;
    state.description = file.description;
    state.spectrogram = spectrogram;
    state.digest = set.digest;
    std::int64_t clips = 0;
    std::vector<std::int64_t> clips_per_class(state.description.classes.size(), 0);
    for (std::size_t index = 0; index < set.shards.size(); ++index) {
        const std::filesystem::path path = folder / set.shards[index];
        std::error_code code;
        const auto size = std::filesystem::file_size(path, code);
        if (const std::string other = what_is_no_file(path); !other.empty()) {
            throw Error(fmt::format("{}: {}; move it away and rerun the `attnsweep ingest` to rebuild the shard",
                                    path.string(), other),
                        path);
        }
        const auto expected = static_cast<std::uintmax_t>(file.shards[kind][index].bytes);
        if (code || size != expected) {
            throw Error(fmt::format("{}: {}, {} expects {} bytes; rerun the `attnsweep ingest` to rebuild it",
                                    path.string(), code ? code.message() : fmt::format("holds {} bytes", size),
                                    data_set_file_name, expected),
                        path, code.value());
        }
        ShardReader shard(path);
        const ShardContents& contents = shard.contents();
        if (contents.spectrogram != spectrogram || contents.classes != state.description.classes) {
            throw Error(fmt::format("{}: belongs to another data set than {}; ingest again with --overwrite",
                                    path.string(), (folder / data_set_file_name).string()),
                        path);
        }
        if (const std::string other = other_value(contents.geometry, state.description.geometry, spectrogram);
            !other.empty()) {
            throw Error(fmt::format("{}: holds {}: it belongs to another data set, or {} was edited; ingest again with "
                                    "--overwrite",
                                    path.string(), other, data_set_file_name),
                        path);
        }
        for (const ClipRecord& clip : contents.clips) {
            ++clips_per_class[static_cast<std::size_t>(clip.label)];
        }
        const auto& table = file.shards[kind][index].table_crc32c;
        if (table && *table != shard.table_crc32c()) {
            throw Error(fmt::format("{}: is damaged: the CRC-32C of its labels, groups and sources is {:08x}, {} says "
                                    "{:08x}; ingest again with --overwrite",
                                    path.string(), shard.table_crc32c(), data_set_file_name, *table),
                        path);
        }
        state.first_clips.push_back(clips);
        clips += shard.clips();
        state.shards.push_back(std::move(shard));
    }
    if (clips != state.description.clips) {
        throw Error(fmt::format("{}: its shards hold {} clips, {} says {}; ingest again with --overwrite",
                                folder.string(), clips, data_set_file_name, state.description.clips),
                    folder);
    }
    const std::vector<std::int64_t>& listed = state.description.clips_per_class;
    for (std::size_t label = 0; label < clips_per_class.size(); ++label) {
        if (label >= listed.size() || listed[label] != clips_per_class[label]) {
            throw Error(fmt::format("{}: its shards hold {} clips of `{}`, {} says {}; ingest again with --overwrite",
                                    folder.string(), clips_per_class[label], state.description.classes[label],
                                    data_set_file_name, label < listed.size() ? fmt::to_string(listed[label]) : "none"),
                        folder);
        }
    }
    return opened;
}

const configs::DataSetDescription& DataSet::description() const
{
    return state_->description;
}
configs::Spectrogram DataSet::spectrogram() const
{
    return state_->spectrogram;
}
const std::string& DataSet::digest() const
{
    return state_->digest;
}
std::int64_t DataSet::clips() const
{
    return state_->description.clips;
}
int DataSet::classes() const
{
    return static_cast<int>(state_->description.classes.size());
}
int DataSet::frames() const
{
    return state_->description.geometry.frames();
}
int DataSet::bins() const
{
    return state_->description.geometry.bins(state_->spectrogram);
}
int DataSet::label(std::int64_t clip) const
{
    return state_->find(clip).record().label;
}
std::int64_t DataSet::group(std::int64_t clip) const
{
    return state_->find(clip).record().group;
}
const std::string& DataSet::source(std::int64_t clip) const
{
    return state_->find(clip).source().name;
}
const std::string& DataSet::source_hash(std::int64_t clip) const
{
    return state_->find(clip).source().hash;
}
double DataSet::start_s(std::int64_t clip) const
{
    return state_->find(clip).record().start_s;
}
ManifestSplit DataSet::manifest_split(std::int64_t clip) const
{
    return state_->find(clip).record().split;
}

std::optional<ClipLevel> DataSet::level(std::int64_t clip) const
{
    const State::Place place = state_->find(clip);
    const std::vector<ClipLevel>& levels = place.shard->levels();
    return levels.empty() ? std::nullopt : std::optional(levels[static_cast<std::size_t>(place.index)]);
}

std::span<const float> DataSet::magnitudes(std::int64_t clip) const
{
    const State::Place place = state_->find(clip);
    return place.shard->magnitudes(place.index);
}

}  // namespace attnsweep::data
