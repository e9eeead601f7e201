#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace attnsweep::configs {

/// Throws Error, naming the line and the remedy, if the text of a sweep file is not UTF-8 or has line ends that TOML does not
/// know. `name`: the file, for the message.
void require_text_of_toml(const std::string& text, const std::string& name);

/// Returns what is wrong at a line of a sweep file, and what to do, in words of a sweep file: those of the TOML library are of
/// its own. `name`: the file; `description`: what the library says; `line`: where, from 1.
std::string toml_reason(const std::string& text, const std::string& name, std::string_view description,
                        std::size_t line);

/// Returns what is wrong with text that is not TOML, and what TOML is. `description`: what the library says.
std::string not_toml(std::string_view description);

}  // namespace attnsweep::configs
