#include "reports/sqlite_version.h"

#include <sqlite3.h>

namespace attnsweep::reports {

std::string sqlite_version()
{
    return sqlite3_libversion();
}

}  // namespace attnsweep::reports
