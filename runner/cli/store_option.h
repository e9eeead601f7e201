#pragma once

#include <string>

#include "runner/cli/command.h"

namespace attnsweep::store {
class Store;
}

namespace attnsweep::runner {

/// Returns the store used without `--store`: ATTNSWEEP_STORE, else results.db in the current folder.
std::string default_store();

/// Returns a command for which a file that cannot be used is an error of the store: main() maps it to exit code 5, a full disk
/// to 7. For commands that write nothing but a store.
Command of_store(Command command);

/// Prints the age of the store's data to standard error if the store is a copy published by a run that is in progress.
void say_age(const store::Store& store);

}  // namespace attnsweep::runner
