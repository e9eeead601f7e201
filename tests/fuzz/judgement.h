#pragma once

#include <string>

namespace attnsweep::tests {

/// Returns what is wrong with a text that users see: a line break, a control character, bytes that are not UTF-8, the
/// words of a library in place of the project's own, or too great a length; empty: nothing.
std::string fault_of_text(const std::string& text);

}  // namespace attnsweep::tests
