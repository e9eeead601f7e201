// A stand-in for the NVIDIA driver's libcuda.so.1, which LD_LIBRARY_PATH puts in its place. The environment says:
//   STAND_IN_DRIVER_CUDA   the newest CUDA that it supports, 12040 for 12.4; 13000 without it
// There is no GPU: cuInit fails like that of a driver on a machine without one.
#include <cstdlib>

extern "C" {

int cuDriverGetVersion(int* version)  // NOLINT(readability-identifier-naming): the driver's name
{
    const char* const text = std::getenv("STAND_IN_DRIVER_CUDA");
    *version = text == nullptr ? 13000 : std::atoi(text);
    return 0;
}
int cuInit(unsigned)  // NOLINT(readability-identifier-naming): the driver's name
{
    constexpr int no_device = 100;
    return no_device;
}
}
