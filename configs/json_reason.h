#pragma once

#include <string>
#include <string_view>

namespace attnsweep::configs {

/// Returns the message of an exception of the JSON library without the library's own name and number before it:
/// "[json.exception.out_of_range.403] key 'clips' not found" becomes "key 'clips' not found".
std::string json_reason(std::string_view what);

}  // namespace attnsweep::configs
