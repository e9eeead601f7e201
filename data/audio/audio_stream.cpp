#include "data/audio/audio_stream.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fcntl.h>

#include <fmt/format.h>

#include "data/audio/file_kind.h"
#include "data/audio/mpeg_decoder.h"
#include "data/audio/sndfile_decoder.h"
#include "files/descriptor.h"
#include "files/error.h"

namespace attnsweep::data {
namespace {

constexpr std::size_t block_samples = 65536;  // of all channels together
constexpr std::size_t head_bytes = 512;
constexpr std::size_t shortest_header = 24;  // AU's

// Returns the bytes behind the ID3v2 tags at a file's beginning, of which there may be several.
std::string behind_tags(const std::filesystem::path& path, std::string head)
{
    constexpr int most_tags = 8;
    std::int64_t place = 0;
    for (int tag = 0; tag < most_tags && id3_tag_bytes(head) > 0; ++tag) {
        place += id3_tag_bytes(head);
        head = bytes_at(path, place, head_bytes);
    }
    return head;
}

// By content first: names lie, and taggers put an ID3v2 tag before FLAC and WAV files too, which libsndfile skips. What it
// does not recognise, behind a tag or in a file named .mp3, it takes for MPEG audio, and warns on the terminal if it is
// none: it never gets such a file.
std::unique_ptr<Decoder> open_decoder(const std::filesystem::path& path, const std::string& head)
{
    const std::string content = behind_tags(path, head);
    const std::string ending = lower_case_extension(path);
    const bool is_named_mpeg = ending == ".mp3" || ending == ".mp2";
    const bool is_tagged = content != head;
    const bool is_container =
        is_tagged || is_named_mpeg ? is_whole_container(content, is_tagged) : begins_like_container(head);
    const bool is_mpeg =
        !is_container && (is_named_mpeg || begins_like_mpeg(head) || has_mpeg_synchronisation(content));
    return is_mpeg ? open_with_mpg123(path) : open_with_sndfile(path);
}

// (frames, channels), of which the first frames are used -> the mean of the channels
void mix(std::span<const float> interleaved, std::span<float> mono, std::size_t channels)
{
    const float share = 1.0F / static_cast<float>(channels);
    for (std::size_t frame = 0; frame < mono.size(); ++frame) {
        float sum = 0;
        for (std::size_t channel = 0; channel < channels; ++channel) {
            sum += interleaved[frame * channels + channel];
        }
        mono[frame] = sum * share;
    }
}

// The bits of floats without sign are ordered as their values are, infinity and what is no number last; comparisons of floats
// stop the compiler from taking several samples at once.
bool all_usable(std::span<const float> samples)
{
    constexpr std::uint32_t magnitude = 0x7FFFFFFF;
    constexpr auto largest = std::bit_cast<std::uint32_t>(AudioStream::largest_sample);
    std::uint32_t others = 0;
    for (const float sample : samples) {
        others |= (std::bit_cast<std::uint32_t>(sample) & magnitude) > largest ? 1U : 0U;
    }
    return others == 0;
}

std::string what_is_wrong_with(float sample, double at_s)
{
    return std::isfinite(sample)
               ? fmt::format("holds a sample of {:g} at {:.3f} s, expected samples from -{:g} to {:g} (full scale is "
                             "1); scale it",
                             sample, at_s, AudioStream::largest_sample, AudioStream::largest_sample)
               : fmt::format("holds a value that is not a finite number at {:.3f} s, expected samples from -{:g} to "
                             "{:g} (full scale is 1)",
                             at_s, AudioStream::largest_sample, AudioStream::largest_sample);
}

// Returns why a file cannot be read; empty: it can be.
std::string why_not_readable(const std::filesystem::path& path)
{
    try {
        const files::Descriptor opened(path, O_RDONLY);
        return {};
    } catch (const files::Error& error) {
        return fmt::format("cannot be read: {}{}", std::strerror(error.code()),
                           error.code() == EACCES || error.code() == EPERM ? "; give yourself read permission" : "");
    }
}

}  // namespace

AudioStream::AudioStream(const std::filesystem::path& path) : problem_(open(path)) {}

AudioStream::~AudioStream() = default;

std::string AudioStream::open(const std::filesystem::path& path)
{
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (code && status.type() != std::filesystem::file_type::not_found) {
        return code == std::errc::too_many_symbolic_link_levels ? "is a link that leads back to itself"
                                                                : "cannot be opened: " + code.message();
    }
    if (!std::filesystem::exists(status)) {
        return std::filesystem::is_symlink(path, code) ? "is a link to a file that does not exist" : "does not exist";
    }
    if (!std::filesystem::is_regular_file(status)) {
        return "is not a file";
    }
    if (std::filesystem::file_size(path, code) == 0 && !code) {
        return "is empty (0 bytes)";
    }
    if (std::string why = why_not_readable(path); !why.empty()) {
        return why;
    }
    const std::string head = bytes_at(path, 0, head_bytes);
    const bool is_short = head.size() <= shortest_header;  // libsndfile would go by the file's name
    const std::string kind = kind_of_other_file(head);
    if (!is_short && (kind.empty() || kind == "text")) {
        decoder_ = open_decoder(path, head);
        if (decoder_->problem().empty()) {
            return {};
        }
    }
    if (!kind.empty()) {
        return fmt::format("cannot be decoded: it is {}", kind);
    }
    return is_short ? fmt::format("cannot be decoded: {} bytes are too short to hold audio", head.size())
                    : decoder_->problem();
}

std::span<const float> AudioStream::next()
{
    if (!problem_.empty()) {
        return {};
    }
    const auto channels = static_cast<std::size_t>(decoder_->channels());
    std::vector<float>& decoded = channels == 1 ? mono_ : interleaved_;
    decoded.resize(std::max(block_samples / channels, std::size_t{1}) * channels);
    const std::size_t frames = decoder_->read(decoded);
    mono_.resize(frames);
    if (channels > 1) {
        mix(interleaved_, mono_, channels);
    }
    const auto bad = all_usable(mono_) ? mono_.end() : std::find_if_not(mono_.begin(), mono_.end(), [](float sample) {
        return std::abs(sample) <= largest_sample;
    });
    if (bad != mono_.end()) {
        problem_ = what_is_wrong_with(*bad, double(samples_ + (bad - mono_.begin())) / sample_rate_hz());
        return {};
    }
    samples_ += static_cast<std::int64_t>(frames);
    if (samples_ == 0) {
        const std::string why = damage();
        problem_ = "holds no samples" + (why.empty() ? "" : ": " + why);
    }
    return mono_;
}

int AudioStream::sample_rate_hz() const
{
    return decoder_ ? decoder_->sample_rate_hz() : 0;
}

int AudioStream::channels() const
{
    return decoder_ ? decoder_->channels() : 0;
}

std::string AudioStream::format_without_length() const
{
    return decoder_ ? decoder_->format_without_length() : std::string();
}

std::string AudioStream::damage() const
{
    if (!decoder_ || !decoder_->problem().empty()) {
        return {};
    }
    const double rate = sample_rate_hz();
    const std::string fault = decoder_->fault();
    if (const auto announced = decoder_->announced_frames(); announced && samples_ < *announced) {
        return fmt::format("{:.2f} s of the {:.2f} s that its header announces can be decoded{}",
                           double(samples_) / rate, double(*announced) / rate, fault.empty() ? "" : ": " + fault);
    }
    return fault.empty() ? "" : fmt::format("{:.2f} s can be decoded: {}", double(samples_) / rate, fault);
}

}  // namespace attnsweep::data
