#pragma once

#include <string>

namespace attnsweep::configs {

/// Returns all settings of a sweep file as the markdown of docs/settings.md.
std::string keys_as_markdown();

/// Returns all settings of a sweep file as plain text, for `attnsweep plan --help-keys`.
std::string keys_as_text();

}  // namespace attnsweep::configs
