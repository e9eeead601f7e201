#include "runner/last_resort.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <new>
#include <system_error>

#include "configs/error.h"
#include "configs/printable.h"
#include "configs/shell_word.h"
#include "data/error.h"
#include "files/durable_file.h"
#include "files/error.h"
#include "model/error.h"
#include "runner/error.h"
#include "runner/version.h"
#include "store/error.h"

namespace attnsweep::runner {

namespace {

template <typename... Own> bool is_one_of(const std::exception& error)
{
    return ((dynamic_cast<const Own*>(&error) != nullptr) || ...);
}

/// The command line as it can be typed again, with the inputs that it names.
std::string command_line()
{
    constexpr std::size_t longest = 300;
    std::string words;
    try {
        words = files::read_file("/proc/self/cmdline");
    } catch (const files::Error&) {
        return "attnsweep";
    }
    std::string line;
    for (std::size_t begin = 0; begin < words.size();) {
        const std::size_t end = std::min(words.find('\0', begin), words.size());
        const std::string word = words.substr(begin, end - begin);
        line += line.empty() ? std::filesystem::path(word).filename().string() : " " + configs::shell_word(word);
        begin = end + 1;
    }
    return configs::shortened(line, longest);
}

std::string asking_for_report(const std::string& words)
{
    return "unexpected in attnsweep " + version_text() + ", which is a fault of it, at `" + command_line() +
           "`: please report this line. " + words;
}

}  // namespace

std::error_code current_directory_error()
{
    std::error_code gone;
    (void)std::filesystem::current_path(gone);
    return gone;
}

std::string on_one_line(const std::string& text)
{
    constexpr std::size_t longest = 4000, kept_at_end = 1000;
    if (text.size() <= longest) {
        return configs::printable(text);
    }
    return configs::printable(text.substr(0, longest - kept_at_end)) + " ... " +
           configs::printable(text.substr(text.size() - kept_at_end));
}

std::string last_words_of(const std::exception& error)
{
    if (is_one_of<Error, configs::Error, data::Error, files::Error, model::Error, store::Error>(error)) {
        return on_one_line(error.what());
    }
    if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
        if (const std::error_code gone = current_directory_error()) {
            return on_one_line("the current directory cannot be used (" + gone.message() +
                               "): it was removed, or moved; cd to a folder that is there, at `" + command_line() +
                               "`");
        }
        const int code = file->code().value();
        const std::string words =
            file->path1().empty()
                ? file->code().message()
                : files::Error(file->path1(), "cannot be used", code,
                               code == EACCES || code == EPERM ? "give yourself permission there, in its folder and "
                                                                 "those above, or choose another folder"
                                                               : "")
                      .what();
        return on_one_line(words + ", at `" + command_line() + "`");
    }
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
        return on_one_line("not enough memory for `" + command_line() + "`");
    }
    const std::string words = error.what();  // c10's have a backtrace below
    return on_one_line(asking_for_report(words.substr(0, words.find('\n'))));
}

std::string last_words_of_unknown()
{
    return on_one_line(asking_for_report("(no words)"));
}

}  // namespace attnsweep::runner
