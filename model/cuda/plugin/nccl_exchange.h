#pragma once

#include "model/cuda/plugin/plugin_functions.h"

namespace attnsweep::cuda_plugin {

/// Fills in the functions of the exchange by NCCL. Sees no libtorch: tests link it with a stand-in for NCCL and CUDA.
void add_exchange(AttnsweepCudaFunctions& functions);

}  // namespace attnsweep::cuda_plugin
