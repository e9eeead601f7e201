#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace attnsweep::data {

/// Decodes one audio file from its beginning to its end. What is wrong with a file is an outcome, not an exception. For
/// one thread at a time.
class Decoder {
public:
    virtual ~Decoder() = default;

    /// Returns why nothing can be decoded; empty: it can, and the rate and the channels are known.
    virtual std::string problem() const = 0;
    virtual int sample_rate_hz() const = 0;
    virtual int channels() const = 0;

    /// Decodes the next frames (one sample a channel, interleaved) and returns their number; 0 at the end.
    virtual std::size_t read(std::span<float> interleaved) = 0;

    /// Returns the number of frames that the file's header announces, if it does. After the end.
    virtual std::optional<std::int64_t> announced_frames() const = 0;
    /// Returns what is wrong with the file's data, in a few words; empty: nothing. Once, after the end.
    virtual std::string fault() const = 0;
    /// Returns the name of the file's format if its header announces no length that a cut would show by; empty: it does.
    virtual std::string format_without_length() const { return {}; }
};

}  // namespace attnsweep::data
