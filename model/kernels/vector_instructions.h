#pragma once

#include <string>
#include <vector>

namespace attnsweep::model {

/// Names the instruction sets that the kernels of this folder were compiled for and this processor has, the best first: of "AVX3"
/// (AVX-512), "AVX2", "NEON", and "SCALAR" or "EMU128", which need none. The kernels use the first unless told otherwise.
std::vector<std::string> vector_instruction_sets();

/// Makes the kernels use that instruction set in this process from now on, while none of them runs. Throws Error unless it is one
/// of vector_instruction_sets().
void use_vector_instructions(const std::string& name);

/// Returns which of `sets` (the best first) goes with what libtorch dispatches on (at::get_cpu_capability: "AVX512", "AVX2",
/// "DEFAULT"), which ATEN_CPU_CAPABILITY lowers: where someone wants the bits of an older processor, the kernels follow.
std::string vector_instructions_beside(const std::string& capability, const std::vector<std::string>& sets);

}  // namespace attnsweep::model
