#pragma once

#include <string>

#include <CLI/App.hpp>
#include <CLI/Error.hpp>

namespace attnsweep::runner {

/// Returns what is wrong with a command line, on one line with a newline at its end, and where help is: CLI11's own words, but for
/// those that do not say what to do (an unknown option, one given twice, a value that is not among the choices). `text`: what
/// App::exit() wrote to stderr for this error; empty: nothing is wrong.
std::string command_line_words(const CLI::App& app, const CLI::ParseError& error, const std::string& text);

}  // namespace attnsweep::runner
