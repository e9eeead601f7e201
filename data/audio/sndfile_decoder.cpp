#include "data/audio/sndfile_decoder.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <string_view>

#include <fmt/format.h>
#include <sndfile.h>

#include "data/audio/announced_length.h"
#include "data/audio/file_end.h"
#include "data/audio/flac_signature.h"
#include "data/audio/unreadable_header.h"

namespace attnsweep::data {
namespace {

struct CloseSound {
    void operator()(SNDFILE* file) const { sf_close(file); }
};
using Sound = std::unique_ptr<SNDFILE, CloseSound>;

// libsndfile's messages may end in a full stop or a line break; here they are part of a sentence.
std::string without_full_stop(std::string reason)
{
    while (!reason.empty() && (reason.back() == '.' || std::isspace(static_cast<unsigned char>(reason.back())))) {
        reason.pop_back();
    }
    return reason;
}

// libsndfile has one place for the reasons of all files that it could not open: a file that fails is opened once more
// while no other thread opens one, so that the reason is its own.
std::shared_mutex& opening()
{
    static std::shared_mutex mutex;
    return mutex;
}

Sound open_sound(const std::filesystem::path& path, SF_INFO& info, std::string& problem)
{
    {
        const std::shared_lock lock(opening());
        if (Sound sound(sf_open(path.c_str(), SFM_READ, &info)); sound) {
            return sound;
        }
    }
    const std::unique_lock lock(opening());
    info = {};
    errno = 0;
    Sound sound(sf_open(path.c_str(), SFM_READ, &info));
    if (!sound) {
        problem = errno == EACCES ? "permission denied" : why_unreadable(path, without_full_stop(sf_strerror(nullptr)));
    }
    return sound;
}

// Two numbers of a line of libsndfile's log: "data : 882000 (should be 264569)". The second is what the file holds.
struct Sizes {
    std::uint64_t announced = 0, held = 0;
};

std::optional<Sizes> sizes_in(std::string_view line)
{
    constexpr std::string_view middle = " (should be ";
    const auto colon = line.find(": ");
    const auto found = line.find(middle);
    if (colon == std::string_view::npos || found == std::string_view::npos || found < colon) {
        return std::nullopt;
    }
    const auto number = [](std::string_view text, std::uint64_t& value) {
        return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
    };
    Sizes sizes;
    return number(line.substr(colon + 2), sizes.announced) && number(line.substr(found + middle.size()), sizes.held)
               ? std::optional(sizes)
               : std::nullopt;
}

// Programs that write to a pipe do not know the length in advance: they announce the largest one, some less the
// header, rounded down or as a power of two.
bool is_unknown_length(std::uint64_t bytes)
{
    const auto is_just_below = [&](std::uint64_t most) { return bytes <= most && most - bytes <= 4096; };
    return is_just_below(0xFFFFFFFFU) || is_just_below(0x7FFFFFFFU) || bytes == 0x80000000U;
}

// What is plausible: a wrong byte in a header gives any rate, and seconds that are none.
constexpr int lowest_rate_hz = 100, highest_rate_hz = 1'000'000;

class SndfileDecoder : public Decoder {
public:
    explicit SndfileDecoder(const std::filesystem::path& path) : path_(path), sound_(open_sound(path, info_, problem_))
    {
        if (sound_ && (info_.channels < 1 || info_.samplerate < lowest_rate_hz || info_.samplerate > highest_rate_hz)) {
            problem_ = fmt::format("its header is not valid: {} channel(s) at {} Hz, expected {} to {} Hz",
                                   info_.channels, info_.samplerate, lowest_rate_hz, highest_rate_hz);
        } else if (!sound_) {
            problem_ = "cannot be decoded: " + problem_;
        } else if ((info_.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC) {
            signature_ = FlacSignature::of(path);
        }
    }

    std::string problem() const override { return problem_; }
    int sample_rate_hz() const override { return info_.samplerate; }
    int channels() const override { return info_.channels; }

    std::size_t read(std::span<float> interleaved) override
    {
        const auto most = static_cast<sf_count_t>(interleaved.size()) / info_.channels;
        const sf_count_t frames = sf_readf_float(sound_.get(), interleaved.data(), most);
        if (sf_error(sound_.get()) != SF_ERR_NO_ERROR) {  // the next call forgets it
            is_damaged_ = true;
        }
        if (frames <= 0) {
            return 0;
        }
        if (signature_) {
            signature_->update(interleaved.first(static_cast<std::size_t>(frames * info_.channels)));
        }
        decoded_ += frames;
        return static_cast<std::size_t>(frames);
    }

    std::optional<std::int64_t> announced_frames() const override
    {
        if (const auto sizes = cut_data(); sizes && info_.frames > 0 && sizes->held > 0) {
            return static_cast<std::int64_t>(double(info_.frames) * double(sizes->announced) / double(sizes->held));
        }
        if (const auto frames = frames_in_header(path_, info_.format, log_text()); frames && *frames > info_.frames) {
            return frames;
        }
        return has_length() ? std::optional(info_.frames) : std::nullopt;
    }

    std::string format_without_length() const override { return data::format_without_length(info_.format); }

    std::string fault() const override
    {
        const std::string log = log_text();
        // libsndfile says so, too, where one reads on behind the end.
        const std::optional<OggEnd> ogg =
            (info_.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG ? ogg_end(path_) : std::nullopt;
        if (log.find("without an End-Of-Stream flag") != std::string::npos && !(ogg && ogg->is_marked)) {
            return "it is cut off: the Ogg stream has no end";
        }
        if (info_.frames == 0 && log.find("data : 0\n") != std::string::npos) {
            return "its header announces no audio; the recorder was stopped before it wrote the length";
        }
        if (log.find("Exiting parser") != std::string::npos) {
            return "bytes follow that its header does not describe: the recorder was stopped before it wrote the "
                   "length, or the file is damaged";
        }
        if (is_damaged_ || log.find("Corrupted bitstream") != std::string::npos ||
            log.find("reports a hole") != std::string::npos) {
            return "its data is damaged";
        }
        if (signature_ && (!has_length() || decoded_ == info_.frames) && !signature_->holds()) {
            return "its samples are not those of the MD5 in its header: its data is damaged, or its header announces "
                   "fewer samples than it has";
        }
        return ogg ? what_follows(path_, ogg->place) : "";
    }

private:
    bool has_length() const { return info_.frames > 0 && info_.frames < std::numeric_limits<std::int64_t>::max(); }

    std::string log_text() const
    {
        std::array<char, 16384> log{};
        sf_command(sound_.get(), SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()));
        return {log.data()};
    }

    // The audio data's size, if the file holds less than its header announces.
    std::optional<Sizes> cut_data() const
    {
        static constexpr std::array data_chunks = {"data ", "SSND ", "BODY ", "Data Size ", "Riff size ", "riff "};
        const std::string log = log_text();
        for (std::size_t at = 0; at < log.size();) {
            const std::size_t end = std::min(log.find('\n', at), log.size());
            std::string_view line(log.data() + at, end - at);
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            for (const char* name : data_chunks) {
                if (!line.starts_with(name)) {
                    continue;
                }
                // A few bytes at the end may be padding.
                if (const auto sizes = sizes_in(line);
                    sizes && sizes->announced > sizes->held + 16 && !is_unknown_length(sizes->announced)) {
                    return sizes;
                }
            }
            at = end + 1;
        }
        return std::nullopt;
    }

    std::filesystem::path path_;
    SF_INFO info_{};
    std::string problem_;
    Sound sound_;
    bool is_damaged_ = false;
    std::unique_ptr<FlacSignature> signature_;  // none: nothing is signed
    std::int64_t decoded_ = 0;                  // frames
};

}  // namespace

std::unique_ptr<Decoder> open_with_sndfile(const std::filesystem::path& path)
{
    return std::make_unique<SndfileDecoder>(path);
}

}  // namespace attnsweep::data
