#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace attnsweep::data {

/// Reports invalid audio, manifests, data configs or data sets. The message is ready to print: the file (and line), the
/// value found, what was expected and the remedy.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message, std::filesystem::path path = {}, int code = 0)
        : std::runtime_error(message), path_(std::move(path)), code_(code)
    {
    }
    const std::filesystem::path& path() const { return path_; }
    int code() const { return code_; }  ///< errno if a system call failed (ENOSPC: disk full), else 0

private:
    std::filesystem::path path_;
    int code_;
};

}  // namespace attnsweep::data
