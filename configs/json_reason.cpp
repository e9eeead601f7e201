#include "configs/json_reason.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "configs/printable.h"

namespace attnsweep::configs {

std::string json_reason(std::string_view what)
{
    if (what.starts_with("[json.exception.")) {
        what.remove_prefix(std::min(what.find("] "), what.size() - 2) + 2);
    }
    constexpr std::string_view syntax = "parse error at ";
    if (what.starts_with(syntax) && what.find(": ") != std::string_view::npos) {
        const std::string where(what.substr(syntax.size(), what.find(": ") - syntax.size()));
        return what.find("unexpected end of input") != std::string_view::npos ? "it is cut short at " + where
                                                                              : "it is not JSON from " + where;
    }
    return std::string(what);
}

std::string json_shown(const nlohmann::json& value)
{
    constexpr std::size_t longest = 80;
    if (value.is_structured()) {
        return value.is_array() ? "an array" : "an object";
    }
    return shortened(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), longest);
}

}  // namespace attnsweep::configs
