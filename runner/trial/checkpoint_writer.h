#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <string>

#include "runner/trial/checkpoint.h"

namespace attnsweep::runner {

/// Writes checkpoints while training goes on, one at a time: training stands still only while its state is copied. One
/// thread uses it; the folders must outlive it.
class CheckpointWriter {
public:
    explicit CheckpointWriter(CheckpointFolders& folders) : folders_(folders) {}

    struct Written {
        int epoch = 0;
        std::int64_t batch = 0;
        std::filesystem::path path;  ///< empty: it could not be written, the one before it stands
        std::string problem;
    };

    /// `bytes`: encode_checkpoint's. None may be under way.
    void begin(int epoch, std::int64_t batch, std::string bytes);
    bool under_way() const { return writing_.valid(); }

    /// What has become of the one under way: told once. Nothing while it is being written, or there is none.
    std::optional<Written> ended();
    /// Waits for it. Nothing when none is under way.
    std::optional<Written> wait();

private:
    CheckpointFolders& folders_;
    std::future<Written> writing_;
};

}  // namespace attnsweep::runner
