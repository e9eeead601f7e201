#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "configs/error.h"
#include "configs/sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {

/// A data set of the paper's geometry with both kinds of spectrogram.
inline configs::DataSetDescription paper_data_set()
{
    configs::DataSetDescription data;
    data.path = "shards";
    for (int i = 0; i < 19; ++i) {
        data.classes.push_back("instrument-" + std::string(1, static_cast<char>('a' + i)));
        data.clips_per_class.push_back(100);
    }
    data.clips = 1900;
    data.recordings = 700;
    data.spectrograms = {{configs::Spectrogram::stft, std::string(64, 'a'), {"stft-00000.h5"}},
                         {configs::Spectrogram::cqt, std::string(64, 'b'), {"cqt-00000.h5"}}};
    return data;
}

/// Sweep files written for one test.
class SweepFolder {
public:
    std::filesystem::path write(const std::string& name, const std::string& text) const
    {
        std::filesystem::path path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
        return path;
    }

    configs::Sweep read(const std::string& text, const std::vector<std::string>& overrides = {}) const
    {
        return configs::read_sweep(write("sweep.toml", text), overrides, paper_data_set());
    }

    /// The message of the Error that reading raises, this folder's path cut out; "no error" when there is none.
    std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) const
    {
        try {
            read(text, overrides);
        } catch (const configs::Error& error) {
            return without_folder(error.what());
        }
        return "no error";
    }

    std::string without_folder(std::string message) const
    {
        const std::string prefix = folder_.path().string() + "/";
        for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
            message.erase(at, prefix.size());
        }
        return message;
    }

    const std::filesystem::path& path() const { return folder_.path(); }

private:
    TemporaryFolder folder_;
};

inline std::vector<std::string> labels_of(const configs::Sweep& sweep)
{
    std::vector<std::string> labels;
    for (const configs::Trial& trial : sweep.trials) {
        labels.push_back(trial.label);
    }
    return labels;
}

}  // namespace attnsweep::tests
