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

std::int64_t kept_bytes(const model::Cost& cost, configs::Keep keep)
{
    using configs::Keep;
    switch (keep) {
    case Keep::none:
        return 0;
    case Keep::last:
    case Keep::best:
        return cost.weights_bytes;
    case Keep::weights:
        return 2 * cost.weights_bytes;
    case Keep::all:
        break;
    }
    return 2 * cost.weights_bytes + 2 * checkpoint_file_bytes(cost);
}

}  // namespace attnsweep::runner
