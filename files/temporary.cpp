#include "files/temporary.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>

#include <unistd.h>

#include "files/error.h"

namespace attnsweep::files {

namespace {

std::filesystem::path temporary_name(const std::filesystem::path& path)
{
    static std::atomic<unsigned> counter{0};
    return path.string() + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

}  // namespace

Temporary::Temporary(const std::filesystem::path& target) : target_(target), name_(temporary_name(target)) {}

Temporary::~Temporary()
{
    if (!in_place_) {
        ::unlink(name_.c_str());
    }
}

void Temporary::put_in_place()
{
    if (std::rename(name_.c_str(), target_.c_str()) != 0) {
        throw Error(target_, "cannot be put in place", errno);
    }
    in_place_ = true;
}

}  // namespace attnsweep::files
