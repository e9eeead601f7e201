#pragma once

#include <string>

namespace attnsweep::store {
class Store;
}

namespace attnsweep::runner {

/// Returns the store used without `--store`: ATTNSWEEP_STORE, else results.db in the current folder.
std::string default_store();

/// Prints the age of the store's data to standard error if the store is a copy published by a run that is in progress.
void say_age(const store::Store& store);

}  // namespace attnsweep::runner
