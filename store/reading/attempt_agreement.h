#pragma once

#include <string>

#include "store/store.h"

namespace attnsweep::store {

/// Compares a done attempt of a trial with the one whose result counts: epochs, test results and every prediction, bit for bit.
/// Returns words for people, "is the same as attempt 1 to the bit" or "differs from attempt 1 from epoch 3 on; it had
/// threads 1 instead of 2"; empty if the attempt is the one that counts, or not done. Throws Error.
std::string agreement_in_words(const Store& store, const std::string& trial_id, int attempt);

}  // namespace attnsweep::store
