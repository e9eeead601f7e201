#include "runner/planning/disk_need.h"

namespace attnsweep::runner {

namespace {

std::int64_t checkpoint_file_bytes(const model::Cost& cost)
{
    return cost.checkpoint_bytes + cost.weights_bytes;
}

}  // namespace

std::int64_t running_bytes(const model::Cost& cost)
{
    return 3 * checkpoint_file_bytes(cost);
}

std::int64_t kept_bytes(const model::Cost& cost, const std::string& keep)
{
    if (keep == "none") {
        return 0;
    }
    if (keep == "last" || keep == "best") {
        return cost.weights_bytes;
    }
    return 2 * cost.weights_bytes + (keep == "all" ? 2 * checkpoint_file_bytes(cost) : 0);
}

}  // namespace attnsweep::runner
