#include "data/audio/announced_length.h"

#include <algorithm>
#include <charconv>

#include <sndfile.h>

#include "data/audio/file_kind.h"

namespace attnsweep::data {
namespace {

std::optional<std::int64_t> number_at(std::string_view text, std::size_t at)
{
    const std::size_t begin = std::min(text.find_first_not_of(" :", at), text.size());
    std::int64_t value = 0;
    return std::from_chars(text.data() + begin, text.data() + text.size(), value).ec == std::errc{}
               ? std::optional(value)
               : std::nullopt;
}

// The number after the last `name` in a log's lines: "  Frames      : 141120".
std::optional<std::int64_t> last_number(std::string_view log, std::string_view name)
{
    const auto found = log.rfind(name);
    return found == std::string_view::npos ? std::nullopt : number_at(log, found + name.size());
}

std::optional<std::int64_t> frames_of_nist(const std::filesystem::path& path)
{
    constexpr std::size_t header_bytes = 1024;
    constexpr std::string_view field = "sample_count -i";
    const std::string header = bytes_at(path, 0, header_bytes);
    const auto found = header.find(field);
    return found == std::string::npos ? std::nullopt : number_at(header, found + field.size());
}

// The first block alone: libsndfile reads no file that has its audio in several, and none with a cut block of another type.
std::optional<std::int64_t> frames_of_voc(const std::filesystem::path& path)
{
    constexpr std::size_t offset_at = 20, block_header_bytes = 4, sound_header_bytes = 12;
    constexpr unsigned new_sound_data = 9;
    const std::string offset = bytes_at(path, offset_at, 2);
    const auto byte = [](const std::string& bytes, std::size_t at) -> unsigned {
        return static_cast<unsigned char>(bytes[at]);
    };
    if (offset.size() < 2) {
        return std::nullopt;
    }
    const std::string block =
        bytes_at(path, byte(offset, 0) | byte(offset, 1) << 8, block_header_bytes + sound_header_bytes);
    if (block.size() < block_header_bytes + sound_header_bytes || byte(block, 0) != new_sound_data) {
        return std::nullopt;
    }
    const std::int64_t size = byte(block, 1) | byte(block, 2) << 8 | byte(block, 3) << 16;
    const std::int64_t frame_bits = std::int64_t{byte(block, 8)} * byte(block, 9);
    const std::int64_t audio_bytes = size - static_cast<std::int64_t>(sound_header_bytes);
    return frame_bits < 8 ? std::nullopt : std::optional(audio_bytes / (frame_bits / 8));
}

}  // namespace

std::optional<std::int64_t> frames_in_header(const std::filesystem::path& path, int format, std::string_view log)
{
    switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_NIST:
        return frames_of_nist(path);
    case SF_FORMAT_VOC:
        return frames_of_voc(path);
    case SF_FORMAT_MAT4:
    case SF_FORMAT_MAT5:
        return last_number(log, "Cols");
    case SF_FORMAT_AVR:
    case SF_FORMAT_MPC2K:
        return last_number(log, "Frames");
    case SF_FORMAT_WVE:  // one byte a frame
        return last_number(log, "Data length");
    default:
        return std::nullopt;
    }
}

std::string format_without_length(int format)
{
    switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_PAF:
        return "PAF";
    case SF_FORMAT_IRCAM:
        return "IRCAM";
    case SF_FORMAT_PVF:
        return "PVF";
    case SF_FORMAT_XI:
        return "XI";
    default:
        return {};
    }
}

}  // namespace attnsweep::data
