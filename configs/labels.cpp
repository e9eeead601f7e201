#include "configs/labels.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "configs/names.h"

namespace attnsweep::configs {

namespace {

std::string piece(const Key& key, const Value& value)
{
    std::string text;
    if (const auto* word = std::get_if<std::string>(&value)) {
        text = *word;
    } else if (const auto* elements = std::get_if<std::vector<std::int64_t>>(&value)) {
        for (const std::int64_t element : *elements) {
            text += (text.empty() ? "" : "x") + std::to_string(element);
        }
        text = text.empty() ? "none" : text;
    } else {
        text = text_of(value);
    }
    std::replace_if(
        text.begin(), text.end(),
        [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '_' && c != '-' && c != '+'; }, '_');
    return key.short_name + text;
}

}  // namespace

std::string percent(double ratio)
{
    // Moving the point in the text is exact where 100 * 0.29 would give 28.999999999999996.
    char digits[512];
    const auto end = std::to_chars(digits, digits + sizeof digits, ratio, std::chars_format::fixed).ptr;
    std::string text(digits, end);
    std::size_t point = text.find('.');
    if (point == std::string::npos) {
        return text == "0" ? text : text + "00";
    }
    text.erase(point, 1);
    while (text.size() < point + 2) {
        text += '0';
    }
    point += 2;
    if (point < text.size()) {
        text.insert(point, "_");
    }
    const std::size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
    return text[first] == '_' ? "0" + text.substr(first) : text.substr(first);
}

std::string configuration_label(const Settings& settings, const std::vector<std::string>& varied_keys)
{
    std::string label = to_string(settings.data.spectrogram) + "-r" + percent(settings.model.attention_ratio);
    for (const std::string& name : varied_keys) {
        if (name != "data.spectrogram" && name != "model.attention_ratio") {
            const Key& key = *find_key(name);
            label += "-" + piece(key, key.read(settings));
        }
    }
    return label;
}

}  // namespace attnsweep::configs
