#include "files/error.h"

#include <cerrno>
#include <cstring>

namespace attnsweep::files {

namespace {

std::string describe(const std::filesystem::path& path, const std::string& call, int code, const std::string& remedy)
{
    std::string text = path.string() + ": " + call;
    if (code != 0) {
        text += std::string(": ") + std::strerror(code);
    }
    std::string hint = remedy;
    if (hint.empty() && (code == ENOSPC || code == EDQUOT)) {
        hint = "free some space (or choose another folder) and rerun the command";
    }
    if (hint.empty() && (code == EACCES || code == EPERM || code == EROFS)) {
        hint = "give yourself write permission there, or choose another folder";
    }
    if (!hint.empty()) {
        text += "; " + hint;
    }
    return text;
}

}  // namespace

Error::Error(std::filesystem::path path, std::string call, int code, const std::string& remedy)
    : std::runtime_error(describe(path, call, code, remedy)), path_(std::move(path)), call_(std::move(call)),
      code_(code)
{
}

}  // namespace attnsweep::files
