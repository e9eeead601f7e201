// Compares a network of the paper on a device with the same one in float64 on the CPU: outputs, gradients, six steps.
//   device_check DEVICE SPECTROGRAM RATIO PRECISION ATTENTION FIRST_FILTERS BATCH FRAMES
//   such as: cuda stft 0.25 float32 auto 8 4 87
// Prints one JSON object: the largest relative differences (Frobenius, by tensor), and whether all are within tolerance (exit code 0, else 1).
// A sum within rounding of a ReLU's edge gives another gradient on any device (seen on CPUs: 2.5e-4 of one input's, 1.4e-6 of all others'): where
// only the gradient is beyond tolerance, up to two other inputs are compared. inputs_tried says how many it took; a fault that comes and goes
// may pass so.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <ATen/autocast_mode.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "configs/names.h"
#include "model/device.h"
#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "model/training_step.h"

namespace {

using namespace attnsweep;

constexpr int classes = 19, steps = 6, most_inputs = 3;

/// Largest relative differences (Frobenius) by precision; of the gradient as one vector, ten times as much for a single tensor of it.
struct Tolerance {
    double outputs, gradient, losses;
};
Tolerance tolerance_of(configs::Precision precision)
{
    switch (precision) {
    case configs::Precision::float32:
        return {1e-4, 1e-4, 5e-2};
    case configs::Precision::tf32:
        return {1e-2, 2e-2, 1e-1};
    case configs::Precision::bfloat16:
        return {5e-2, 2e-1, 2e-1};
    }
    return {0, 0, 0};
}

double size_of(const at::Tensor& tensor)
{
    return tensor.norm().item<double>();
}

double relative_difference(const at::Tensor& found, const at::Tensor& expected)
{
    const at::Tensor exact = expected.detach().to(at::kCPU, at::kDouble);
    const double size = exact.norm().item<double>();
    const double difference = (found.detach().to(at::kCPU, at::kDouble) - exact).norm().item<double>();
    return size > 0 ? difference / size : difference;
}

struct Member {
    Member(const configs::ModelSettings& settings, int frames, int bins, const c10::Device& device, at::ScalarType type,
           configs::AttentionImplementation attention)
        : net(settings, {frames, bins, classes}, 7)
    {
        net.to(device, type);
        net.use_attention(attention);
        net.train();
        optimizer = model::make_optimizer({}, net);
    }
    model::InstrumentNet net;
    std::unique_ptr<model::Optimizer> optimizer;
};

nlohmann::json compare(const std::vector<std::string>& given, std::uint64_t seed)
{
    const c10::Device device = model::choose_device(given[0]);
    const int frames = std::stoi(given[7]), bins = given[1] == "stft" ? 1025 : 252;
    const auto precision = configs::from_name<configs::Precision>(given[3]);
    const auto attention = configs::from_name<configs::AttentionImplementation>(given[4]);
    if ((given[1] != "stft" && given[1] != "cqt") || !precision || !attention) {
        throw model::Error(
            "expected SPECTROGRAM stft or cqt, PRECISION float32, tf32 or bfloat16, and a way to compute attention");
    }
    model::use_precision(*precision, device);
    configs::ModelSettings settings;
    settings.attention_ratio = std::stod(given[2]);
    settings.first_filters = std::stoi(given[5]);
    settings.heads = settings.first_filters < 8 ? 2 : settings.heads;
    Member exact(settings, frames, bins, c10::kCPU, at::kDouble, configs::AttentionImplementation::reference);
    Member tested(settings, frames, bins, device, at::kFloat, *attention);
    at::manual_seed(seed);
    const std::int64_t samples = std::stol(given[6]);
    const at::Tensor x = at::rand({samples, frames, bins}), labels = at::randint(classes, {samples}, at::kLong);

    const Tolerance allowed = tolerance_of(*precision);
    double outputs = 0, worst_gradient = 0, losses = 0;
    std::string worst;
    std::vector<std::vector<at::Tensor>> all;
    std::vector<at::Tensor> logits;
    for (Member* member : {&exact, &tested}) {
        const at::Tensor input = x.to(member->net.named_tensors().front().tensor.options());
        at::autocast::set_autocast_enabled(device.type(),
                                           member == &tested && *precision == configs::Precision::bfloat16);
        at::autocast::set_autocast_dtype(device.type(), at::kBFloat16);
        logits.push_back(member->net.forward(input).to(input.scalar_type()));
        at::autocast::set_autocast_enabled(device.type(), false);
        at::cross_entropy_loss(logits.back(), labels.to(input.device())).backward();
        all.emplace_back();
        for (const model::NamedTensor& named : member->net.named_tensors()) {
            all.back().push_back(named.trainable ? named.tensor.grad().clone() : at::Tensor());
        }
    }
    outputs = relative_difference(logits[1], logits[0]);
    const std::vector<model::NamedTensor> named = exact.net.named_tensors();
    double squares = 0, difference_squares = 0, numbers = 0;
    for (const at::Tensor& each : all[0]) {
        squares += each.defined() ? std::pow(size_of(each), 2) : 0;
        numbers += each.defined() ? static_cast<double>(each.numel()) : 0;
    }
    for (std::size_t i = 0; i < named.size(); ++i) {
        // A bias before batch norm has no gradient but rounding.
        if (!all[0][i].defined() || size_of(all[0][i]) < 1e-9 * std::sqrt(squares)) {
            continue;
        }
        const double size = size_of(all[0][i]), difference = size_of(all[1][i].to(at::kCPU, at::kDouble) - all[0][i]),
                     usual = std::sqrt(squares * static_cast<double>(all[0][i].numel()) / numbers);
        difference_squares += difference * difference;
        if (const double relative = difference / std::max(size, 3e-2 * usual); relative > worst_gradient) {
            worst_gradient = relative;
            worst = named[i].name;
        }
    }
    const double gradient = std::sqrt(difference_squares / squares);
    for (int step = 0; step < steps; ++step) {
        const auto loss = [&](Member& member, configs::Precision with) {
            return model::train_batch(member.net, *member.optimizer,
                                      x.to(member.net.named_tensors().front().tensor.options()), labels, with)
                .loss;
        };
        const double expected = loss(exact, configs::Precision::float32), found = loss(tested, *precision);
        losses = std::max(losses, std::abs(found - expected) / std::abs(expected));
    }
    const bool is_same_forward = outputs <= allowed.outputs && losses <= allowed.losses;
    const bool is_same_backward = gradient <= allowed.gradient && worst_gradient <= 10 * allowed.gradient;
    return {{"outputs", outputs},
            {"gradient", gradient},
            {"worst_of_a_tensor", worst_gradient},
            {"tensor", worst},
            {"losses_of_6_steps", losses},
            {"only_gradient_differs", is_same_forward && !is_same_backward},
            {"within_tolerance", is_same_forward && is_same_backward}};
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 9) {
        std::fprintf(stderr,
                     "usage: device_check DEVICE SPECTROGRAM RATIO PRECISION ATTENTION FIRST_FILTERS BATCH FRAMES\n");
        return 2;
    }
    try {
        model::use_threads(static_cast<int>(std::thread::hardware_concurrency()));
        nlohmann::json found;
        int inputs = 0;
        do {
            found = compare({argv + 1, argv + argc}, static_cast<std::uint64_t>(++inputs));
            found["inputs_tried"] = inputs;
        } while (found["only_gradient_differs"] && inputs < most_inputs);
        std::printf("%s\n", found.dump().c_str());
        return found["within_tolerance"] ? 0 : 1;
    } catch (const std::exception& error) {
        const std::string why = error.what();
        std::fprintf(stderr, "device_check: %s\n", why.substr(0, why.find('\n')).c_str());
        return 3;
    }
}
