#include "runner/exit_code.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "configs/error.h"
#include "data/error.h"
#include "files/disk_full.h"
#include "files/error.h"
#include "model/error.h"
#include "runner/error.h"
#include "runner/last_resort.h"
#include "store/error.h"

namespace attnsweep::runner {

namespace {

ExitCode exit_code_of_kind(store::Error::Kind kind)
{
    using Kind = store::Error::Kind;
    switch (kind) {
    case Kind::unknown:
    case Kind::bad_query:
        return exit_usage;
    case Kind::no_space:
        return exit_no_space;
    case Kind::missing_program:
        return exit_failed;
    case Kind::missing:
    case Kind::unwritable:
    case Kind::not_a_store:
    case Kind::newer:
    case Kind::damaged:
    case Kind::busy:
    case Kind::failed:
        return exit_store;
    }
    return exit_store;
}

}  // namespace

ExitCode exit_code_of(const std::exception& error, ExitCode file_error)
{
    if (const auto* own = dynamic_cast<const Error*>(&error)) {
        return own->exit_code();
    }
    if (dynamic_cast<const configs::Error*>(&error) != nullptr) {
        return exit_bad_input;
    }
    if (const auto* data = dynamic_cast<const data::Error*>(&error)) {
        return files::is_disk_full(data->code()) ? exit_no_space : exit_bad_input;
    }
    if (dynamic_cast<const model::NoDevice*>(&error) != nullptr) {
        return exit_no_device;
    }
    if (dynamic_cast<const model::Error*>(&error) != nullptr) {
        return exit_bad_input;
    }
    if (const auto* store = dynamic_cast<const store::Error*>(&error)) {
        return exit_code_of_kind(store->kind());
    }
    if (const auto* file = dynamic_cast<const files::Error*>(&error)) {
        return files::is_disk_full(file->code())            ? exit_no_space
               : files::is_out_of_descriptors(file->code()) ? exit_not_started
                                                            : file_error;
    }
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
        const int code = system->code().value();
        if (files::is_disk_full(code)) {
            return exit_no_space;
        }
        if (current_directory_error()) {
            return exit_usage;
        }
        if (code == EAGAIN || files::is_out_of_descriptors(code)) {
            return exit_not_started;
        }
        return dynamic_cast<const std::filesystem::filesystem_error*>(&error) != nullptr ? file_error : exit_failed;
    }
    return exit_failed;
}

}  // namespace attnsweep::runner
