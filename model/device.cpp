#include "model/device.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <torch/version.h>

#include "files/host_name.h"
#include "model/cuda/cuda_library.h"
#include "model/kernels/vector_instructions.h"

namespace attnsweep::model {

namespace {

// Returns the number after "cuda:", 0 for "cuda", -1 for anything else.
int gpu_index(const std::string& name)
{
    if (name == "cuda") {
        return 0;
    }
    if (!name.starts_with("cuda:")) {
        return -1;
    }
    int index = -1;
    const char* begin = name.data() + 5;
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(begin, end, index);
    return error == std::errc{} && stop == end && index >= 0 && index < 128 ? index : -1;
}

c10::Device gpu(int index)
{
    cuda::load();
    const int count = cuda::devices();
    if (index >= count) {
        const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
        throw NoDevice("GPU " + std::to_string(index) + " is not there: libtorch sees " + std::to_string(count) +
                       " GPUs (CUDA_VISIBLE_DEVICES is " +
                       (visible == nullptr ? "not set" : std::string("\"") + visible + "\"") +
                       "); see `nvidia-smi`, or take --device cpu");
    }
    return {c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index)};
}

std::string processor_name()
{
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) {
            return line.substr(colon + 2);
        }
    }
    return "unknown processor";
}

}  // namespace

c10::Device choose_device(const std::string& name)
{
    if (name == "cpu") {
        return c10::Device(c10::DeviceType::CPU);
    }
    if (name == "auto") {
        if (!cuda::driver_present()) {
            return c10::Device(c10::DeviceType::CPU);
        }
        try {
            return gpu(0);
        } catch (const NoDevice&) {
            return c10::Device(c10::DeviceType::CPU);
        }
    }
    const int index = gpu_index(name);
    if (index < 0) {
        throw Error("device = " + name + ": expected auto, cpu, cuda or cuda:N");
    }
    return gpu(index);
}

namespace {

/// Starts and ends all threads that so many replicas need, at once. Throws std::system_error where the system starts fewer: libtorch would
/// wait for ever for a thread of its pool that was not started.
void require_threads(int threads, int replicas)
{
    const int count =
        (threads - 1) * (1 + replicas) + replicas - 1;  // libtorch's pool, OpenMP's of each replica, replicas
    std::latch all_started(1);
    std::vector<std::thread> started;
    started.reserve(static_cast<std::size_t>(count));
    std::error_code code;
    try {
        for (int i = 0; i < count; ++i) {
            started.emplace_back([&] { all_started.wait(); });
        }
    } catch (const std::system_error& error) {
        code = error.code();
    }
    all_started.count_down();
    for (std::thread& thread : started) {
        thread.join();
    }
    if (code) {
        throw std::system_error(code, "threads = " + std::to_string(threads) + ": the system starts only " +
                                          std::to_string(started.size()) + " of the " + std::to_string(count) +
                                          " more threads that takes; choose fewer (execution.threads, --threads), or "
                                          "raise the limit on processes and threads (ulimit -u, or the job's) or on "
                                          "memory (ulimit -v)");
    }
}

}  // namespace

void use_threads(int threads, int replicas)
{
    if (threads < 1) {
        throw Error("threads = " + std::to_string(threads) + ": expected 1 or more");
    }
    require_threads(threads, replicas);
    at::set_num_threads(threads);
    use_vector_instructions(vector_instructions_beside(at::get_cpu_capability(), vector_instruction_sets()));
    auto& context = at::globalContext();
    // Throws at an operator that may give other bits. tests/gpu/determinism_test.py compares a step's with libtorch's list.
    context.setDeterministicAlgorithms(true, false);
    context.setDeterministicFillUninitializedMemory(false);
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
}

void use_precision(configs::Precision precision, const c10::Device& device)
{
    auto& context = at::globalContext();
    const bool tf32 = precision == configs::Precision::tf32;
    if (tf32 && !device.is_cuda()) {
        throw Error("training.precision = tf32: the CPU does not support it; expected float32 or bfloat16, or a GPU "
                    "(--device cuda)");
    }
    // oneDNN can also reduce float32 precision implicitly; NONE at a backend would leave it to the environment.
    const auto matrices = tf32 ? at::Float32Precision::TF32 : at::Float32Precision::IEEE;
    // libtorch keeps older switches beside the precisions, and throws in the middle of a step where the two disagree.
    context.setAllowTF32CuBLAS(tf32);
    context.setAllowTF32CuDNN(tf32);
    context.setFloat32Precision(at::Float32Backend::GENERIC, at::Float32Op::ALL, matrices);
    for (const auto op : {at::Float32Op::CONV, at::Float32Op::MATMUL, at::Float32Op::RNN}) {
        context.setFloat32Precision(at::Float32Backend::CUDA, op, matrices);
        context.setFloat32Precision(at::Float32Backend::MKLDNN, op, at::Float32Precision::IEEE);
    }
}

std::int64_t peak_device_bytes(const c10::Device& device)
{
    if (!device.is_cuda()) {
        return 0;
    }
    // Includes context, kernels and libraries' workspaces, which the allocator does not see.
    constexpr std::int64_t of_cuda_itself = std::int64_t{700} << 20;
    auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
    if (allocator == nullptr) {
        return 0;
    }
    return of_cuda_itself + allocator->getDeviceStats(device.index()).reserved_bytes[0].peak;
}

configs::ExecutionRecord execution_record(const c10::Device& device, int threads)
{
    configs::ExecutionRecord record;
    record.host = files::host_name();
    record.device = device.str();
    record.device_name = device.is_cuda() ? cuda::device_name(device.index()) : processor_name();
    record.threads = threads;
    record.cpu_features = at::get_cpu_capability();
    record.libtorch_version = TORCH_VERSION;
    record.compiler = std::string("GCC ") + __VERSION__;
    if (device.is_cuda()) {
        const cuda::Software software = cuda::software();
        record.gpu_uuid = cuda::visible_uuid(device.index());
        record.driver_version = software.driver;
        record.cudnn_version = software.cudnn;
        record.nccl_version = software.nccl;
    }
    return record;
}

}  // namespace attnsweep::model
