#pragma once

#include <string>
#include <vector>

namespace attnsweep::configs {

/// A key's value in the ids of trials: a key at this value is not in the canonical text.
struct FrozenDefault {
    std::string key;
    std::string text;  ///< as text_of writes it; JSON
};

/// The table. Rows are never changed and never removed, whatever becomes of the defaults in the structs: a row's change
/// would give every finished trial a new id. A key added later gets a row with the value that means what trials did
/// before the key was there.
const std::vector<FrozenDefault>& frozen_defaults();

}  // namespace attnsweep::configs
