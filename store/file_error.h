#pragma once

#include "files/error.h"
#include "store/error.h"

namespace attnsweep::store {

/// Maps a failed file write to an error of the store: no_space for a full disk, a quota or a limit on a file's
/// size, else unwritable.
Error::Kind kind_of_file_error(const files::Error& failure);

}  // namespace attnsweep::store
