#include "store/file_error.h"

#include "files/disk_full.h"

namespace attnsweep::store {

Error::Kind kind_of_file_error(const files::Error& failure)
{
    return files::is_disk_full(failure.code()) ? Error::Kind::no_space : Error::Kind::unwritable;
}

}  // namespace attnsweep::store
