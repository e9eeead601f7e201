#include "model/kernels/vector_instructions.h"

#include <cstdint>

#include "model/error.h"
#include "model/kernels/highway_targets.h"

#include <hwy/targets.h>

namespace attnsweep::model {

namespace {

std::int64_t usable_targets()
{
    static const std::int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;  // once: before one was chosen
    return targets;
}

}  // namespace

std::vector<std::string> vector_instruction_sets()
{
    std::vector<std::string> names;
    for (std::int64_t targets = usable_targets(); targets != 0; targets &= targets - 1) {
        names.emplace_back(hwy::TargetName(targets & -targets));  // the best is the lowest bit
    }
    return names;
}

void use_vector_instructions(const std::string& name)
{
    std::string known;
    for (std::int64_t targets = usable_targets(); targets != 0; targets &= targets - 1) {
        const std::int64_t target = targets & -targets;
        if (name == hwy::TargetName(target)) {
            hwy::SetSupportedTargetsForTest(target);
            hwy::GetChosenTarget().Update(hwy::SupportedTargets());
            return;
        }
        known += (known.empty() ? "" : ", ") + std::string(hwy::TargetName(target));
    }
    throw Error("the instruction set \"" + name +
                "\" is not one of this processor's for attnsweep's kernels: " + known);
}

std::string vector_instructions_beside(const std::string& capability, const std::vector<std::string>& sets)
{
    for (const std::string& set : sets) {
        const bool needs_avx2 = set.starts_with("AVX"), needs_avx512 = set.starts_with("AVX3");
        if ((needs_avx512 && capability == "AVX2") ||
            (needs_avx2 && (capability == "DEFAULT" || capability == "NO AVX"))) {
            continue;
        }
        return set;
    }
    return sets.back();
}

}  // namespace attnsweep::model
