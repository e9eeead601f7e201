#include "configs/portable_numbers.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

namespace attnsweep::configs {

namespace {

constexpr int significant_digits = 6;
constexpr std::size_t longest_text = 1500;  // of the largest number with the decimals of the smallest

double from_text(const char* begin, const char* end)
{
    double number = 0;
    std::from_chars(begin, end, number);
    return number + 0.0;  // no -0
}

std::mt19937_64 generator(std::uint64_t seed, const std::vector<std::uint32_t>& what)
{
    std::vector<std::uint32_t> words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
    words.insert(words.end(), what.begin(), what.end());
    std::seed_seq sequence(words.begin(), words.end());
    return std::mt19937_64(sequence);
}

std::vector<std::uint32_t> letters_of(const std::string& name)
{
    std::vector<std::uint32_t> letters;
    std::transform(name.begin(), name.end(), std::back_inserter(letters),
                   [](char letter) { return static_cast<unsigned char>(letter); });
    return letters;
}

}  // namespace

double with_six_digits(double number)
{
    char text[64];
    const auto end =
        std::to_chars(text, text + sizeof text, number, std::chars_format::scientific, significant_digits - 1).ptr;
    return from_text(text, end);
}

int decimals_of(double number)
{
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
    const std::string_view shortest(text, static_cast<std::size_t>(end - text));
    const std::size_t point = shortest.find('.'), power = shortest.find('e');
    const int digits = point == std::string_view::npos ? 0 : static_cast<int>(power - point) - 1;
    int exponent = 0;
    std::from_chars(text + power + (text[power + 1] == '+' ? 2 : 1), end, exponent);
    return std::max(0, digits - exponent);
}

double with_decimals(double number, int decimals)
{
    char text[longest_text];
    const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed, decimals).ptr;
    return from_text(text, end);
}

PortableDraws::PortableDraws(std::uint64_t seed, const std::string& name) : random_(generator(seed, letters_of(name)))
{
}

PortableDraws::PortableDraws(std::uint64_t seed, std::uint64_t stream)
    : random_(generator(seed, {static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)}))
{
}

double PortableDraws::fraction()
{
    return static_cast<double>(random_() >> 11) * 0x1p-53;
}

std::uint64_t PortableDraws::below(std::uint64_t bound)
{
    const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound: the incomplete last interval
    for (;;) {
        if (const std::uint64_t number = random_(); number >= rejected) {
            return number % bound;
        }
    }
}

}  // namespace attnsweep::configs
