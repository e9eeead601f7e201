#include "data/audio/mpeg_decoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <mpg123.h>

#include "data/audio/file_end.h"
#include "data/audio/file_kind.h"

namespace attnsweep::data {
namespace {

struct CloseMpeg {
    void operator()(mpg123_handle* handle) const { mpg123_delete(handle); }
};

constexpr std::int64_t longest_frame = 2881;  // bytes

// Whether the frame before `first` is one that announces the number of frames (by Xing, LAME or Fraunhofer).
bool has_info_frame(const std::filesystem::path& path, std::int64_t first)
{
    const std::int64_t begin = std::max<std::int64_t>(0, first - longest_frame);
    const std::string bytes = bytes_at(path, begin, static_cast<std::size_t>(first - begin));
    for (const std::string_view name : {"Xing", "Info", "VBRI"}) {
        for (auto at = bytes.find(name); at != std::string::npos; at = bytes.find(name, at + 1)) {
            for (const std::size_t header : {std::size_t{13}, std::size_t{21}, std::size_t{36}}) {
                if (at >= header && bytes[at - header] == '\xFF' &&
                    begins_like_mpeg(std::string_view(bytes).substr(at - header))) {
                    return true;
                }
            }
        }
    }
    return false;
}

class MpegDecoder : public Decoder {
public:
    explicit MpegDecoder(const std::filesystem::path& path) : path_(path)
    {
        [[maybe_unused]] static const int initialised = mpg123_init();
        int code = 0;
        handle_.reset(mpg123_new(nullptr, &code));
        if (!handle_) {
            problem_ = fmt::format("cannot be decoded: libmpg123: {}", mpg123_plain_strerror(code));
            return;
        }
        mpg123_param(handle_.get(), MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0);
        mpg123_param(handle_.get(), MPG123_ADD_FLAGS,
                     MPG123_FORCE_FLOAT | MPG123_GAPLESS | MPG123_QUIET | MPG123_NO_FRANKENSTEIN, 0);
        if (mpg123_open(handle_.get(), path.c_str()) != MPG123_OK) {
            problem_ = "cannot be read";
        } else if (!next_frame()) {
            problem_ = "cannot be decoded: there is no MPEG audio in it";
        }
    }

    std::string problem() const override { return problem_; }
    int sample_rate_hz() const override { return static_cast<int>(rate_hz_); }
    int channels() const override { return channels_; }

    std::size_t read(std::span<float> interleaved) override
    {
        const std::size_t wanted = interleaved.size() - interleaved.size() % static_cast<std::size_t>(channels_);
        std::size_t taken = 0;
        while (taken < wanted) {
            if (pending_.empty() && !next_frame()) {
                break;
            }
            const std::size_t count = std::min(pending_.size(), wanted - taken);
            std::copy_n(pending_.begin(), count, interleaved.begin() + static_cast<std::ptrdiff_t>(taken));
            pending_ = pending_.subspan(count);
            taken += count;
        }
        const std::size_t frames = taken / static_cast<std::size_t>(channels_);
        decoded_ += static_cast<std::int64_t>(frames);
        return frames;
    }

    // Without LAME's tag, the number is of whole MPEG frames, and may include the one that announces it.
    std::optional<std::int64_t> announced_frames() const override
    {
        constexpr std::int64_t slack = 2 * std::int64_t{1152};
        return announced_ && decoded_ + slack < *announced_ ? announced_ : std::nullopt;
    }

    std::string fault() const override
    {
        if (!fault_.empty()) {
            return fault_;
        }
        std::error_code code;
        const auto size = std::filesystem::file_size(path_, code);
        if (code) {
            return "it was removed while it was read";
        }
        std::int64_t end = end_;
        std::string rest = bytes_at(path_, end, 10);
        if (rest.starts_with("ID3") && rest.size() == 10) {
            end += id3_tag_bytes(rest);
            rest = bytes_at(path_, end, 10);
        }
        if (!begins_like_mpeg(rest)) {
            return what_follows(path_, end);
        }
        return static_cast<std::int64_t>(size) - end < longest_frame
                   ? "it is cut off within a frame"
                   : fmt::format("another recording is joined to it at byte {}", end);
    }

private:
    // Decodes frames until one has samples. False: the end.
    bool next_frame()
    {
        while (!has_ended_) {
            const int next = mpg123_framebyframe_next(handle_.get());
            const bool is_new_format = next == MPG123_NEW_FORMAT;
            if (next != MPG123_OK && !is_new_format) {
                has_ended_ = true;
                if (next != MPG123_DONE) {
                    fault_ = fmt::format("its data is damaged at byte {}", end_);
                }
                return false;
            }
            if (is_new_format && !take_format()) {
                return false;
            }
            note_place();
            off_t number = 0;
            unsigned char* bytes = nullptr;
            std::size_t size = 0;
            if (mpg123_framebyframe_decode(handle_.get(), &number, &bytes, &size) != MPG123_OK) {
                fault_ = fmt::format("its data is damaged before byte {}", end_);
                continue;
            }
            if (size > 0) {
                pending_ = {reinterpret_cast<const float*>(bytes), size / sizeof(float)};
                return true;
            }
        }
        return false;
    }

    bool take_format()
    {
        long rate_hz = 0;
        int channels = 0, encoding = 0;
        mpg123_getformat(handle_.get(), &rate_hz, &channels, &encoding);
        if (rate_hz_ != 0 && (rate_hz != rate_hz_ || channels != channels_)) {
            fault_ = fmt::format("from byte {} it has {} channels at {} Hz, before {} at {} Hz", end_, channels,
                                 rate_hz, channels_, rate_hz_);
            has_ended_ = true;
            return false;
        }
        rate_hz_ = rate_hz;
        channels_ = channels;
        return true;
    }

    void note_place()
    {
        mpg123_frameinfo frame{};
        mpg123_info(handle_.get(), &frame);
        const auto place = static_cast<std::int64_t>(mpg123_framepos(handle_.get()));
        if (end_ < 0) {
            if (has_info_frame(path_, place)) {
                announced_ = mpg123_length(handle_.get());
            }
        } else if (place != end_ && fault_.empty()) {
            fault_ = fmt::format("{} bytes at byte {} are no MPEG audio", place - end_, end_);
        }
        end_ = place + frame.framesize;
    }

    std::filesystem::path path_;
    std::unique_ptr<mpg123_handle, CloseMpeg> handle_;
    std::string problem_, fault_;
    long rate_hz_ = 0;
    int channels_ = 0;
    bool has_ended_ = false;
    std::int64_t end_ = -1;           // of the last frame, byte
    std::span<const float> pending_;  // decoded and not yet taken; libmpg123's own memory
    std::optional<std::int64_t> announced_;
    std::int64_t decoded_ = 0;  // frames: one sample a channel
};

}  // namespace

std::unique_ptr<Decoder> open_with_mpg123(const std::filesystem::path& path)
{
    return std::make_unique<MpegDecoder>(path);
}

}  // namespace attnsweep::data
