#pragma once

#include <exception>
#include <string>
#include <system_error>

namespace attnsweep::runner {

/// Returns what a program says of an exception that has reached its main(), as one line without control characters. An error
/// of attnsweep's own speaks for itself. Anything else is a fault of attnsweep (or of the machine, such as a lack of memory):
/// the line then names the version and the command line with its inputs, asks for a report, and ends with the library's words.
std::string last_words_of(const std::exception& error);

/// Returns the same of something thrown that is no exception of C++'s.
std::string last_words_of_unknown();

/// Returns why the current directory cannot be used: it was removed or moved. No error: it can.
std::error_code current_directory_error();

/// Returns text from a user's words or a library as one line without control characters, its middle left out if it is long.
std::string on_one_line(const std::string& text);

}  // namespace attnsweep::runner
