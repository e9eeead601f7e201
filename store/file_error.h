#pragma once

#include "files/error.h"
#include "store/error.h"

namespace attnsweep::store {

/// What a file that could not be written means here: no_space for a full disk or quota, else unwritable.
Error::Kind kind_of_file_error(const files::Error& failure);

}  // namespace attnsweep::store
