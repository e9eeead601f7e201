#include "data/audio/file_end.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "data/audio/file_kind.h"

namespace attnsweep::data {
namespace {

constexpr std::string_view page_mark = "OggS";
constexpr std::size_t page_header_bytes = 27, most_segments = 255;
constexpr std::size_t flags_at = 5, segments_at = 26;
constexpr std::int64_t largest_page = 65307;

std::int64_t bytes_in(const std::filesystem::path& path)
{
    std::error_code code;
    const auto size = std::filesystem::file_size(path, code);
    return code ? 0 : static_cast<std::int64_t>(size);
}

// The page at `place`, if there is one: other data may hold the four letters of its mark.
std::optional<OggEnd> page_at(const std::filesystem::path& path, std::int64_t place)
{
    const std::string header = bytes_at(path, place, page_header_bytes + most_segments);
    if (header.size() < page_header_bytes || header[4] != 0) {
        return std::nullopt;
    }
    const std::size_t segments = static_cast<unsigned char>(header[segments_at]);
    OggEnd end{place + static_cast<std::int64_t>(page_header_bytes + segments), (header[flags_at] & 4) != 0};
    for (std::size_t at = page_header_bytes; at < std::min(page_header_bytes + segments, header.size()); ++at) {
        end.place += static_cast<unsigned char>(header[at]);
    }
    return end;
}

}  // namespace

std::optional<OggEnd> ogg_end(const std::filesystem::path& path)
{
    constexpr auto overlap = static_cast<std::int64_t>(page_mark.size()) - 1;
    std::int64_t end = bytes_in(path);
    while (end > overlap) {
        const std::int64_t begin = std::max<std::int64_t>(0, end - largest_page);
        const std::string bytes = bytes_at(path, begin, static_cast<std::size_t>(end - begin));
        for (auto at = bytes.rfind(page_mark); at != std::string::npos;
             at = at == 0 ? std::string::npos : bytes.rfind(page_mark, at - 1)) {
            if (const auto page = page_at(path, begin + static_cast<std::int64_t>(at))) {
                return page;
            }
        }
        end = begin == 0 ? 0 : begin + overlap;
    }
    return std::nullopt;
}

std::string what_follows(const std::filesystem::path& path, std::int64_t end)
{
    constexpr std::size_t mark_bytes = 16;
    constexpr std::int64_t most_padding = 4096;  // a block of a disk, a tag cut off
    static constexpr std::array tags = {"APETAGEX", "LYRICSBEGIN", "TAG+", "TAG", "3DI"};
    const std::int64_t size = bytes_in(path);
    std::string rest = bytes_at(path, end, mark_bytes);
    if (const std::int64_t tag = id3_tag_bytes(rest); tag > 0) {
        end += tag;
        rest = bytes_at(path, end, mark_bytes);
    }
    if (size - end <= most_padding ||
        std::any_of(tags.begin(), tags.end(), [&](const char* mark) { return rest.starts_with(mark); })) {
        return {};
    }
    return fmt::format("the {} bytes behind its end (at byte {}) are no audio", size - end, end);
}

}  // namespace attnsweep::data
