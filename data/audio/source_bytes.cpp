#include "data/audio/source_bytes.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fcntl.h>

#include "files/checksum.h"
#include "files/descriptor.h"

namespace attnsweep::data {
namespace {

constexpr std::size_t mark_bytes = 12;
constexpr std::size_t piece_bytes = std::size_t{1} << 20;

// Finds the bytes with which a file of the same format begins, after the first.
class BeginningFinder {
public:
    // `text` begins at `place` of the file; the next piece begins mark_bytes - 1 before this one's end.
    void look_at(std::string_view text, std::int64_t place)
    {
        if (place == 0) {
            first_ = text.substr(0, mark_bytes);
        }
        if (found_ || first_.size() < mark_bytes || !is_known()) {
            return;
        }
        for (auto at = text.find(std::string_view(first_).substr(0, 4), place == 0 ? 1 : 0);
             at != std::string_view::npos && at + mark_bytes <= text.size();
             at = text.find(std::string_view(first_).substr(0, 4), at + 1)) {
            if (is_beginning(text.substr(at, mark_bytes))) {
                found_ = place + static_cast<std::int64_t>(at);
                return;
            }
        }
    }

    std::optional<std::int64_t> found() const { return found_; }

private:
    bool is_chunked() const
    {
        static constexpr std::array chunked = {"RIFF", "RIFX", "RF64", "FORM"};
        return std::any_of(chunked.begin(), chunked.end(), [&](const char* mark) { return first_.starts_with(mark); });
    }

    bool is_known() const
    {
        static constexpr std::array others = {"fLaC", "caff", ".snd", "OggS"};
        return is_chunked() ||
               std::any_of(others.begin(), others.end(), [&](const char* mark) { return first_.starts_with(mark); });
    }

    bool is_beginning(std::string_view mark)
    {
        if (first_.starts_with("OggS")) {
            // The first pages of all streams of an Ogg file are marked and come before the others.
            const bool begins = (static_cast<unsigned char>(mark[5]) & 2) != 0;
            ogg_streams_begun_ = ogg_streams_begun_ || !begins;
            return mark[4] == 0 && begins && ogg_streams_begun_;
        }
        if (is_chunked()) {  // between the two marks stands the size
            return mark.substr(8, 4) == std::string_view(first_).substr(8, 4);
        }
        return mark.substr(0, 8) == std::string_view(first_).substr(0, 8);
    }

    std::string first_;
    bool ogg_streams_begun_ = false;
    std::optional<std::int64_t> found_;
};

}  // namespace

SourceBytes read_source_bytes(const std::filesystem::path& path)
{
    const files::Descriptor file(path, O_RDONLY);
    files::Sha256 hash;
    BeginningFinder finder;
    std::vector<char> piece(piece_bytes + mark_bytes);
    std::size_t kept = 0;  // bytes of the piece before, at the beginning of this one
    std::int64_t place = 0;
    while (const std::size_t size = files::read_some(path, file.number(), piece.data() + kept, piece_bytes)) {
        hash.update(piece.data() + kept, size);
        const std::size_t filled = kept + size;
        finder.look_at({piece.data(), filled}, place);
        kept = std::min(mark_bytes - 1, filled);
        std::copy_n(piece.begin() + static_cast<std::ptrdiff_t>(filled - kept), kept, piece.begin());
        place += static_cast<std::int64_t>(filled - kept);
    }
    return {hash.hex(), finder.found()};
}

}  // namespace attnsweep::data
