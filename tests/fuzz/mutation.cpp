#include "tests/fuzz/mutation.h"

#include <array>
#include <cstring>
#include <string_view>

namespace attnsweep::tests {

std::string Mutator::next()
{
    std::string bytes = corpus_[below(corpus_.size())];
    for (std::size_t left = 1 + below(8); left > 0; --left) {
        change(bytes);
    }
    return seal_ && below(8) > 0 ? seal_(std::move(bytes)) : bytes;
}

void Mutator::change(std::string& bytes)
{
    if (bytes.empty()) {
        bytes.assign(1, static_cast<char>(random_()));
        return;
    }
    static constexpr std::array<std::uint64_t, 10> extremes = {
        0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFFFFFFFFFF};
    using namespace std::string_view_literals;
    static constexpr std::array texts = {
        "-"sv,  "\n"sv,   "\""sv,    "1e999"sv, "nan"sv,          "\xFF"sv, "["sv, "{"sv, "99999999999999999999"sv,
        "\0"sv, "\r\n"sv, "\x1B["sv, "null"sv,  "\xE2\x80\xAE"sv, "-1"sv,   "'"sv, ","sv, "0.1"sv};
    const std::size_t place = below(bytes.size());
    switch (below(8)) {
    case 0:
        bytes[place] = static_cast<char>(bytes[place] ^ (1 << below(8)));
        break;
    case 1:
        bytes[place] = static_cast<char>(random_());
        break;
    case 2: {
        const std::uint64_t value = extremes[below(extremes.size())];
        const std::size_t size = std::size_t{1} << below(4);
        std::memcpy(bytes.data() + place, &value, std::min(size, bytes.size() - place));
        break;
    }
    case 3:
        bytes.resize(place);
        break;
    case 4:
        bytes.erase(place, 1 + below(64));
        break;
    case 5: {
        const std::string piece = bytes.substr(place, 1 + below(256));
        bytes.insert(below(bytes.size()), piece);
        break;
    }
    case 6: {
        const std::string& other = corpus_[below(corpus_.size())];
        const std::size_t from = below(other.size());
        const std::string piece = other.substr(from, 1 + below(512));
        bytes.replace(place, std::min(piece.size(), bytes.size() - place), piece);
        break;
    }
    default:
        bytes.insert(place, texts[below(texts.size())]);
        break;
    }
}

}  // namespace attnsweep::tests
