#include "tests/fuzz/judgement.h"

#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "configs/printable.h"

namespace attnsweep::tests {

namespace {

// Names of types, functions and constants, and sentences that say nothing of the user's file.
constexpr const char* library_words[] = {
    // C++
    "std::", "basic_string", "vector::", "map::at", "bad_alloc", "bad_cast", "bad_optional", "bad_variant", "stod",
    "stoi", "stoll", "stoul", "regex_error", "filesystem error", "what():", "terminate called", "Assertion", "[enforce",
    // nlohmann-json, TOML++
    "json.exception", "nlohmann", "cannot use operator", "toml::", "impl::",
    // libsndfile, libmpg123, libsoxr
    "libsndfile", "SF_", "sf_", "psf_", "mpg123", "MPG123", "soxr", "Internal error", "internal error", "Unspecified",
    "(should be",
    // HDF5, whose names are looked for below
    "errno = ", "haddr", "hid_t", "H5E_",
    // SQLite
    "sqlite3", "SQLITE_", "SQL logic error", "SQLite::", "API misuse", "database disk image", "constraint failed"};

/// Whether the text holds these words, not as part of longer ones: a changed "checkpoint" may hold "stoi".
bool holds_word(std::string_view text, std::string_view words)
{
    const auto is_letter = [&](std::size_t at) {
        return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
    };
    const bool begins = std::isalnum(static_cast<unsigned char>(words.front())) != 0;
    const bool ends = std::isalnum(static_cast<unsigned char>(words.back())) != 0;
    for (std::size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
        if (!(begins && at > 0 && is_letter(at - 1)) && !(ends && is_letter(at + words.size()))) {
            return true;
        }
    }
    return false;
}

/// "H5Fopen": a name of HDF5's.
bool has_hdf5_name(std::string_view text)
{
    for (std::size_t at = text.find("H5"); at != std::string_view::npos; at = text.find("H5", at + 1)) {
        const std::string_view name = text.substr(at, 5);
        if (name.size() == 5 && std::isupper(static_cast<unsigned char>(name[2])) != 0 &&
            (std::islower(static_cast<unsigned char>(name[3])) != 0 || name[3] == '_') &&
            (at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string fault_of_text(const std::string& text)
{
    constexpr std::size_t longest = 4100;  // runner::on_one_line cuts at 4000
    for (const char* words : library_words) {
        if (holds_word(text, words)) {
            return fmt::format("`{}`, a library's", words);
        }
    }
    if (has_hdf5_name(text)) {
        return "a name of HDF5's";
    }
    if (text.find_first_of("\n\r") != std::string::npos) {
        return "a line break";
    }
    if (configs::printable(text) != text) {
        return "a control character, or bytes that are not UTF-8";
    }
    return text.size() > longest ? fmt::format("{} bytes of text", text.size()) : "";
}

}  // namespace attnsweep::tests
