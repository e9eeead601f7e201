#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "configs/shell_word.h"
#include "store/connection.h"

namespace attnsweep::store {

/// Parses the JSON in a column as T. `what` names the content in the message. Throws Error (damaged) if it cannot be
/// parsed.
template <typename T> T parsed(const Connection& connection, const SQLite::Column& column, const char* what)
{
    try {
        return nlohmann::json::parse(column.getString()).get<T>();
    } catch (const std::exception& failure) {
        throw Error(Error::Kind::damaged, "the store " + connection.path() + " holds " + what +
                                              " that cannot be read: " + failure.what() +
                                              ". Rebuild it from its files: attnsweep store rebuild --store " +
                                              configs::shell_path(connection.path()));
    }
}

}  // namespace attnsweep::store
