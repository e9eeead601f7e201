#include "store/file_error.h"

#include <cerrno>

namespace attnsweep::store {

Error::Kind kind_of_file_error(const files::Error& failure)
{
    return failure.code() == ENOSPC || failure.code() == EDQUOT ? Error::Kind::no_space : Error::Kind::unwritable;
}

}  // namespace attnsweep::store
