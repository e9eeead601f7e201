#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attnsweep::runner {

/// One row of a profile: a layer, or a part of the layer before it.
struct ProfileRow {
    std::string
        name;  ///< `block4/conv1`, `block4/pool`, `dense2`, `loss`; of a part: `convolution`, `attention`, `batch norm, ReLU`
    bool is_part = false;           ///< part of the last row that is none, which contains it
    std::string what;               ///< "convolution 192, attention 64"
    std::string output;             ///< shape of a clip's output, time x frequency x channels: "11 x 32 x 256"
    double forward_ms = 0;          ///< median
    double backward_ms = 0;         ///< median
    std::int64_t output_bytes = 0;  ///< of the batch
    std::int64_t kept_bytes = 0;  ///< made in its forward pass and alive after it: for backward, or for the next layer
    std::int64_t peak_bytes = 0;  ///< largest sum of the step's tensors while it ran
};

/// A training step by layer. Times are medians, each of its own: their sum need not be that of the step.
struct Profile {
    std::string label, trial_id, device, device_name;
    int threads = 1;
    int batch_size = 0;
    int warm_up_steps = 0, unobserved_steps = 0, observed_steps = 0;
    std::vector<ProfileRow> rows;
    double data_ms = 0, optimizer_ms = 0, rest_ms = 0;
    double observed_ms = 0;              ///< a whole step with the profiler, the batch's loading included
    double unobserved_ms = 0;            ///< one without
    std::int64_t peak_memory_bytes = 0;  ///< of the process
    std::int64_t peak_device_bytes = 0;  ///< of the GPU's memory, CUDA itself included; 0 on CPUs
};

/// Returns the profile as a table for people, or as one JSON object.
std::string profile_text(const Profile& profile);
std::string profile_json(const Profile& profile);

}  // namespace attnsweep::runner
