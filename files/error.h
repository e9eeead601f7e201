#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace attnsweep::files {

/// Reports a failed file operation: carries the path, the call and errno; the message says all three in words.
class Error : public std::runtime_error {
public:
    Error(std::filesystem::path path, std::string call, int code, const std::string& remedy = {});
    const std::filesystem::path& path() const { return path_; }
    const std::string& call() const { return call_; }
    int code() const { return code_; }  ///< errno, or 0

private:
    std::filesystem::path path_;
    std::string call_;
    int code_;
};

}  // namespace attnsweep::files
