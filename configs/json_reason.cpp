#include "configs/json_reason.h"

#include <algorithm>

namespace attnsweep::configs {

std::string json_reason(std::string_view what)
{
    if (what.starts_with("[json.exception.")) {
        what.remove_prefix(std::min(what.find("] "), what.size() - 2) + 2);
    }
    return std::string(what);
}

}  // namespace attnsweep::configs
