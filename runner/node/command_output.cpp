#include "runner/node/command_output.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace attnsweep::runner {

std::string command_output(const std::string& command, std::string* why_not)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), ::pclose);
    if (!pipe && why_not != nullptr) {
        *why_not = std::strerror(errno);
    }
    std::string text;
    std::array<char, 1024> piece{};
    while (pipe && std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) {
        text += piece.data();
    }
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

}  // namespace attnsweep::runner
