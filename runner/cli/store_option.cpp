#include "runner/cli/store_option.h"

#include <cstdio>
#include <cstdlib>

#include "store/published_store.h"

namespace attnsweep::runner {

std::string default_store()
{
    const char* store = std::getenv("ATTNSWEEP_STORE");
    return store != nullptr && *store != '\0' ? store : "results.db";
}

void say_age(const store::Store& store)
{
    if (const std::string age = store::published_text(store.parts()); !age.empty()) {
        std::fprintf(stderr, "attnsweep: %s as %s: a run is in progress\n", store.path().c_str(), age.c_str());
    }
}

}  // namespace attnsweep::runner
