#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace attnsweep::configs {

/// U+FFFD, which stands for what cannot be shown.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// A UTF-8 sequence decoded.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0;  // 0: not UTF-8 here
};

/// Decodes the sequence that begins at byte `at`; `bytes` is 0 where no valid one does.
CodePoint code_point_at(std::string_view text, std::size_t at);

/// Returns valid UTF-8 on one line that moves no cursor and changes no writing direction: any other code point is replaced by
/// U+FFFD or a blank. For names that come from users' folders.
std::string printable(std::string_view text);

/// Returns `text` as one word of a POSIX shell, in single quotes.
std::string shell_quoted(std::string_view text);

/// Returns at most `most` code points of printable(text); the last is an ellipsis where some are left out.
std::string shortened(std::string_view text, std::size_t most);

/// Returns how many columns of a terminal the text takes: its code points.
std::size_t display_width(std::string_view text);

}  // namespace attnsweep::configs
