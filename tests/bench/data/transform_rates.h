#pragma once

#include <filesystem>

namespace attnsweep::bench {

/// Prints how many clips a second one thread transforms: the STFT, the CQT one clip at a time, and the CQT in batches of
/// 16. `clips` is a file of float32 samples, clip after clip. Each is measured for about `seconds`.
void print_transform_rates(const std::filesystem::path& clips, double seconds);

}  // namespace attnsweep::bench
