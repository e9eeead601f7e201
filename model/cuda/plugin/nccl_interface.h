#pragma once

#include <climits>
#include <cstddef>

/// NCCL's functions and numbers, as nccl.h declares them since 2.14: its wheel has 200 MB, and only libtorch's own copy of NCCL, found
/// when the program runs, is ever used. tests/gpu/nccl_prototypes.cpp compares them with nccl.h.
namespace attnsweep::nccl {

using Communicator = void*;
struct UniqueId {
    char bytes[128];
};

constexpr int success = 0, in_progress = 7;  // ncclResult_t
constexpr int float32 = 7, float64 = 8;      // ncclDataType_t
constexpr int sum = 0;                       // ncclRedOp_t

/// The beginning of ncclConfig_t that NCCL 2.14 had; later ones take their defaults for what a config of that version lacks.
struct Config {
    std::size_t size = sizeof(Config);
    unsigned magic = 0xcafebeef;
    unsigned version = 21400;
    int blocking = 0;
    int padding = INT_MIN;
};

struct Functions {
    int (*get_unique_id)(UniqueId*) = nullptr;
    int (*init_rank)(Communicator*, int ranks, UniqueId, int rank, Config*) = nullptr;
    int (*group_start)() = nullptr;
    int (*group_end)() = nullptr;
    int (*all_reduce)(const void* from, void* to, std::size_t count, int type, int operation, Communicator,
                      void* stream) = nullptr;
    int (*async_error)(Communicator, int* result) = nullptr;
    int (*finalize)(Communicator) = nullptr;
    int (*destroy)(Communicator) = nullptr;
    int (*abort)(Communicator) = nullptr;
    const char* (*error_string)(int result) = nullptr;
    const char* (*last_error)(Communicator) = nullptr;
};

}  // namespace attnsweep::nccl
