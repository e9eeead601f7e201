#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace attnsweep::runner {

/// What the last of `words` (the line after the program's name, "" where a word is about to begin) may become: commands, options,
/// their values, columns, labels and sweeps of the store the line names. Nothing where a file is expected. Throws nothing of a store.
std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace attnsweep::runner
