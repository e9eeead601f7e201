#include "data/audio/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "data/label.h"

namespace attnsweep::data {
namespace {

using namespace std::string_view_literals;

struct Signature {
    std::size_t place;
    std::string_view bytes;
    const char* kind;
};

constexpr std::array signatures = {
    Signature{0, "version https://git-lfs"sv,
              "a Git LFS pointer, the recording itself was not fetched: run `git lfs pull`"},
    Signature{4, "ftyp"sv, "an MPEG-4 file (m4a, mp4, mov)"},
    Signature{0, "\x1A\x45\xDF\xA3"sv, "a Matroska or WebM file"},
    Signature{0, "\x30\x26\xB2\x75"sv, "a Windows Media file (wma)"},
    Signature{0, "MAC "sv, "a Monkey's Audio file (ape)"},
    Signature{0, "wvpk"sv, "a WavPack file"},
    Signature{0, "DSD "sv, "a DSD file (dsf)"},
    Signature{0, "#!AMR"sv, "an AMR file"},
    Signature{0, "MThd"sv, "a MIDI file: notes, no sound"},
    Signature{0, "PK\x03\x04"sv, "a ZIP archive"},
    Signature{0, "\x1F\x8B"sv, "a gzip archive"},
    Signature{0, "Rar!"sv, "a RAR archive"},
    Signature{0, "7z\xBC\xAF"sv, "a 7-Zip archive"},
    Signature{0, "%PDF"sv, "a PDF document"},
    Signature{0, "\x89PNG"sv, "a picture (PNG)"},
    Signature{0, "\xFF\xD8\xFF"sv, "a picture (JPEG)"},
    Signature{0, "\x00\x05\x16\x07"sv, "a macOS resource file (AppleDouble)"},
};

std::string lower_case_beginning(std::string_view head)
{
    const auto first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    std::string text(head.substr(std::min(first, head.size()), 64));
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

// UTF-8, of which the last character may be cut, or an older encoding of a language that is written with Latin letters.
bool is_text(std::string_view head)
{
    constexpr std::size_t longest_character = 4;
    const auto is_ascii = [](unsigned char c) { return c >= 0x20 && c < 0x7F; };
    if (head.empty() || !std::all_of(head.begin(), head.end(),
                                     [](unsigned char c) { return c >= ' ' || c == '\n' || c == '\r' || c == '\t'; })) {
        return false;
    }
    const std::size_t invalid = first_invalid_byte(head);
    return invalid == std::string_view::npos || invalid + longest_character > head.size() ||
           2 * static_cast<std::size_t>(std::count_if(head.begin(), head.end(), is_ascii)) > head.size();
}

}  // namespace

bool looks_like_audio(const std::filesystem::path& path)
{
    static constexpr std::array endings = {".mp3",  ".flac", ".wav",  ".wave", ".aiff", ".aif", ".aifc", ".ogg", ".oga",
                                           ".opus", ".w64",  ".rf64", ".caf",  ".au",   ".snd", ".mp2",  ".voc", ".m4a",
                                           ".m4b",  ".aac",  ".wma",  ".ape",  ".wv",   ".dsf", ".amr",  ".webm"};
    return std::find(endings.begin(), endings.end(), lower_case_extension(path)) != endings.end();
}

std::string lower_case_extension(const std::filesystem::path& path)
{
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
    return ending;
}

std::string bytes_at(const std::filesystem::path& path, std::int64_t place, std::size_t most)
{
    std::ifstream file(path, std::ios::binary);
    std::string bytes(most, '\0');
    file.seekg(place);
    file.read(bytes.data(), static_cast<std::streamsize>(most));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return bytes;
}

std::string kind_of_other_file(std::string_view head)
{
    for (const Signature& signature : signatures) {
        if (head.size() > signature.place && head.substr(signature.place).starts_with(signature.bytes)) {
            return signature.kind;
        }
    }
    const std::string beginning = lower_case_beginning(head);
    if (beginning.starts_with("<!doctype html") || beginning.starts_with("<html")) {
        return "a web page (HTML): the download failed";
    }
    if (beginning.starts_with("<?xml") || beginning.starts_with("<")) {
        return "an XML document";
    }
    // ADTS: twelve bits of synchronisation, and a layer of 0, which MPEG audio does not have.
    if (head.size() > 1 && head[0] == '\xFF' && (static_cast<unsigned char>(head[1]) & 0xF6) == 0xF0) {
        return "an AAC file";
    }
    return is_text(head) ? "text" : "";
}

bool begins_like_container(std::string_view head)
{
    static constexpr std::array marks = {"RIFF", "RIFX", "RF64", "FORM", "fLaC", "OggS", "caff", ".snd", "riff"};
    return std::any_of(marks.begin(), marks.end(), [&](const char* mark) { return head.starts_with(mark); });
}

bool is_whole_container(std::string_view content, bool is_tagged)
{
    const std::string_view kind = content.substr(std::min<std::size_t>(content.size(), 8), 4);
    if (content.starts_with("fLaC") || (content.starts_with("RIFF") && kind == "WAVE") ||
        (content.starts_with("FORM") && (kind == "AIFF" || kind == "AIFC"))) {
        return true;
    }
    return !is_tagged && (content.starts_with("OggS") || (content.starts_with("caff") && kind == "desc") ||
                          content.starts_with(".snd") ||
                          ((content.starts_with("RIFX") || content.starts_with("RF64")) && kind == "WAVE"));
}

bool begins_like_mpeg(std::string_view head)
{
    if (head.starts_with("ID3")) {
        return true;
    }
    if (head.size() < 4 || head[0] != '\xFF') {
        return false;
    }
    const auto second = static_cast<unsigned char>(head[1]);
    const auto third = static_cast<unsigned char>(head[2]);
    return (second & 0xE0) == 0xE0 && (second & 0x18) != 0x08 && (second & 0x06) != 0 && (third & 0xF0) != 0xF0 &&
           (third & 0x0C) != 0x0C;
}

bool has_mpeg_synchronisation(std::string_view head)
{
    return head.size() > 1 && head[0] == '\xFF' && (static_cast<unsigned char>(head[1]) & 0xE0) == 0xE0;
}

std::int64_t id3_tag_bytes(std::string_view head)
{
    constexpr std::size_t header_bytes = 10;
    if (head.size() < header_bytes || !head.starts_with("ID3")) {
        return 0;
    }
    std::int64_t bytes = 0;
    for (std::size_t i = 6; i < header_bytes; ++i) {  // four times seven bits
        bytes = bytes << 7 | (static_cast<unsigned char>(head[i]) & 0x7F);
    }
    return bytes + std::int64_t{header_bytes};
}

}  // namespace attnsweep::data
