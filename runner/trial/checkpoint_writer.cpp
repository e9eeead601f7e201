#include "runner/trial/checkpoint_writer.h"

#include <chrono>
#include <utility>

#include "files/error.h"

namespace attnsweep::runner {

void CheckpointWriter::begin(int epoch, std::int64_t batch, std::string bytes)
{
    writing_ = std::async(std::launch::async, [this, epoch, batch, bytes = std::move(bytes)] {
        Written written{epoch, batch, {}, {}};
        try {
            written.path = folders_.write(epoch, batch, bytes);
        } catch (const files::Error& error) {
            written.problem = error.what();
        }
        return written;
    });
}

std::optional<CheckpointWriter::Written> CheckpointWriter::ended()
{
    if (!under_way() || writing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        return std::nullopt;
    }
    return writing_.get();
}

std::optional<CheckpointWriter::Written> CheckpointWriter::wait()
{
    if (!under_way()) {
        return std::nullopt;
    }
    return writing_.get();
}

}  // namespace attnsweep::runner
