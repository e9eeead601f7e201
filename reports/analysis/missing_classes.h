#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// Finds the classes that a split leaves without clips, by which macro means are over fewer classes. Reads each split
/// once. Keeps a reference to the store; not thread-safe.
class MissingClasses {
public:
    explicit MissingClasses(const store::Store& store) : store_(&store) {}

    /// Says which classes had no clip for testing or for training (validation included) in the configuration's done
    /// repeats, a sentence each, and over how many the means are. Empty if every class had. Throws store::Error.
    std::vector<std::string> cautions(const store::ConfigurationEntry& configuration);

private:
    struct Missing {
        std::size_t classes = 0;
        std::vector<std::string> untested, untrained;
    };
    const Missing& of_split(const std::string& digest);

    const store::Store* store_;
    std::map<std::string, Missing> splits_;  ///< by digest
};

}  // namespace attnsweep::reports
