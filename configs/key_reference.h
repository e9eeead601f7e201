#pragma once

#include <string>

namespace attnsweep::configs {

/// Writes all settings of a sweep file as the markdown of docs/settings.md.
std::string keys_as_markdown();

/// Writes all settings of a sweep file as plain text, for `attnsweep plan --help-keys`.
std::string keys_as_text();

}  // namespace attnsweep::configs
