#include "runner/trial/failure_naming.h"

#include <cerrno>
#include <new>
#include <string>
#include <system_error>

#include <c10/util/Exception.h>

#include "data/error.h"
#include "files/disk_full.h"
#include "files/error.h"
#include "model/error.h"
#include "model/replicas/replica_team.h"
#include "runner/error.h"
#include "runner/trial/cuda_failures.h"

namespace attnsweep::runner {
namespace {

using Kind = configs::FailureKind;

FailureAndCode by_message(const std::string& message)
{
    return {{kind_by_words(message), message, 0}, exit_failed};
}

/// Returns whether the replica's own GPU is at fault; where others failed too, NCCL's kernels may have met another's.
bool is_of_own_gpu(const model::ReplicaFailed& failed)
{
    if (failed.others_failed()) {
        return false;
    }
    try {
        std::rethrow_exception(failed.cause());
    } catch (const c10::AcceleratorError& error) {
        return is_of_one_gpu(error.get_error_code());
    } catch (...) {
        return false;
    }
}

}  // namespace

FailureAndCode name_failure(const std::exception_ptr& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const NamedFailure& error) {
        return {error.failure, exit_failed};
    } catch (const model::ReplicaFailed& error) {
        FailureAndCode named = name_failure(error.cause());
        named.failure.message = error.what();
        if (is_of_own_gpu(error)) {
            named.failure.slot = error.replica();
        }
        return named;
    } catch (const model::ReplicaStalled& error) {
        return {{Kind::hang, error.what(), 0}, exit_failed};
    } catch (const std::bad_alloc&) {
        return {{Kind::out_of_memory, "the process could not get the memory it asked for", 0}, exit_failed};
    } catch (const c10::OutOfMemoryError& error) {
        return {{Kind::out_of_memory, error.what_without_backtrace(), 0}, exit_failed};
    } catch (const c10::AcceleratorError& error) {
        const std::string message = error.what_without_backtrace();
        return {{kind_by_code(error.get_error_code()).value_or(kind_by_words(message)), message, 0}, exit_failed};
    } catch (const c10::Error& error) {
        return by_message(error.what_without_backtrace());
    } catch (const model::NoDevice& error) {
        return {{Kind::device, error.what(), 0}, exit_no_device};
    } catch (const Error& error) {
        return {{Kind::error, error.what(), 0}, error.exit_code()};
    } catch (const data::Error& error) {
        return {{Kind::error, error.what(), 0}, exit_bad_input};
    } catch (const files::Error& error) {
        const bool full = files::is_disk_full(error.code());
        return {{Kind::error, error.what(), 0}, full ? exit_no_space : exit_store};
    } catch (const std::system_error& error) {
        if (error.code().value() == EAGAIN) {  // the system starts no thread
            return {{Kind::error, error.what(), 0}, exit_not_started};
        }
        return by_message(error.what());
    } catch (const std::exception& error) {
        return by_message(error.what());
    }
}

}  // namespace attnsweep::runner
