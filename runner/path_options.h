#pragma once

#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's name
class App;
}

namespace attnsweep::runner {

/// Makes each option of a command, and of the commands below it, refuse an empty value, and each that takes a path what can only be a mistake:
/// a `~` that no shell has replaced, control characters, too long a name. Call it when all options are there.
void check_paths(CLI::App& app);

/// Returns what is wrong with ATTNSWEEP_STORE, if the parsed command takes its store from it, or with a time in the environment, if the
/// command has a store; empty: nothing.
std::string wrong_variable(const CLI::App& app);

/// Returns what is wrong with the first argument that is not valid UTF-8, which no JSON file could hold, has a control character or is
/// longer than a path can be (those of a query may have both); empty: nothing.
std::string wrong_argument(int argc, const char* const* argv);

}  // namespace attnsweep::runner
