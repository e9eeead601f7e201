#pragma once

#include <filesystem>
#include <memory>

#include "data/audio/decoder.h"

namespace attnsweep::data {

/// Opens an MPEG audio file (mp3, mp2) with libmpg123, to the same samples as libsndfile gives, which uses it too; but
/// silently, and with what is wrong between and after the frames known. Thread-safe.
std::unique_ptr<Decoder> open_with_mpg123(const std::filesystem::path& path);

}  // namespace attnsweep::data
