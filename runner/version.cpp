#include "runner/version.h"

#include "version_text.h"

namespace attnsweep::runner {

std::string version_text()
{
    return ATTNSWEEP_VERSION_TEXT;
}

}  // namespace attnsweep::runner
