#include "runner/utc_time.h"

#include <ctime>

namespace attnsweep::runner {

std::string utc_now()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts = {};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

}  // namespace attnsweep::runner
