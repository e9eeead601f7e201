#include "store/maintenance/scratch_database.h"

#include <system_error>
#include <utility>

namespace attnsweep::store {

namespace fs = std::filesystem;

namespace {

void remove_database(const fs::path& path)
{
    std::error_code ignored;
    for (const char* part : {"", "-wal", "-shm", "-journal"}) {
        fs::remove(path.string() + part, ignored);
    }
}

}  // namespace

ScratchDatabase::ScratchDatabase(fs::path path) : path_(std::move(path))
{
    remove_database(path_);
}

ScratchDatabase::~ScratchDatabase()
{
    remove_database(path_);
}

}  // namespace attnsweep::store
