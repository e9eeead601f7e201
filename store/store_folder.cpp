#include "store/store_folder.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "configs/shell_word.h"
#include "store/error.h"

namespace attnsweep::store {

namespace {

std::optional<int> whole_number(std::string_view text)
{
    int number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::optional<Part> part_between(std::string_view text, std::string_view separator)
{
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::optional<int> number = whole_number(text.substr(0, at));
    const std::optional<int> of = whole_number(text.substr(at + separator.size()));
    if (!number || !of || *number < 1 || *number > *of) {
        return std::nullopt;
    }
    return Part{*number, *of};
}

}  // namespace

std::optional<Part> part_from(const std::string& text)
{
    return part_between(text, "/");
}

std::filesystem::path part_store(const std::filesystem::path& folder, const Part& part)
{
    return folder / ("part-" + std::to_string(part.number) + "-of-" + std::to_string(part.of) + ".db");
}

std::optional<Part> part_named(const std::filesystem::path& store)
{
    const std::string name = store.filename().string();
    constexpr std::string_view begin = "part-", end = ".db";
    if (!name.starts_with(begin) || !name.ends_with(end) || name.size() < begin.size() + end.size()) {
        return std::nullopt;
    }
    const std::optional<Part> part =
        part_between(std::string_view(name).substr(begin.size(), name.size() - begin.size() - end.size()), "-of-");
    return part && part_store({}, *part) == name ? part : std::nullopt;
}

std::vector<std::filesystem::path> parts_in(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> stores;
    std::error_code code;
    for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        if (entry->path().extension() == ".db" && entry->is_regular_file()) {
            stores.push_back(entry->path());
        }
    }
    if (code && code != std::errc::no_such_file_or_directory) {
        throw Error(Error::Kind::unwritable, "the folder of stores " + folder.string() +
                                                 " cannot be read: " + code.message() + ". Change its permissions");
    }
    for (const std::filesystem::path& store : stores) {
        if (!part_named(store)) {
            throw Error(Error::Kind::not_a_store,
                        store.string() +
                            " is not a part of a sweep: a folder of stores holds part-1-of-8.db and its like, "
                            "made by attnsweep run --part. Move it elsewhere, or name it alone: --store " +
                            configs::shell_path(store.string()));
        }
    }
    std::sort(stores.begin(), stores.end(), [](const auto& a, const auto& b) {
        return std::pair(part_named(a)->number, a) < std::pair(part_named(b)->number, b);
    });
    for (const std::filesystem::path& store : stores) {
        if (part_named(store)->of != part_named(stores.front())->of) {
            throw Error(Error::Kind::not_a_store,
                        "the folder " + folder.string() + " mixes " + stores.front().filename().string() + " and " +
                            store.filename().string() +
                            ": parts of one sweep are all of the same number. Keep those of one "
                            "number there and move the others into a folder of their own");
        }
    }
    return stores;
}

}  // namespace attnsweep::store
