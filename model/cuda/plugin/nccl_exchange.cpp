#include "model/cuda/plugin/nccl_exchange.h"

#include <dlfcn.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <cuda_runtime_api.h>

#include "model/cuda/plugin/nccl_interface.h"

struct AttnsweepCommunicator {
    attnsweep::nccl::Communicator handle = nullptr;
    cudaEvent_t end = nullptr;  // of the last exchange
    bool has_queued = false;
    std::atomic<bool> is_aborted = false;
};

namespace attnsweep::cuda_plugin {

namespace {

constexpr std::chrono::seconds finish_limit{10};

const char* words(const std::string& text)
{
    static thread_local std::string kept;
    kept = text;
    return kept.c_str();
}

/// Looks in what the process has loaded, which is libtorch's own NCCL. Returns the name of the first function that is not there.
const char* find_functions(nccl::Functions& functions)
{
    const char* missing = nullptr;
    const auto find = [&](auto& function, const char* name) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(RTLD_DEFAULT, name));
        missing = function == nullptr && missing == nullptr ? name : missing;
    };
    find(functions.get_unique_id, "ncclGetUniqueId");
    find(functions.init_rank, "ncclCommInitRankConfig");
    find(functions.group_start, "ncclGroupStart");
    find(functions.group_end, "ncclGroupEnd");
    find(functions.all_reduce, "ncclAllReduce");
    find(functions.async_error, "ncclCommGetAsyncError");
    find(functions.finalize, "ncclCommFinalize");
    find(functions.destroy, "ncclCommDestroy");
    find(functions.abort, "ncclCommAbort");
    find(functions.error_string, "ncclGetErrorString");
    find(functions.last_error, "ncclGetLastError");
    return missing;
}

const nccl::Functions& nccl_functions()
{
    static const nccl::Functions functions = [] {
        nccl::Functions found;
        find_functions(found);
        return found;
    }();
    return functions;
}

const char* words_of_nccl(const char* call, int result)
{
    // The last warning that NCCL had for its log, such as "Cuda failure 719 'unspecified launch failure'": the cause, if it is any.
    const std::string last = nccl_functions().last_error(nullptr);
    return words(
        std::string(call) + ": " + nccl_functions().error_string(result) +
        (last.empty() ? " (NCCL_DEBUG=INFO in the environment tells more)" : "; NCCL's last warning: " + last));
}

const char* words_of_cuda(const char* call, cudaError_t error)
{
    return words(std::string(call) + ": CUDA error: " + cudaGetErrorString(error));
}

bool is_good(int result)
{
    return result == nccl::success || result == nccl::in_progress;
}

AttnsweepExchange exchange(AttnsweepCommunicator* communicator, const char** why)
{
    if (communicator->is_aborted) {
        return attnsweep_exchange_done;
    }
    int result = nccl::success;
    if (const int asked = nccl_functions().async_error(communicator->handle, &result); !is_good(asked)) {
        result = asked;
    }
    if (result == nccl::in_progress) {
        return attnsweep_exchange_queuing;
    }
    if (result != nccl::success) {
        *why = words_of_nccl("NCCL", result);
        return attnsweep_exchange_failed;
    }
    const cudaError_t error = communicator->has_queued ? cudaEventQuery(communicator->end) : cudaSuccess;
    if (error == cudaErrorNotReady) {
        cudaGetLastError();  // else libtorch finds it after its next kernel, and throws
        return attnsweep_exchange_running;
    }
    if (error != cudaSuccess) {
        *why = words_of_cuda("an exchange by NCCL", error);
        return attnsweep_exchange_failed;
    }
    return attnsweep_exchange_done;
}

// The communicator is left to the process, which ends soon: another thread may be in a call with it, and its event may be on a GPU
// that no longer answers.
void abort(AttnsweepCommunicator* communicator)
{
    if (!communicator->is_aborted.exchange(true) && communicator->handle != nullptr) {
        nccl_functions().abort(communicator->handle);
    }
}

