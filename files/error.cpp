#include "files/error.h"

#include <cerrno>
#include <cstring>

#include "files/disk_full.h"

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
    if (hint.empty() && code == EFBIG) {
        hint = file_size_remedy;
    }
    if (hint.empty() && (code == EACCES || code == EPERM)) {
        hint = "give yourself write permission there, or choose another folder";
    }
    if (hint.empty() && code == EROFS) {
        hint = "choose a folder on a file system that is not mounted read-only";
    }
    if (hint.empty() && is_out_of_descriptors(code)) {
        hint = "raise the limit on open files (ulimit -n) and rerun the command";
    }
    if (hint.empty() && code == ELOOP) {
        hint = "a symbolic link there leads back to itself: remove it, or name another path";
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
