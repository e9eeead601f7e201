// A stand-in for libnvidia-ml.so.1: STAND_IN_GPUS GPUs (none without it) with STAND_IN_GPU_BYTES free on each.
#include <cstdlib>

namespace {

unsigned long long number(const char* name)
{
    const char* text = std::getenv(name);
    return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

}  // namespace

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
int nvmlDeviceGetHandleByIndex_v2(unsigned, void** device)
{
    *device = nullptr;
    return 0;
}
int nvmlDeviceGetHandleByUUID(const char*, void** device)
{
    *device = nullptr;
    return 0;
}
int nvmlDeviceGetMemoryInfo(void*, unsigned long long* memory)
{
    memory[0] = memory[1] = number("STAND_IN_GPU_BYTES");
    memory[2] = 0;
    return memory[1] > 0 ? 0 : 1;
}
}
