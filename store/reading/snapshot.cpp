#include "store/reading/snapshot.h"

#include <sqlite3.h>

#include "store/connection.h"
#include "store/store.h"

namespace attnsweep::store {

Snapshot::Snapshot(const Store& store) : connection_(store.connection())
{
    connection_.translate([&] {
        is_mine_ = sqlite3_get_autocommit(connection_.database().getHandle()) != 0;
        if (is_mine_) {
            connection_.database().exec("BEGIN");
        }
    });
}

Snapshot::~Snapshot()
{
    // Nothing was written, so ending the transaction cannot fail; an open statement only delays it.
    if (is_mine_) {
        sqlite3_exec(connection_.database().getHandle(), "COMMIT", nullptr, nullptr, nullptr);
    }
}

}  // namespace attnsweep::store
