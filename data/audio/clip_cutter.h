#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace attnsweep::data {

/// Receives one clip; the samples are valid during the call.
using ClipReceiver = std::function<void(std::span<const float>)>;

/// Resamples a recording, or a part of one, that arrives in blocks (libsoxr, quality HQ), and cuts it into consecutive
/// clips. The clips do not depend on the blocks; memory does not depend on the recording's length.
class ClipCutter {
public:
    /// Throws Error when a rate is not positive.
    ClipCutter(int from_hz, int to_hz, std::size_t clip_samples, ClipReceiver receiver);
    ~ClipCutter();
    ClipCutter(ClipCutter&&) noexcept;
    ClipCutter& operator=(ClipCutter&&) noexcept;

    void push(std::span<const float> samples);
    /// Ends the recording: ceil(n to / from) samples have been cut, and those after the last whole clip are dropped. With
    /// `pads_short`, a recording shorter than a clip becomes one, silence after it.
    void finish(bool pads_short = false);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A recording that for_each_clip has read.
struct ReadRecording {
    double duration_s = 0;
    std::string damage;  ///< AudioStream::damage
};

/// Decodes, mixes to mono and resamples a recording that a user names, and gives its clips to `receiver`, in order, as
/// ClipCutter cuts them. Throws Error naming the file and the reason.
ReadRecording for_each_clip(const std::filesystem::path& path, int sample_rate_hz, std::size_t clip_samples,
                            const ClipReceiver& receiver, bool pads_short = false);

}  // namespace attnsweep::data
