#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::configs {

/// A clip of a split's test set.
struct TestClip {
    std::int64_t clip = 0;   ///< number in the data set, the same for both spectrograms
    std::int64_t group = 0;  ///< the recording and its copies: clips of one are not independent
    int truth = 0;           ///< class, from 0
    bool operator==(const TestClip&) const = default;
};

/// A network's prediction for a test clip.
struct PredictedClip {
    int predicted = 0;      ///< class with the largest probability, from 0
    int rank = 1;           ///< of the true class by probability; 1 if and only if it is predicted
    float probability = 0;  ///< of the predicted class, 0..1
    bool operator==(const PredictedClip&) const = default;
};

/// Encodes clips as the store keeps them: little-endian, in the order of the split's test clips, without a header.
///   TestClip       12 bytes: clip, group, truth, each an unsigned 32-bit number
///   PredictedClip   8 bytes: predicted, rank, each an unsigned 16-bit number; probability, an IEEE 754 32-bit number
/// Throws Error when a number does not fit.
std::string packed(const std::vector<TestClip>& clips);
std::string packed(const std::vector<PredictedClip>& clips);

/// Decodes what packed() encodes. Throws Error when the size is not a multiple of a clip's.
std::vector<TestClip> test_clips_from(std::string_view bytes);
std::vector<PredictedClip> predicted_clips_from(std::string_view bytes);

/// Converts bytes to and from base64 text (RFC 4648), for JSON. `from_base64` throws Error when the text is not base64.
std::string to_base64(std::string_view bytes);
std::string from_base64(const std::string& text);

}  // namespace attnsweep::configs
