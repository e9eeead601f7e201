#pragma once

#include <string>

namespace attnsweep::configs {

/// Returns `text` as one word of a POSIX shell: as it is where it may stand so, else in single quotes. For the command lines
/// that messages print.
std::string shell_word(const std::string& text);

/// Returns a path as shell_word(); one that begins with "-" would be taken for an option, and gets a "./".
std::string shell_path(const std::string& path);

}  // namespace attnsweep::configs
