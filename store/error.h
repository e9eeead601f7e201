#pragma once

#include <stdexcept>
#include <string>

namespace attnsweep::store {

/// An error of a store, of a query, or of drawing its results. The message is ready to print: it names the file or
/// value, what was expected and what to do.
class Error : public std::runtime_error {
public:
    enum class Kind {
        missing,          ///< no store there
        unwritable,       ///< the store or its folder cannot be written (or read)
        not_a_store,      ///< not an SQLite database, or one of another program
        newer,            ///< made by a newer attnsweep
        damaged,          ///< the database's own checks fail
        busy,             ///< another process holds it too long
        no_space,         ///< disk full
        unknown,          ///< a sweep, trial or label that is not in the store
        bad_query,        ///< a condition, column or format that cannot be used
        missing_program,  ///< gnuplot is not installed
        failed            ///< anything else
    };

    Error(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
    Kind kind() const { return kind_; }

private:
    Kind kind_;
};

}  // namespace attnsweep::store
