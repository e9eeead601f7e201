#include <cstdio>

#include "runner/cli/command.h"
#include "store/published_store.h"

namespace attnsweep::runner {

void say_age(const store::Store& store)
{
    if (const std::string age = store::published_text(store.parts()); !age.empty()) {
        std::fprintf(stderr, "attnsweep: %s as %s: a run is in progress\n", store.path().c_str(), age.c_str());
    }
}

}  // namespace attnsweep::runner
