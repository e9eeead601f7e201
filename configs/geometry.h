#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace attnsweep::configs {

enum class Spectrogram { stft, cqt };

std::string to_string(Spectrogram spectrogram);
Spectrogram spectrogram_from(const std::string& name);  ///< throws Error naming the known ones

/// Parameters by which a clip of audio becomes a spectrogram; fixed for a data set. paper.md, "The experiment".
struct Geometry {
    int sample_rate_hz = 22050;
    int hop_samples = 256;
    int n_fft = 2048;                    ///< STFT window and transform length, samples
    int octaves = 7;                     ///< CQT
    int bins_per_octave = 36;            ///< CQT
    double fmin_hz = 32.70319566257483;  ///< CQT's lowest bin, C1
    double clip_s = paper_clip_s;        ///< a clip's length; rounded to whole samples

    static constexpr double paper_clip_s = 1;  ///< at this value clip_s stands in no digest and no file
    static constexpr double longest_clip_s = 600;

    int clip_samples() const { return static_cast<int>(std::lround(clip_s * sample_rate_hz)); }
    int frames() const { return 1 + clip_samples() / hop_samples; }  ///< centred frames
    int bins(Spectrogram spectrogram) const
    {
        return spectrogram == Spectrogram::stft ? n_fft / 2 + 1 : octaves * bins_per_octave;
    }
    bool operator==(const Geometry&) const = default;
};

void to_json(nlohmann::json& json, const Geometry& geometry);
void from_json(const nlohmann::json& json, Geometry& geometry);  ///< throws Error

/// The part of a data set that belongs to one kind of spectrogram.
struct SpectrogramSet {
    Spectrogram spectrogram = Spectrogram::stft;
    /// Identity: SHA-256 (hex) over source hashes, clip table, this kind's parameters and the ingest's own
    /// version; never over the floats, which differ between processors.
    std::string digest;
    std::vector<std::string> shards;  ///< file names inside the data set's folder, in clip order
};

/// Describes a data set (a folder of shards); data/ reads it from `dataset.json`.
struct DataSetDescription {
    std::string path;  ///< the folder
    Geometry geometry;
    std::vector<std::string> classes;  ///< sorted names; a clip's label is an index into it
    std::vector<std::int64_t> clips_per_class;
    std::int64_t clips = 0;
    std::int64_t recordings = 0;
    bool has_manifest_split = false;  ///< the manifest had a `split` column
    std::vector<SpectrogramSet> spectrograms;
    bool pads_short = false;  ///< recordings shorter than a clip were followed by silence, not left out

    /// Returns the set of that kind. Throws Error, naming the folder and the kinds it holds, when the data set lacks
    /// it.
    const SpectrogramSet& set(Spectrogram spectrogram) const;
};

/// Convert to and from JSON, without `path`, which is where the description was read from.
void to_json(nlohmann::json& json, const SpectrogramSet& set);
void from_json(const nlohmann::json& json, SpectrogramSet& set);  ///< throws Error
void to_json(nlohmann::json& json, const DataSetDescription& data);
void from_json(const nlohmann::json& json, DataSetDescription& data);  ///< throws Error

}  // namespace attnsweep::configs
