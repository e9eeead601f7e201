#include "configs/shell_word.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "configs/printable.h"

namespace attnsweep::configs {

std::string shell_word(const std::string& text)
{
    const bool is_plain =
        !text.empty() && text.front() != '=' && std::all_of(text.begin(), text.end(), [](unsigned char c) {
            return c >= 0x80 || std::isalnum(c) != 0 ||
                   std::string_view("/._-+:=@,%").find(static_cast<char>(c)) != std::string_view::npos;
        });
    return is_plain ? text : shell_quoted(text);
}

std::string shell_path(const std::string& path)
{
    return shell_word(path.starts_with('-') ? "./" + path : path);
}

}  // namespace attnsweep::configs
