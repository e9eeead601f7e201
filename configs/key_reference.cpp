#include "configs/key_reference.h"

#include <algorithm>

#include "configs/keys.h"

namespace attnsweep::configs {

namespace {

constexpr std::size_t name_width = 29;

std::string default_text(const Key& key)
{
    return text_of(key.read(Settings{}));
}

}  // namespace

std::string keys_as_text()
{
    std::string text;
    std::string_view section;
    for (const Key& key : keys()) {
        if (key.section() != section) {
            section = key.section();
            text += (text.empty() ? "[" : "\n[") + std::string(section) + "]\n";
        }
        std::string name = "  " + key.name;
        name.resize(std::max(name.size() + 1, name_width), ' ');
        text += name + expectation(key) + "; default " + default_text(key) + "\n" + std::string(name_width, ' ') +
                key.help + "\n";
    }
    return text;
}

std::string keys_as_markdown()
{
    std::string text = "# Settings of a sweep file\n\n"
                       "All keys of a sweep file's `[sections]` and of `--set`; written by `attnsweep plan "
                       "--help-keys=markdown`. Keys of `data`, `model`, `training` and `seed` can be axes.\n"
                       "How a sweep file is written: [sweeps.md](sweeps.md).\n";
    std::string_view section;
    for (const Key& key : keys()) {
        if (key.section() != section) {
            section = key.section();
            text += "\n## [" + std::string(section) + "]\n\n| key | value | default | meaning |\n|---|---|---|---|\n";
        }
        text += "| `" + std::string(key.leaf()) + "` | " + expectation(key) + " | `" + default_text(key) + "` | " +
                key.help + " |\n";
    }
    return text;
}

}  // namespace attnsweep::configs
