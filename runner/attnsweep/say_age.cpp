#include <cstdio>

#include "reports/published_store.h"
#include "runner/attnsweep/command.h"

namespace attnsweep::runner {

void say_age(const reports::Store& store)
{
    if (const std::string age = reports::published_text(store.parts()); !age.empty())
        std::fprintf(stderr, "attnsweep: %s as %s: a run goes on\n", store.path().c_str(), age.c_str());
}

}  // namespace attnsweep::runner
