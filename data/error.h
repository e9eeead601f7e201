#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace attnsweep::data {

/// What is wrong with audio, a manifest, a data config or a data set. The message says, ready to print: the file (and
/// line), the value found, what was expected and what to do.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message, std::filesystem::path path = {}, int code = 0)
        : std::runtime_error(message), path_(std::move(path)), code_(code)
    {
    }
    const std::filesystem::path& path() const { return path_; }
    int code() const { return code_; }  ///< errno where a system call failed (ENOSPC: disk full), else 0

private:
    std::filesystem::path path_;
    int code_;
};

}  // namespace attnsweep::data
