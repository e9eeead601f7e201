#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "configs/error.h"
#include "configs/printable.h"
#include "data/audio/clip_cutter.h"
#include "data/audio/source_bytes.h"
#include "data/data_config.h"
#include "data/data_set.h"
#include "data/data_set_file.h"
#include "data/error.h"
#include "data/inspection.h"
#include "data/manifest.h"
#include "data/shard_reader.h"
#include "files/file_checksum.h"
#include "runner/last_resort.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"
#include "tests/fuzz/checksums.h"
#include "tests/fuzz/target.h"

namespace attnsweep::tests {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> audio_seeds(const TemporaryFolder& folder)
{
    std::vector<std::string> seeds;
    for (const auto& [ending, format] : {std::pair{"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                                         {"float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT},
                                         {"adpcm.wav", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM},
                                         {"w64", SF_FORMAT_W64 | SF_FORMAT_PCM_24},
                                         {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
                                         {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
                                         {"au", SF_FORMAT_AU | SF_FORMAT_ULAW},
                                         {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
                                         {"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
                                         {"caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16},
                                         {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}}) {
        const fs::path path = folder / (std::string("seed.") + ending);
        write_audio(path, sine(440, 0.1, 16000), 16000, format);
        seeds.push_back(bytes_of(path));
    }
    return seeds;
}

// As `ingest` and `predict` read a recording.
std::vector<std::string> read_audio(const fs::path& file)
{
    const DecodedAudio audio = decode(file);
    (void)data::read_source_bytes(file);
    std::vector<std::string> told = {audio.problem, audio.damage};
    constexpr std::size_t quick = 400'000;
    if (audio.samples.size() < quick) {
        told.push_back(data::for_each_clip(file, 4000, 4000, [](std::span<const float>) {}).damage);
    }
    return told;
}

const fs::path& tones()
{
    static const TemporaryFolder folder;
    static const bool is_made = (make_tone_data_set(folder.path(), 2, 2), true);
    (void)is_made;
    static const fs::path shards = folder / "shards";
    return shards;
}

std::vector<std::string> shard_seeds()
{
    return {bytes_of(tones() / "cqt-00000.h5"), bytes_of(tones() / "stft-00000.h5")};
}

void read_clips(const data::DataSet& set)
{
    for (std::int64_t clip = 0; clip < set.clips(); ++clip) {
        set.magnitudes(clip);
        set.label(clip);
        set.source(clip);
        (void)set.level(clip);
    }
}

std::vector<std::string> read_data_set(const fs::path& folder)
{
    // First each shard by itself: a wrong one ends the reading.
    std::vector<std::string> told;
    for (const std::string& fault : data::verify(folder).faults) {
        told.push_back(configs::printable(fault));
    }
    for (const configs::SpectrogramSet& set : data::describe(folder).spectrograms) {
        try {
            read_clips(data::DataSet::open(folder, set.spectrogram));
        } catch (const data::Error& error) {
            told.push_back(runner::last_words_of(error));
        } catch (const configs::Error& error) {
            told.push_back(runner::last_words_of(error));
        }
    }
    (void)data::inspect(folder);
    return told;
}

// By itself, then in a data set that says the same of its clips.
std::vector<std::string> read_shard(const fs::path& file)
{
    data::DataSetFile described = data::read_data_set_file(tones());
    const data::ShardReader shard(file);
    for (std::int64_t clip = 0; clip < shard.clips(); ++clip) {
        shard.magnitudes(clip);
    }
    configs::DataSetDescription& description = described.description;
    // The digest of its kind, which an unchanged file must still give.
    std::stable_partition(description.spectrograms.begin(), description.spectrograms.end(),
                          [&](const auto& kind) { return kind.spectrogram == shard.contents().spectrogram; });
    description.spectrograms.resize(1);
    described.shards = {{data::ShardCheck{}}};
    configs::SpectrogramSet& set = description.spectrograms.front();
    set.spectrogram = shard.contents().spectrogram;
    set.shards = {file.filename().string()};
    description.geometry = shard.contents().geometry;
    description.classes.clear();
    for (const std::string& name : shard.contents().classes) {
        description.classes.push_back(configs::printable(name));  // ingest lets no other into a dataset.json
    }
    description.clips = shard.clips();
    data::ShardCheck& check = described.shards.front().front();
    check.bytes = static_cast<std::int64_t>(fs::file_size(file));
    check.table_crc32c = shard.table_crc32c();
    check.crc32c = files::crc32c_of_file(file);
    const fs::path folder = file.parent_path() / "shards";
    fs::create_directories(folder);
    fs::remove(folder / file.filename());
    fs::copy(file, folder / file.filename());
    data::write_data_set_file(folder, described);
    return read_data_set(folder);
}

std::string renewed(std::string bytes)
{
    static const Hdf5Checksums checksums(shard_seeds());
    return checksums.renew(std::move(bytes));
}

}  // namespace

std::map<std::string, Target> targets_of_data()
{
    const auto audio = [](const fs::path& file, const std::string&) { return read_audio(file); };
    return {
        {"audio", {audio_seeds, audio, ".wav"}},
        {"mp3", {audio_seeds, audio, ".mp3"}},
        {"shard",
         {[](const TemporaryFolder&) { return shard_seeds(); },
          [](const fs::path& file, const std::string&) { return read_shard(file); }, ".h5", renewed}},
        {"data_set",
         {[](const TemporaryFolder& folder) {
              fs::copy(tones(), folder / "shards");
              return std::vector{bytes_of(tones() / data::data_set_file_name)};
          },
          [](const fs::path& file, const std::string& bytes) {
              const fs::path shards = file.parent_path() / "shards";
              write_bytes(shards / data::data_set_file_name, bytes);
              return read_data_set(shards);
          },
          "",
          {},
          {deep_json("", ""), deep_json(R"({"format":"attnsweep data set","format_version":1,"geometry":)", "}"),
           deep_json(R"({"format":"attnsweep data set","format_version":1,"geometry":{"hop_samples":)", "}}")}}},
        {"manifest",
         {[](const TemporaryFolder& folder) {
              for (const char* name : {"a.wav", "b, c.wav", "d.wav"}) {
                  write_bytes(folder / name, "RIFF");
              }
              return std::vector<std::string>{
                  "path,label,group,split,start_s,end_s\na.wav,tuba,g,train,0,1.5\n\"b, c.wav\",\"cor "
                  "\"\"anglais\"\"\",,test,,\nd.wav,oboe,,validation,1,\n",
                  "label,path\r\ntuba,a.wav\r\noboe,d.wav\r\n"};
          },
          [](const fs::path& file, const std::string&) {
              (void)data::read_manifest(file);
              return std::vector<std::string>{};
          },
          ".csv",
          {},
          {"path,label\n\"" + std::string(500'000, 'a') + "\n", std::string(500'000, ','),
           std::string(500'000, '\n')}}},
        {"data_config",
         {[](const TemporaryFolder&) {
              return std::vector<std::string>{
                  "[geometry]\nsample_rate_hz = 22050\nhop_samples = 256\nn_fft = 2048\noctaves = 7\n"
                  "bins_per_octave = 36\nfmin_hz = 32.7\n[ingest]\nduplicates = \"drop\"\n"};
          },
          [](const fs::path& file, const std::string&) {
              (void)data::read_data_config(file);
              return std::vector<std::string>{};
          },
          ".toml"}},
    };
}

}  // namespace attnsweep::tests
