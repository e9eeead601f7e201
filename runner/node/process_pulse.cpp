#include "runner/node/process_pulse.h"

#include <cstdlib>
#include <string>

#include <unistd.h>

#include "files/durable_file.h"
#include "files/error.h"

namespace attnsweep::runner {

ProcessPulse pulse_of(int process)
{
    ProcessPulse pulse;
    std::string text;
    try {
        text = files::read_file("/proc/" + std::to_string(process) + "/stat");
    } catch (const files::Error&) {
        return pulse;
    }
    std::size_t at = text.rfind(')');  // the name, field 2, may hold anything
    if (at == std::string::npos) {
        return pulse;
    }
    unsigned long long ticks = 0;
    for (int field = 3; (at = text.find(' ', at)) != std::string::npos; ++field) {
        const char* value = text.c_str() + ++at;
        if (field == 3) {
            pulse.state = *value;
        } else if (field == 14 || field == 15) {  // in the program, in the kernel
            ticks += std::strtoull(value, nullptr, 10);
        } else if (field == 22) {
            pulse.start_time = std::strtoull(value, nullptr, 10);
        }
        if (field == 15) {
            pulse.cpu_s = static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
        }
        if (field == 22) {
            break;
        }
    }
    return pulse;
}

}  // namespace attnsweep::runner
