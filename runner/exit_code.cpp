#include "runner/exit_code.h"

#include <cerrno>
#include <system_error>

#include "configs/error.h"
#include "data/error.h"
#include "files/error.h"
#include "model/error.h"
#include "runner/error.h"
#include "store/error.h"

namespace attnsweep::runner {

namespace {

bool is_full(int system_error)
{
    return system_error == ENOSPC || system_error == EDQUOT;
}

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
        return is_full(data->code()) ? exit_no_space : exit_bad_input;
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
        return is_full(file->code()) ? exit_no_space : file_error;
    }
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
        const int code = system->code().value();
        return is_full(code) ? exit_no_space : code == EAGAIN ? exit_not_started : exit_failed;
    }
    return exit_failed;
}

}  // namespace attnsweep::runner
