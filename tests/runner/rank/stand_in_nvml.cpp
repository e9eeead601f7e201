// A stand-in for libnvidia-ml.so.1. The environment says what there is:
//   STAND_IN_GPUS         how many GPUs; none without it. UUIDs GPU-00000000-..., GPU-00000001-...
//   STAND_IN_GPU_BYTES    free on each
//   STAND_IN_GPU_REFUSED  the index of one that this process may not use
//   STAND_IN_GPU_DIVIDED  the index of one that is divided into two instances (MIG), MIG-...-0 and MIG-...-1
//   STAND_IN_GPU_EXCLUSIVE  1: one process at a time may use each
//   STAND_IN_GPU_CORES    how many cores are near each: GPU 0 the first, GPU 1 the next
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using Device = void*;

unsigned long long number(const char* name, unsigned long long otherwise = 0)
{
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr unsigned none = 1000;

// A handle holds the index and the instance, 0 for the GPU itself; never null.
Device handle(unsigned index, unsigned instance = 0)
{
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a number that nobody follows
    return reinterpret_cast<Device>(static_cast<std::uintptr_t>((index + 1) * 8 + instance));
}
unsigned index_of(Device device)
{
    return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(device) / 8 - 1);
}
unsigned instance_of(Device device)
{
    return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(device) % 8);
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): NVML's names
extern "C" {

int nvmlInit_v2()
{
    return 0;
}
int nvmlShutdown()
{
    return 0;
}
int nvmlDeviceGetCount_v2(unsigned* count)
{
    *count = static_cast<unsigned>(number("STAND_IN_GPUS"));
    return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device)
{
    constexpr int no_permission = 4;
    *device = handle(index);
    return index == number("STAND_IN_GPU_REFUSED", none) ? no_permission : 0;
}
int nvmlDeviceGetUUID(Device device, char* text, unsigned size)
{
    const unsigned instance = instance_of(device);
    std::snprintf(text, size,
                  instance == 0 ? "GPU-%08u-0000-0000-0000-000000000000" : "MIG-%08u-0000-0000-0000-00000000000%u",
                  index_of(device), instance == 0 ? 0 : instance - 1);
    return 0;
}
int nvmlDeviceGetHandleByUUID(const char* uuid, Device* device)
{
    *device = handle(static_cast<unsigned>(std::strtoul(uuid + 4, nullptr, 10)));
    return 0;
}
int nvmlDeviceGetName(Device, char* text, unsigned size)
{
    std::snprintf(text, size, "Stand-in GPU");
    return 0;
}
int nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending)
{
    *current = *pending = index_of(device) == number("STAND_IN_GPU_DIVIDED", none) ? 1 : 0;
    return 0;
}
int nvmlDeviceGetComputeMode(Device, int* mode)
{
    *mode = number("STAND_IN_GPU_EXCLUSIVE") > 0 ? 3 : 0;
    return 0;
}
int nvmlDeviceGetMaxMigDeviceCount(Device, unsigned* count)
{
    *count = 7;
    return 0;
}
int nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned instance, Device* found)
{
    *found = handle(index_of(device), instance + 1);
    return instance < 2 ? 0 : 6;
}
int nvmlDeviceGetCpuAffinity(Device device, unsigned words, unsigned long* set)
{
    const unsigned long long cores = number("STAND_IN_GPU_CORES");
    std::memset(set, 0, words * sizeof *set);
    for (unsigned long long core = index_of(device) * cores; core < (index_of(device) + 1) * cores; ++core) {
        set[core / 64] |= 1UL << (core % 64);
    }
    return cores > 0 ? 0 : 3;
}
int nvmlDeviceGetMemoryInfo(Device, unsigned long long* memory)
{
    memory[0] = memory[1] = number("STAND_IN_GPU_BYTES");
    memory[2] = 0;
    return memory[1] > 0 ? 0 : 1;
}
}
// NOLINTEND(readability-identifier-naming)
