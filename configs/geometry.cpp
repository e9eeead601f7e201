#include "configs/geometry.h"

#include <limits>

#include "configs/error.h"
#include "configs/json_fields.h"
#include "configs/names.h"

namespace attnsweep::configs {

std::string to_string(Spectrogram spectrogram)
{
    return names<Spectrogram>()[static_cast<std::size_t>(spectrogram)];
}

Spectrogram spectrogram_from(const std::string& name)
{
    if (const auto known = from_name<Spectrogram>(name)) {
        return *known;
    }
    throw Error("spectrogram \"" + name + "\" is not known; expected stft or cqt");
}

void to_json(nlohmann::json& json, const Geometry& geometry)
{
    json = {{"sample_rate_hz", geometry.sample_rate_hz},
            {"hop_samples", geometry.hop_samples},
            {"n_fft", geometry.n_fft},
            {"octaves", geometry.octaves},
            {"bins_per_octave", geometry.bins_per_octave},
            {"fmin_hz", geometry.fmin_hz}};
    if (geometry.clip_s != Geometry::paper_clip_s) {
        json["clip_s"] = geometry.clip_s;
    }
}

void from_json(const nlohmann::json& json, Geometry& geometry)
{
    const JsonFields fields(json, "geometry");
    fields.required("sample_rate_hz", geometry.sample_rate_hz);
    fields.required("hop_samples", geometry.hop_samples);
    fields.required("n_fft", geometry.n_fft);
    fields.required("octaves", geometry.octaves);
    fields.required("bins_per_octave", geometry.bins_per_octave);
    fields.required("fmin_hz", geometry.fmin_hz);
    geometry.clip_s = Geometry::paper_clip_s;
    fields.optional("clip_s", geometry.clip_s);
    if (geometry.sample_rate_hz <= 0 || geometry.hop_samples <= 0 || geometry.n_fft <= 0 || geometry.octaves <= 0 ||
        geometry.bins_per_octave <= 0 || !(geometry.fmin_hz > 0) || !(geometry.clip_s > 0)) {
        throw Error("geometry: every number must be above 0; found " + nlohmann::json(geometry).dump());
    }
    if (geometry.clip_s > Geometry::longest_clip_s ||
        geometry.clip_s * geometry.sample_rate_hz > std::numeric_limits<int>::max()) {
        throw Error("geometry: clip_s is too long; found " + nlohmann::json(geometry).dump());
    }
}

void to_json(nlohmann::json& json, const SpectrogramSet& set)
{
    json = {{"spectrogram", to_string(set.spectrogram)}, {"digest", set.digest}, {"shards", set.shards}};
}

void from_json(const nlohmann::json& json, SpectrogramSet& set)
{
    const JsonFields fields(json, "spectrogram set");
    std::string spectrogram;
    fields.required("spectrogram", spectrogram);
    set.spectrogram = spectrogram_from(spectrogram);
    fields.required("digest", set.digest);
    fields.required("shards", set.shards);
}

void to_json(nlohmann::json& json, const DataSetDescription& data)
{
    json = {{"geometry", data.geometry},
            {"classes", data.classes},
            {"clips_per_class", data.clips_per_class},
            {"clips", data.clips},
            {"recordings", data.recordings},
            {"has_manifest_split", data.has_manifest_split},
            {"spectrograms", data.spectrograms}};
    if (data.pads_short) {
        json["pads_short"] = true;
    }
}

void from_json(const nlohmann::json& json, DataSetDescription& data)
{
    const JsonFields fields(json, "data set description");
    fields.required("geometry", data.geometry);
    fields.required("classes", data.classes);
    fields.required("clips_per_class", data.clips_per_class);
    fields.required("clips", data.clips);
    fields.required("recordings", data.recordings);
    fields.required("has_manifest_split", data.has_manifest_split);
    fields.required("spectrograms", data.spectrograms);
    fields.optional("pads_short", data.pads_short);
}

const SpectrogramSet& DataSetDescription::set(Spectrogram spectrogram) const
{
    std::string held;
    for (const SpectrogramSet& candidate : spectrograms) {
        if (candidate.spectrogram == spectrogram) {
            return candidate;
        }
        held += (held.empty() ? "" : ", ") + to_string(candidate.spectrogram);
    }
    throw Error(path + ": this data set holds no " + to_string(spectrogram) + " spectrograms, only: " +
                (held.empty() ? "none" : held) + "; ingest the audio again with both kinds (attnsweep ingest)");
}

}  // namespace attnsweep::configs
