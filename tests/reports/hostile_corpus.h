#pragma once

#include "configs/sweep.h"
#include "store/store.h"

namespace attnsweep::reports {

/// Names as strangers' folders may bring them: markup, formulas, commands, formats, quotes, line ends, turned writing.
std::vector<std::string> hostile_classes();

/// The paper's ten models over these classes, with names of the same kind for the sweep, its configurations and what failed. Every
/// trial is done but the last two: one failed, one is missing.
configs::Sweep hostile_sweep();
void fill_hostile(store::Store& store, const configs::Sweep& sweep);

}  // namespace attnsweep::reports
