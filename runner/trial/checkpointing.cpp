#include "runner/trial/checkpointing.h"

#include <cstdio>
#include <utility>

#include "runner/trial/steady_clock.h"

namespace attnsweep::runner {

Checkpointing::Checkpointing(CheckpointFolders& folders, double every_s, Callbacks callbacks)
    : writer_(folders), every_s_(every_s), callbacks_(std::move(callbacks))
{
}

void Checkpointing::went_on_from(const std::filesystem::path& checkpoint, const Position& position)
{
    newest_ = checkpoint.string();
    saved_ = position;
}

void Checkpointing::save_when_due(const Position& here)
{
    if (const auto written = writer_.ended()) {
        ended(*written);
    }
    if (!writer_.under_way() && saved_ != here && seconds_since(last_) >= every_s_) {
        begin(here);
    }
}

void Checkpointing::save_now(const Position& here)
{
    if (const auto written = writer_.wait()) {
        ended(*written);
    }
    if (saved_ == here) {
        return;
    }
    begin(here);
    ended(*writer_.wait());
}

void Checkpointing::begin(const Position& here)
{
    const Clock::time_point began = Clock::now();
    std::string bytes = callbacks_.state();
    const double megabytes = static_cast<double>(bytes.size()) / 1e6;
    writer_.begin(here.epoch, here.batch, std::move(bytes));
    saved_before_ = std::exchange(saved_, here);
    last_ = Clock::now();
    char text[96];
    std::snprintf(text, sizeof text, "checkpoint of %.1f MB: training stood still for %.3f s", megabytes,
                  seconds_since(began));
    callbacks_.log(text);
}

void Checkpointing::ended(const CheckpointWriter::Written& written)
{
    if (written.path.empty()) {
        callbacks_.log("no checkpoint could be written, the one before it is kept: " + written.problem);
        saved_ = saved_before_;
        return;
    }
    newest_ = written.path.string();
    callbacks_.saved(written);
}

}  // namespace attnsweep::runner
