#pragma once

#include <cstddef>

/// The C interface of libattnsweep_cuda.so, the part of attnsweep that needs CUDA's headers to compile. The program loads it once
/// libtorch's CUDA part is there (model/cuda/cuda_plugin.h), and works without it, only without graphs and with one GPU per trial.
/// Functions return nullptr on success, else what went wrong, in words that are valid until the thread's next call.
extern "C" {

/// A recorded sequence of work on a GPU.
struct AttnsweepGraph;
/// One replica's end of the exchange by NCCL. Not thread-safe: one call at a time, but for abort().
struct AttnsweepCommunicator;

/// Numbers on a GPU, to be replaced by their sum over the replicas.
struct AttnsweepNumbers {
    void* begin;
    std::size_t count;
    int is_double;  ///< 0: float32
};

enum AttnsweepExchange {
    attnsweep_exchange_done = 0,     ///< nothing is under way
    attnsweep_exchange_queuing = 1,  ///< NCCL's own thread still queues it, or still starts
    attnsweep_exchange_running = 2,  ///< it is queued on the GPU, or runs there
    attnsweep_exchange_failed = 3
};

struct AttnsweepCudaFunctions {
    /// Begins to record what this thread queues on the GPU, on a stream of its own. Nothing may wait for the GPU until end_capture.
    const char* (*begin_capture)(int device, AttnsweepGraph** graph);
    /// Ends recording, also after a failure; a graph that failed can only be freed.
    const char* (*end_capture)(AttnsweepGraph* graph);
    /// Queues the recorded work on the thread's current stream.
    const char* (*replay)(AttnsweepGraph* graph);
    void (*free_graph)(AttnsweepGraph* graph);
    /// Returns the thread's current stream of libtorch on a GPU (cudaStream_t), which libtorch before 2.11 tells nobody without CUDA's headers.
    void* (*current_stream)(int device);

    /// Begins to start a communicator on each GPU; each one's exchange() tells when it is ready. On failure none is left.
    const char* (*start)(int count, const int* devices, AttnsweepCommunicator** communicators);
    /// Begins to queue the sums on the current stream of the communicator's GPU, which must be the thread's device.
    const char* (*sum)(AttnsweepCommunicator* communicator, const AttnsweepNumbers* numbers, int count, void* stream);
    /// Marks the end of the sums on the stream: call it when exchange() no longer says queuing.
    const char* (*mark)(AttnsweepCommunicator* communicator, void* stream);
    /// Says how far it is; `why`: what failed.
    AttnsweepExchange (*exchange)(AttnsweepCommunicator* communicator, const char** why);
    /// Ends what is under way, whatever state it is in, also while another thread is in a call with it: that call then returns. What
    /// the call may still read stays allocated; after it, every call does nothing.
    void (*abort)(AttnsweepCommunicator* communicator);
    /// Waits for the other ends, and frees all.
    void (*finish)(int count, AttnsweepCommunicator** communicators);
};

/// Raised when the functions change: a plugin of another build is not used.
constexpr int attnsweep_cuda_interface = 2;

/// Returns the functions, which live as long as the process; nullptr: it is of another interface.
__attribute__((visibility("default"))) const AttnsweepCudaFunctions* attnsweep_cuda_functions(int interface_number);
}
