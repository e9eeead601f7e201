#include "runner/rank/event_pipe.h"

#include <cstddef>
#include <utility>

#include <unistd.h>

namespace attnsweep::runner {

EventPipe::EventPipe(EventPipe&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), partial_(std::move(other.partial_))
{
}

EventPipe& EventPipe::operator=(EventPipe&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    std::swap(partial_, other.partial_);
    return *this;
}

void EventPipe::close()
{
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

std::vector<std::string> EventPipe::read()
{
    char bytes[4096];
    ssize_t count = 0;
    while (descriptor_ >= 0 && (count = ::read(descriptor_, bytes, sizeof bytes)) > 0) {
        partial_.append(bytes, static_cast<std::size_t>(count));
    }
    if (count == 0) {
        close();  // else it would poll as readable for ever
    }
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = partial_.find('\n', begin)) != std::string::npos; begin = end + 1) {
        lines.push_back(partial_.substr(begin, end - begin));
    }
    partial_.erase(0, begin);
    return lines;
}

}  // namespace attnsweep::runner
