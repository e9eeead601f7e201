// Times the convolutions of a network by Winograd's algorithm, beside libtorch's operator, in the same rounds. convolution.sh says how it
// is called.
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "model/kernels/direct_weight_gradient.h"
#include "model/kernels/vector_instructions.h"
#include "model/kernels/winograd.h"
#include "model/libtorch_threads.h"
#include "tests/bench/ways.h"

namespace attnsweep::bench {
namespace {

struct Layer {
    std::string name;
    model::ConvolutionShape shape;
};

std::vector<Layer> layers(std::int64_t first_filters, std::int64_t height, std::int64_t width)
{
    std::vector<Layer> all;
    std::int64_t in = 1;
    for (int block = 1; block <= 5; ++block) {
        const std::int64_t out = first_filters << (block - 1);
        for (int layer = 1; layer <= 2; ++layer) {
            all.push_back(
                {"block" + std::to_string(block) + "/conv" + std::to_string(layer), {16, height, width, in, out}});
            in = out;
        }
        height = (height + 1) / 2;
        width = (width + 1) / 2;
    }
    return all;
}

at::Tensor drawn(at::IntArrayRef shape)
{
    return at::randn(shape).contiguous(at::MemoryFormat::ChannelsLast);
}

void measure_layer(const Layer& layer, int rounds)
{
    const model::ConvolutionShape& s = layer.shape;
    const at::Tensor x = drawn({s.samples, s.in, s.height, s.width}), weights = drawn({s.out, s.in, 5, 5}),
                     bias = at::randn({s.out}), grad_y = drawn({s.samples, s.out, s.height, s.width});
    const at::Tensor y = at::empty_like(grad_y), grad_x = at::empty_like(x), grad_weights = at::empty_like(weights);
    const auto backward = [&](std::array<bool, 3> which) {
        at::convolution_backward(grad_y, x, weights, at::IntArrayRef{s.out}, {1, 1}, {2, 2}, {1, 1}, false, {0, 0}, 1,
                                 which);
    };
    std::vector<Way> ways{
        {"forward",
         [&] {
             model::winograd_forward(s, x.const_data_ptr<float>(), weights.const_data_ptr<float>(),
                                     bias.const_data_ptr<float>(), y.data_ptr<float>(), model::on_libtorchs_threads);
         }},
        {"forward", [&] { at::conv2d(x, weights, bias, 1, 2); }},
        {"to inputs",
         [&] {
             model::winograd_input_gradient(s, grad_y.const_data_ptr<float>(), weights.const_data_ptr<float>(),
                                            grad_x.data_ptr<float>(), model::on_libtorchs_threads);
         }},
        {"to inputs", [&] { backward({true, false, false}); }},
        {"to weights",
         [&] {
             model::winograd_weight_gradient(s, x.const_data_ptr<float>(), grad_y.const_data_ptr<float>(),
                                             grad_weights.data_ptr<float>(), model::on_libtorchs_threads);
         }},
        {"to weights", [&] { backward({false, true, false}); }},
        {"to weights",
         [&] {
             model::direct_weight_gradient(s, x.const_data_ptr<float>(), grad_y.const_data_ptr<float>(),
                                           grad_weights.data_ptr<float>(), model::on_libtorchs_threads);
         }},
    };
    if (s.in * s.out > 1024) {
        ways.pop_back();  // is for few channels
    }
    for (Way& way : ways) {
        way.run();  // what is allocated once
    }
    for (int round = 0; round < rounds; ++round) {
        for (Way& way : ways) {
            way.rounds.push_back(measure(way.run));
        }
    }
    std::printf("| %s, %d to %d |", layer.name.c_str(), static_cast<int>(s.in), static_cast<int>(s.out));
    for (std::size_t i = 0; i + 1 < ways.size(); i += 2) {
        std::printf(" %.1f | %.1f | %.2f (%.2f) |", 1000 * ways[i].median_of(&Measured::wall_s),
                    1000 * ways[i + 1].median_of(&Measured::wall_s), ways[i + 1].ratio_to(ways[i], &Measured::wall_s),
                    ways[i + 1].ratio_to(ways[i], &Measured::cpu_s));
    }
    if (ways.size() % 2 == 1) {
        std::printf(" %.1f | %.2f (%.2f) |\n", 1000 * ways.back().median_of(&Measured::wall_s),
                    ways[ways.size() - 2].ratio_to(ways.back(), &Measured::wall_s),
                    ways[ways.size() - 2].ratio_to(ways.back(), &Measured::cpu_s));
    } else {
        std::printf(" – | – |\n");
    }
    std::fflush(stdout);
}

}  // namespace
}  // namespace attnsweep::bench

// convolution_bench [ROUNDS [FIRST FILTERS [THREADS [HEIGHT WIDTH]]]]
int main(int count, char** words)
{
    const int rounds = count > 1 ? std::stoi(words[1]) : 3;
    const std::int64_t first_filters = count > 2 ? std::stoi(words[2]) : 32;
    at::set_num_threads(count > 3 ? std::stoi(words[3]) : 1);
    attnsweep::model::use_vector_instructions(attnsweep::model::vector_instructions_beside(
        at::get_cpu_capability(), attnsweep::model::vector_instruction_sets()));  // as training does
    std::printf(
        "| layer | forward, ms | libtorch, ms | ratio | to inputs, ms | libtorch, ms | ratio | to weights, ms | "
        "libtorch, ms | ratio | to weights directly, ms | ratio "
        "|\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    const std::int64_t height = count > 5 ? std::stoi(words[4]) : 87, width = count > 5 ? std::stoi(words[5]) : 252;
    for (const attnsweep::bench::Layer& layer : attnsweep::bench::layers(first_filters, height, width)) {
        attnsweep::bench::measure_layer(layer, rounds);
    }
    return 0;
}
