#pragma once

#include <string>

#include <gtest/gtest.h>

#include "model/kernels/vector_instructions.h"

namespace attnsweep::model {

/// Runs a test of kernels on the instruction set that its parameter names.
class OnInstructionSet : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override { use_vector_instructions(GetParam()); }
    void TearDown() override { use_vector_instructions(vector_instruction_sets().front()); }
};

}  // namespace attnsweep::model
