#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/ingest.h"
#include "tests/temporary_folder.h"
#include "tests/tone_corpus.h"

namespace attnsweep::tests {

/// 9 frames of 33 STFT or 24 CQT bins: quick.
inline configs::Geometry tiny_geometry_of_data()
{
    return {4000, 500, 64, 2, 12, 220.0};
}

inline data::IngestOptions tiny_ingest(const std::filesystem::path& audio, const std::filesystem::path& out)
{
    data::IngestOptions options;
    options.audio_folder = audio;
    options.out = out;
    options.geometry = tiny_geometry_of_data();
    options.threads = 2;
    return options;
}

/// A data set of `classes` x `recordings` tones of two clips each, in FOLDER/shards.
inline data::IngestReport make_tone_data_set(const std::filesystem::path& folder, int classes, int recordings)
{
    write_tone_corpus(folder / "audio", classes, recordings, 2.05, 4000);
    return data::ingest(tiny_ingest(folder / "audio", folder / "shards"));
}

}  // namespace attnsweep::tests
