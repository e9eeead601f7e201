#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "model/replicas/collective.h"

namespace attnsweep::model {

/// One implementation of Collective, for the contract (collective_test.cpp).
struct CollectiveKind {
    const char* name;
    std::function<std::unique_ptr<Collective>(int replicas, std::chrono::milliseconds limit)> make;
    std::function<c10::Device(int replica)> device;
    /// Returns why there cannot be as many replicas here; "": there can.
    std::function<std::string(int replicas)> obstacle;
};

// NOLINTNEXTLINE(readability-identifier-naming): the name that Google Test looks for
inline void PrintTo(const CollectiveKind& kind, std::ostream* stream)
{
    *stream << kind.name;
}

/// Those that a test program has: each program has its own.
std::vector<CollectiveKind> collective_kinds();

}  // namespace attnsweep::model
