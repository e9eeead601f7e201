// Included before Highway by each kernel: the instruction sets that they are compiled for. Vectors whose size only run time knows
// (SVE, RISC-V) do not fit into arrays. Processors that have SSE but not AVX2, from before 2013, take Highway's scalar code.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
