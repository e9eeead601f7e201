#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace attnsweep::configs {

/// U+FFFD, shown in place of what cannot be printed.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// A UTF-8 sequence decoded.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0;  // 0: not valid UTF-8
};

/// Decodes the sequence that begins at byte `at`; `bytes` is 0 if it is not valid UTF-8.
CodePoint code_point_at(std::string_view text, std::size_t at);

/// Returns `text` as valid UTF-8 on one line, without code points that move the cursor or change the writing direction,
/// which are replaced by U+FFFD or a space. For names from users' folders.
std::string printable(std::string_view text);

/// Returns `text` as one word of a POSIX shell, in single quotes.
std::string shell_quoted(std::string_view text);

/// Returns at most `most` code points of printable(text); the last is an ellipsis if some are left out.
std::string shortened(std::string_view text, std::size_t most);

/// Returns the number of terminal columns that the text takes: its number of code points.
std::size_t display_width(std::string_view text);

}  // namespace attnsweep::configs
