#include "runner/terminal.h"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace attnsweep::runner {

bool redraws_lines(int descriptor)
{
    const char* terminal = std::getenv("TERM");
    return terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb" &&
           ::isatty(descriptor) == 1;
}

}  // namespace attnsweep::runner
