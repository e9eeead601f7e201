// Counts what one training step of a network of the paper asks of a device, by libtorch's profiler (Kineto), after two steps to warm up.
//   launches_of_a_step DEVICE SPECTROGRAM RATIO PRECISION FIRST_FILTERS BATCH, such as: cuda stft 0.25 float32 32 16
// Prints one JSON object: "operators" called, those within others included; on a GPU "launches" of kernels by the host, and "kernels" that ran.
#include <cstdio>
#include <exception>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/csrc/autograd/profiler_kineto.h>
#include <torch/torch.h>

#include "configs/names.h"
#include "model/device.h"
#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "model/training_step.h"

namespace {

using namespace attnsweep;

constexpr int classes = 19, frames = 87;

nlohmann::json count(const std::vector<std::string>& given)
{
    const c10::Device device = model::choose_device(given[0]);
    const auto precision = configs::from_name<configs::Precision>(given[3]);
    if ((given[1] != "stft" && given[1] != "cqt") || !precision) {
        throw model::Error("expected SPECTROGRAM stft or cqt, PRECISION float32, tf32 or bfloat16");
    }
    model::use_precision(*precision, device);
    configs::ModelSettings settings;
    settings.attention_ratio = std::stod(given[2]);
    settings.first_filters = std::stoi(given[4]);
    settings.heads = settings.first_filters < 8 ? 2 : settings.heads;
    const int bins = given[1] == "stft" ? 1025 : 252;
    model::InstrumentNet net(settings, {frames, bins, classes}, 7);
    net.to(device, at::kFloat);
    net.train();
    const auto optimizer = model::make_optimizer({}, net);
    const std::int64_t samples = std::stol(given[5]);
    const at::Tensor x = at::rand({samples, frames, bins}).to(device),
                     labels = at::randint(classes, {samples}, at::kLong).to(device);
    const auto step = [&] { (void)model::train_batch(net, *optimizer, x, labels, *precision); };
    step();
    step();

    using namespace torch::profiler::impl;
    const ProfilerConfig config(ProfilerState::KINETO);
    std::set<ActivityType> activities = {ActivityType::CPU};
    if (device.is_cuda()) {
        activities.insert(ActivityType::CUDA);
    }
    torch::autograd::profiler::prepareProfiler(config, activities);
    torch::autograd::profiler::enableProfiler(config, activities);
    step();
    const auto profiled = torch::autograd::profiler::disableProfiler();
    int operators = 0, launches = 0, kernels = 0;
    for (const auto& event : profiled->events()) {
        const std::string name = event.name();
        operators += name.starts_with("aten::");
        launches +=
            name.starts_with("cudaLaunch") || name.starts_with("cuLaunch") || name.starts_with("cudaGraphLaunch");
        kernels += event.deviceType() == c10::kCUDA && !name.starts_with("Mem");
    }
    nlohmann::json found = {{"operators", operators}};
    if (device.is_cuda()) {
        found["launches"] = launches;
        found["kernels"] = kernels;
    }
    return found;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 7) {
        std::fprintf(stderr, "usage: launches_of_a_step DEVICE SPECTROGRAM RATIO PRECISION FIRST_FILTERS BATCH\n");
        return 2;
    }
    try {
        std::printf("%s\n", count({argv + 1, argv + argc}).dump().c_str());
        return 0;
    } catch (const std::exception& error) {
        const std::string why = error.what();
        std::fprintf(stderr, "launches_of_a_step: %s\n", why.substr(0, why.find('\n')).c_str());
        return 3;
    }
}
