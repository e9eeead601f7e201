#pragma once

#include <filesystem>
#include <memory>

#include "data/audio/decoder.h"

namespace attnsweep::data {

/// Opens a file with libsndfile (wav, flac, aiff, ogg, opus, ...). Thread-safe.
std::unique_ptr<Decoder> open_with_sndfile(const std::filesystem::path& path);

}  // namespace attnsweep::data
