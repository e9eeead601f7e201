#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::data {

/// Returns the name of the class that a folder or a manifest's field names: composed (Unicode NFC), so that one name
/// written in two ways is one class, without blanks at its ends and without characters that nobody sees (marks of direction,
/// spaces of no width; joiners stay). Throws Error, beginning with `where`: bytes that
/// are not UTF-8, control characters, nothing but blanks, more than 255 bytes.
std::string class_label(std::string_view text, const std::string& where);

/// Returns those, as "Violin and violin", that differ only in upper and lower case, or in characters that nobody sees.
std::vector<std::string> differ_in_case_only(const std::vector<std::string>& labels);

/// Returns `text` with each byte that is not UTF-8, and each control character, as \xHH: a file's name as it can be
/// stored and printed.
std::string escaped_name(std::string_view text);

/// Returns the place of the first byte that is not valid UTF-8; npos: there is none.
std::size_t first_invalid_byte(std::string_view text);

}  // namespace attnsweep::data
