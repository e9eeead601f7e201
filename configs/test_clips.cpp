#include "configs/test_clips.h"

#include <bit>
#include <limits>

#include <resolv.h>

#include "configs/error.h"

namespace attnsweep::configs {

namespace {

constexpr std::size_t test_clip_bytes = 12, predicted_clip_bytes = 8;

template <typename Number> void append(std::string& bytes, std::int64_t value, const char* what)
{
    if (value < 0 || value > std::int64_t{std::numeric_limits<Number>::max()}) {
        throw Error(std::string("a test clip's ") + what + " is " + std::to_string(value) + "; expected 0 to " +
                    std::to_string(std::numeric_limits<Number>::max()));
    }
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
    }
}

template <typename Number> Number number_at(std::string_view bytes, std::size_t at)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    }
    return static_cast<Number>(value);
}

/// `one`: bytes per clip; `clip_at` reads the one that begins at its argument.
template <typename Clip, typename ClipAt>
std::vector<Clip> unpacked(std::string_view bytes, std::size_t one, const char* what, ClipAt clip_at)
{
    if (bytes.size() % one != 0) {
        throw Error(std::string(what) + ": " + std::to_string(bytes.size()) + " bytes are not a multiple of " +
                    std::to_string(one) + "; they are damaged");
    }
    std::vector<Clip> clips;
    clips.reserve(bytes.size() / one);
    for (std::size_t at = 0; at < bytes.size(); at += one) {
        clips.push_back(clip_at(at));
    }
    return clips;
}

}  // namespace

std::string packed(const std::vector<TestClip>& clips)
{
    std::string bytes;
    bytes.reserve(clips.size() * test_clip_bytes);
    for (const TestClip& clip : clips) {
        append<std::uint32_t>(bytes, clip.clip, "number");
        append<std::uint32_t>(bytes, clip.group, "group");
        append<std::uint32_t>(bytes, clip.truth, "class");
    }
    return bytes;
}

std::string packed(const std::vector<PredictedClip>& clips)
{
    std::string bytes;
    bytes.reserve(clips.size() * predicted_clip_bytes);
    for (const PredictedClip& clip : clips) {
        append<std::uint16_t>(bytes, clip.predicted, "predicted class");
        append<std::uint16_t>(bytes, clip.rank, "rank");
        append<std::uint32_t>(bytes, std::bit_cast<std::uint32_t>(clip.probability), "probability");
    }
    return bytes;
}

std::vector<TestClip> test_clips_from(std::string_view bytes)
{
    return unpacked<TestClip>(bytes, test_clip_bytes, "a split's test clips", [&](std::size_t at) {
        return TestClip{number_at<std::uint32_t>(bytes, at), number_at<std::uint32_t>(bytes, at + 4),
                        static_cast<int>(number_at<std::uint32_t>(bytes, at + 8))};
    });
}

std::vector<PredictedClip> predicted_clips_from(std::string_view bytes)
{
    return unpacked<PredictedClip>(bytes, predicted_clip_bytes, "a trial's predictions", [&](std::size_t at) {
        return PredictedClip{number_at<std::uint16_t>(bytes, at), number_at<std::uint16_t>(bytes, at + 2),
                             std::bit_cast<float>(number_at<std::uint32_t>(bytes, at + 4))};
    });
}

std::string to_base64(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length =
        b64_ntop(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size());
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::string from_base64(const std::string& text)
{
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    const int length = b64_pton(text.c_str(), reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
    if (length < 0) {
        throw Error("\"" + text.substr(0, 20) + (text.size() > 20 ? "...\"" : "\"") +
                    " is not base64 text; the file is damaged or from another program");
    }
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

}  // namespace attnsweep::configs
