#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "data/error.h"
#include "data/ingest.h"
#include "files/checksum.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {

/// A folder for recordings, audio/, and one for the data set made of them, shards/.
class Ingest : public ::testing::Test {
protected:
    void tone(const std::string& name, double seconds, double frequency_hz = 440, int rate = 4000) const
    {
        write_audio(folder_ / ("audio/" + name), sine(frequency_hz, seconds, rate), rate,
                    SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    }
    data::IngestOptions options() const { return tiny_ingest(folder_ / "audio", folder_ / "shards"); }
    std::string error(const data::IngestOptions& options) const
    {
        return message_of<data::Error>([&] { data::ingest(options); });
    }
    std::map<std::string, std::string> hashes(const std::string& name = "shards") const
    {
        std::map<std::string, std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / name)) {
            found[entry.path().filename().string()] = files::sha256_hex(bytes_of(entry.path()));
        }
        return found;
    }
    TemporaryFolder folder_;
};

}  // namespace attnsweep::tests
