#pragma once

#include <SQLiteCpp/Column.h>

#include "store/reading/value.h"

namespace attnsweep::store {

/// Copies a column of the current row out of SQLite. A BLOB is given as the text of its bytes.
inline Value value_of(const SQLite::Column& column)
{
    if (column.isNull()) {
        return std::monostate{};
    }
    if (column.isInteger()) {
        return static_cast<std::int64_t>(column.getInt64());
    }
    if (column.isFloat()) {
        return column.getDouble();
    }
    return column.getString();
}

}  // namespace attnsweep::store
