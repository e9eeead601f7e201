#include "data/audio/unreadable_header.h"

#include <cstdint>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "data/audio/file_kind.h"

namespace attnsweep::data {
namespace {

// What the chunks of a Core Audio file say (Apple's specification of CAF: a type of four letters, a size of eight bytes, the
// most significant first): libsndfile opens none whose audio is not there to its last byte. Empty: they say nothing.
std::string fault_of_caf(const std::filesystem::path& path)
{
    constexpr std::int64_t file_header_bytes = 8, edit_count_bytes = 4;
    constexpr std::size_t chunk_header_bytes = 12;
    constexpr int most_chunks = 200;  // a sound file has ten
    int chunks = 0;
    std::error_code code;
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, code));
    for (std::int64_t at = file_header_bytes; !code && at < size;) {
        const std::string header = bytes_at(path, at, chunk_header_bytes);
        if (header.size() < chunk_header_bytes) {
            break;
        }
        if (header[0] == '\0' || ++chunks > most_chunks) {
            return "its header is damaged";
        }
        std::uint64_t bits = 0;
        for (std::size_t byte = 4; byte < chunk_header_bytes; ++byte) {
            bits = bits << 8 | static_cast<unsigned char>(header[byte]);
        }
        const auto announced = static_cast<std::int64_t>(bits);
        const std::int64_t begin = at + static_cast<std::int64_t>(chunk_header_bytes);
        const bool is_audio = header.starts_with("data");
        if (is_audio && announced == -1) {
            return "its header announces no length (a CAF file of a recorder that was stopped, or written to a pipe), "
                   "and such files cannot be read here; rewrite it (ffmpeg -i IN.caf OUT.wav)";
        }
        if (announced < 0 || announced > size) {
            if (!is_audio || announced < edit_count_bytes) {
                return "its header is damaged";
            }
        }
        if (is_audio) {
            return begin + announced <= size
                       ? ""
                       : fmt::format("it is cut off: it holds {} bytes of the {} of audio that its header announces, "
                                     "and a CAF file that is cut cannot be read here; copy it again, or rewrite it "
                                     "(ffmpeg -i IN.caf OUT.wav)",
                                     size - begin, announced);
        }
        at = begin + announced;
    }
    return "it is cut off before its audio";
}

}  // namespace

std::string why_unreadable(const std::filesystem::path& path, const std::string& reason)
{
    const auto says = [&](std::string_view words) { return reason.find(words) != std::string::npos; };
    if (bytes_at(path, 0, 4) == "caff") {
        if (std::string fault = fault_of_caf(path); !fault.empty()) {
            return fault;
        }
    }
    if (says("'RIFF' chunk marker") || says("'FORM' marker")) {
        return "a second header follows its audio: two files are joined, and neither can be read; split them, or "
               "rewrite it (ffmpeg -i IN OUT.wav)";
    }
    if (says("VOC sections")) {
        return "it is cut off, or its audio is in several blocks, of which only one can be read";
    }
    if (says("ormat not recognised")) {
        return "it is in no format that can be read here";
    }
    // Of libsndfile itself, and of every fault alike: they say nothing of the file.
    if (says("nternal error") || says("file is malformed")) {
        return "its header is damaged";
    }
    return reason;
}

}  // namespace attnsweep::data
