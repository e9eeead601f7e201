// libattnsweep_cuda.so: graphs by libtorch, the exchange by NCCL.
#include "model/cuda/plugin/plugin_functions.h"

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>

#include "model/cuda/plugin/nccl_exchange.h"

struct AttnsweepGraph {
    at::cuda::CUDAGraph graph;
    std::optional<c10::cuda::CUDAStreamGuard> capturing;  // the stream on which it is recorded
};

namespace {

template <class Work> const char* in_words(const Work& work)
{
    static thread_local std::string why;
    try {
        work();
        return nullptr;
    } catch (const c10::Error& error) {
        why = error.what_without_backtrace();
    } catch (const std::exception& error) {
        why = error.what();
    }
    return why.c_str();
}

const char* begin_capture(int device, AttnsweepGraph** graph)
{
    return in_words([&] {
        const auto index = static_cast<c10::DeviceIndex>(device);
        const c10::cuda::CUDAGuard guard(index);
        auto begun = std::make_unique<AttnsweepGraph>();
        c10::cuda::device_synchronize();
        begun->capturing.emplace(c10::cuda::getStreamFromPool(false, index));
        // Other threads load batches and write checkpoints meanwhile.
        begun->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
        *graph = begun.release();
    });
}

const char* end_capture(AttnsweepGraph* graph)
{
    const char* const why = in_words([&] { graph->graph.capture_end(); });
    graph->capturing.reset();
    return why;
}

const char* replay(AttnsweepGraph* graph)
{
    return in_words([&] { graph->graph.replay(); });
}

void free_graph(AttnsweepGraph* graph)
{
    delete graph;
}

void* current_stream(int device)
{
    return c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device)).stream();
}

}  // namespace

extern "C" const AttnsweepCudaFunctions* attnsweep_cuda_functions(int interface_number)
{
    static const AttnsweepCudaFunctions functions = [] {
        AttnsweepCudaFunctions all{};
        all.begin_capture = begin_capture;
        all.end_capture = end_capture;
        all.replay = replay;
        all.free_graph = free_graph;
        all.current_stream = current_stream;
        attnsweep::cuda_plugin::add_exchange(all);
        return all;
    }();
    return interface_number == attnsweep_cuda_interface ? &functions : nullptr;
}
