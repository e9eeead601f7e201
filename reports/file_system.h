#pragma once

#include "files/error.h"
#include "reports/error.h"

namespace attnsweep::reports {

/// What a file that could not be written means here: no_space for a full disk or quota, else unwritable.
Error::Kind kind_of_file_error(const files::Error& failure);

}  // namespace attnsweep::reports
