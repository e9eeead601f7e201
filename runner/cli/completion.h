#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's name
class App;
}

namespace attnsweep::runner {

/// Returns the completions of the last of `words` (the command line after the program's name; "" for a new word): commands,
/// options, their values, and columns, labels and sweeps of the store that the line names. Returns nothing where a file is
/// expected and for a store that cannot be read.
std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace attnsweep::runner
