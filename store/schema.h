#pragma once

namespace attnsweep::store {

/// Returns the text of schema.sql, which CMake compiles in (schema.cpp.in).
const char* schema_sql();

}  // namespace attnsweep::store
