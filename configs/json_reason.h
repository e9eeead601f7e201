#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace attnsweep::configs {

/// Returns the message of an exception of the JSON library without the library's own name and number before it:
/// "[json.exception.out_of_range.403] key 'clips' not found" becomes "key 'clips' not found". What is no JSON is said in our
/// words: "it is cut short at line 1, column 2".
std::string json_reason(std::string_view what);

/// Returns a JSON value as messages show it: a number or the beginning of a text as it is, "an array" or "an object"
/// whatever it holds, which may be nested too deeply to be written.
std::string json_shown(const nlohmann::json& value);

}  // namespace attnsweep::configs
