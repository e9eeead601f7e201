// Compares our declarations of NCCL's functions with nccl.h: compiling it is the check (without_a_gpu.sh, and CMake where nccl.h is).
#include <nccl.h>

#include <cstddef>
#include <type_traits>

#include "model/cuda/plugin/nccl_interface.h"

namespace {

using namespace attnsweep;

// A type of nccl.h, as nccl_interface.h has it.
template <class Type> struct Ours {
    using type = Type;
};
template <> struct Ours<ncclResult_t> {
    using type = int;
};
template <> struct Ours<ncclDataType_t> {
    using type = int;
};
template <> struct Ours<ncclRedOp_t> {
    using type = int;
};
template <> struct Ours<ncclResult_t*> {
    using type = int*;
};
template <> struct Ours<ncclComm_t> {
    using type = nccl::Communicator;
};
template <> struct Ours<ncclComm_t*> {
    using type = nccl::Communicator*;
};
template <> struct Ours<cudaStream_t> {
    using type = void*;
};
template <> struct Ours<ncclUniqueId> {
    using type = nccl::UniqueId;
};
template <> struct Ours<ncclUniqueId*> {
    using type = nccl::UniqueId*;
};
template <> struct Ours<ncclConfig_t*> {
    using type = nccl::Config*;
};
template <class Result, class... Arguments> struct Ours<Result (*)(Arguments...)> {
    using type = typename Ours<Result>::type (*)(typename Ours<Arguments>::type...);
};

template <auto Function, class Declared>
constexpr bool is_declared_so = std::is_same_v<typename Ours<decltype(Function)>::type, Declared>;

using F = nccl::Functions;
static_assert(is_declared_so<&ncclGetUniqueId, decltype(F::get_unique_id)>);
static_assert(is_declared_so<&ncclCommInitRankConfig, decltype(F::init_rank)>);
static_assert(is_declared_so<&ncclGroupStart, decltype(F::group_start)>);
static_assert(is_declared_so<&ncclGroupEnd, decltype(F::group_end)>);
static_assert(is_declared_so<&ncclAllReduce, decltype(F::all_reduce)>);
static_assert(is_declared_so<&ncclCommGetAsyncError, decltype(F::async_error)>);
static_assert(is_declared_so<&ncclCommFinalize, decltype(F::finalize)>);
static_assert(is_declared_so<&ncclCommDestroy, decltype(F::destroy)>);
static_assert(is_declared_so<&ncclCommAbort, decltype(F::abort)>);
static_assert(is_declared_so<&ncclGetErrorString, decltype(F::error_string)>);
static_assert(is_declared_so<&ncclGetLastError, decltype(F::last_error)>);
#ifdef WRONG_PROTOTYPE  // a negative control
static_assert(is_declared_so<&ncclCommAbort, decltype(F::group_end)>);
#endif

static_assert(sizeof(ncclResult_t) == sizeof(int) && sizeof(ncclDataType_t) == sizeof(int));
static_assert(sizeof(ncclUniqueId) == sizeof(nccl::UniqueId) && alignof(ncclUniqueId) == alignof(nccl::UniqueId));
static_assert(ncclSuccess == nccl::success && ncclInProgress == nccl::in_progress);
static_assert(ncclFloat32 == nccl::float32 && ncclFloat64 == nccl::float64 && ncclSum == nccl::sum);

// Config is the beginning of ncclConfig_t.
static_assert(offsetof(ncclConfig_t, size) == offsetof(nccl::Config, size));
static_assert(offsetof(ncclConfig_t, magic) == offsetof(nccl::Config, magic));
static_assert(offsetof(ncclConfig_t, version) == offsetof(nccl::Config, version));
static_assert(offsetof(ncclConfig_t, blocking) == offsetof(nccl::Config, blocking));
static_assert(offsetof(ncclConfig_t, cgaClusterSize) == offsetof(nccl::Config, padding));
constexpr ncclConfig_t initial = NCCL_CONFIG_INITIALIZER;
static_assert(initial.magic == nccl::Config{}.magic && initial.cgaClusterSize == nccl::Config{}.padding);
static_assert(NCCL_VERSION(2, 14, 0) == nccl::Config{}.version && NCCL_VERSION_CODE >= NCCL_VERSION(2, 14, 0));

}  // namespace
