#include "store/sqlite_version.h"

#include <sqlite3.h>

namespace attnsweep::store {

std::string sqlite_version()
{
    return sqlite3_libversion();
}

}  // namespace attnsweep::store
