#pragma once

#include <string>
#include <vector>

#include "model/instrument_net.h"

namespace attnsweep::runner {

/// Holds the best weights so far: as bytes, or as a copy on the network's device that becomes bytes when they are asked for. The bytes
/// are the same. Used by one thread.
class BestWeights {
public:
    /// Copies on the device from now on, so that the host need not wait for it after each better epoch.
    void stay_on_device() { on_device_ = true; }

    void take(const model::InstrumentNet& net);
    /// Takes model::to_bytes of a network's weights; empty: none yet.
    void take(std::string bytes);

    /// Returns them as model::to_bytes does, and keeps the bytes instead of the copy; empty: none yet.
    const std::string& bytes();

private:
    bool on_device_ = false;
    std::string bytes_;
    std::vector<model::NamedTensor> copy_;  // empty: they are bytes
};

}  // namespace attnsweep::runner
