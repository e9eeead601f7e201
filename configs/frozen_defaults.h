#pragma once

#include <string>
#include <vector>

#include "configs/settings.h"

namespace attnsweep::configs {

/// The default of a key in trial ids: a key at this value is left out of the canonical text.
struct FrozenDefault {
    std::string key;
    std::string text;  ///< as text_of writes it; JSON
};

/// Returns the table of frozen defaults. Rows are never changed or removed, even when the defaults in the structs
/// change: changing a row would give every finished trial a new id. A key added later gets a row with the value that
/// means the behaviour before the key existed.
const std::vector<FrozenDefault>& frozen_defaults();

/// Returns the settings with every key of a trial at its frozen default.
const Settings& frozen_settings();

}  // namespace attnsweep::configs