const char* start(int count, const int* devices, AttnsweepCommunicator** communicators)
{
    // A ring adds up in one order; what NCCL would choose instead (NVLS) leaves the order to the switch. The trial's log names another
    // choice of the user's.
    const char* const own = std::getenv("NCCL_ALGO");
    setenv("NCCL_ALGO", "Ring", own == nullptr || *own == '\0' ? 1 : 0);
    nccl::Functions found;
    if (const char* const missing = find_functions(found); missing != nullptr) {
        return words(std::string("libtorch's NCCL is not loaded, or older than 2.14: it has no ") + missing);
    }
    const nccl::Functions& call = nccl_functions();
    nccl::UniqueId id;
    if (const int result = call.get_unique_id(&id); result != nccl::success) {
        return words_of_nccl("ncclGetUniqueId", result);
    }
    int before = 0;
    cudaGetDevice(&before);
    std::vector<std::unique_ptr<AttnsweepCommunicator>> started;
    const char* why = nullptr;
    call.group_start();
    for (int i = 0; i < count && why == nullptr; ++i) {
        started.push_back(std::make_unique<AttnsweepCommunicator>());
        cudaError_t error = cudaSetDevice(devices[i]);
        if (error == cudaSuccess) {
            error = cudaEventCreateWithFlags(&started.back()->end, cudaEventDisableTiming);
        }
        if (error != cudaSuccess) {
            why = words_of_cuda("starting NCCL", error);
            break;
        }
        nccl::Config config;
        const int result = call.init_rank(&started.back()->handle, count, id, i, &config);
        why = is_good(result) ? nullptr : words_of_nccl("ncclCommInitRankConfig", result);
    }
    const int result = call.group_end();
    if (why == nullptr && !is_good(result)) {
        why = words_of_nccl("ncclGroupEnd", result);
    }
    cudaSetDevice(before);
    for (std::size_t i = 0; i < started.size(); ++i) {
        why == nullptr ? void(communicators[i] = started[i].release()) : abort(started[i].get());
    }
    return why;
}

const char* sum(AttnsweepCommunicator* communicator, const AttnsweepNumbers* numbers, int count, void* stream)
{
    const nccl::Functions& call = nccl_functions();
    int failed = nccl::success;
    call.group_start();
    for (int i = 0; i < count && is_good(failed) && !communicator->is_aborted; ++i) {
        const int type = numbers[i].is_double != 0 ? nccl::float64 : nccl::float32;
        failed = call.all_reduce(numbers[i].begin, numbers[i].begin, numbers[i].count, type, nccl::sum,
                                 communicator->handle, stream);
    }
    const int ended = call.group_end();
    failed = is_good(failed) ? ended : failed;
    return is_good(failed) ? nullptr : words_of_nccl("ncclAllReduce", failed);
}

const char* mark(AttnsweepCommunicator* communicator, void* stream)
{
    if (communicator->is_aborted) {
        return nullptr;
    }
    const cudaError_t error = cudaEventRecord(communicator->end, static_cast<cudaStream_t>(stream));
    communicator->has_queued = error == cudaSuccess;
    return error == cudaSuccess ? nullptr : words_of_cuda("cudaEventRecord", error);
}

void finish(int count, AttnsweepCommunicator** communicators)
{
    const nccl::Functions& call = nccl_functions();
    for (int i = 0; i < count; ++i) {
        call.finalize(communicators[i]->handle);
    }
    const auto until = std::chrono::steady_clock::now() + finish_limit;
    for (int i = 0; i < count; ++i) {
        const char* why = nullptr;
        AttnsweepExchange state = attnsweep_exchange_queuing;
        while ((state = exchange(communicators[i], &why)) == attnsweep_exchange_queuing &&
               std::chrono::steady_clock::now() < until) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        if (state != attnsweep_exchange_done) {
            abort(communicators[i]);
            continue;
        }
        call.destroy(communicators[i]->handle);
        cudaEventDestroy(communicators[i]->end);
        delete communicators[i];
    }
}

}  // namespace

void add_exchange(AttnsweepCudaFunctions& functions)
{
    functions.start = start;
    functions.sum = sum;
    functions.mark = mark;
    functions.exchange = exchange;
    functions.abort = abort;
    functions.finish = finish;
}

}  // namespace attnsweep::cuda_plugin
