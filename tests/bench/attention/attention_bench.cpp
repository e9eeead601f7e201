// Times attention forward and backward: the tiled kernel on each instruction set of this processor, beside libtorch with
// autograd, in the same rounds. attention.sh says how it is called.
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "model/attention.h"
#include "model/attention_forms.h"
#include "model/kernels/tiled_attention.h"
#include "model/kernels/vector_instructions.h"
#include "tests/bench/ways.h"

namespace attnsweep::bench {
namespace {

using model::AttentionShape;

struct Options {
    int rounds = 5;
    bool with_explicit = false;
    std::string only;  // part of a case's name
};

struct Numbers {
    explicit Numbers(const AttentionShape& its_shape) : shape(its_shape)
    {
        torch::manual_seed(1);
        qkv = torch::rand({shape.batch, shape.height, shape.width, shape.qkv_channels()}) * 2 - 1;
        key_rel_h = torch::rand({2 * shape.height - 1, shape.depth_k}) * 2 - 1;
        key_rel_w = torch::rand({2 * shape.width - 1, shape.depth_k}) * 2 - 1;
        upstream = torch::rand({shape.batch, shape.height, shape.width, shape.output_channels()}) * 2 - 1;
        for (torch::Tensor* input : {&qkv, &key_rel_h, &key_rel_w}) {
            input->set_requires_grad(true);
        }
    }

    AttentionShape shape;
    torch::Tensor qkv, key_rel_h, key_rel_w, upstream;
};

void step(const Numbers& numbers, const std::function<torch::Tensor(const Numbers&)>& forward)
{
    torch::autograd::grad({forward(numbers)}, {numbers.qkv, numbers.key_rel_h, numbers.key_rel_w}, {numbers.upstream});
}

void tiled_step(const Numbers& numbers, int threads)
{
    const AttentionShape& shape = numbers.shape;
    const auto run = model::on_threads(threads);
    const auto strides = model::MapStrides::contiguous(shape.height, shape.width, shape.qkv_channels());
    const auto out_strides = model::MapStrides::contiguous(shape.height, shape.width, shape.output_channels());
    const torch::Tensor out = torch::empty_like(numbers.upstream), rows = torch::empty({2, shape.rows()});
    const torch::Tensor grad = torch::empty_like(numbers.qkv), grad_h = torch::empty_like(numbers.key_rel_h),
                        grad_w = torch::empty_like(numbers.key_rel_w);
    const model::AttentionInputs inputs{numbers.qkv.data_ptr<float>(), strides, numbers.key_rel_h.data_ptr<float>(),
                                        numbers.key_rel_w.data_ptr<float>()};
    const model::AttentionOutput output{out.data_ptr<float>(), out_strides, rows.data_ptr<float>(),
                                        rows.data_ptr<float>() + shape.rows()};
    model::tiled_attention(shape, inputs, output, run);
    model::tiled_attention_backward(
        shape, inputs, output, numbers.upstream.data_ptr<float>(), out_strides,
        {grad.data_ptr<float>(), strides, grad_h.data_ptr<float>(), grad_w.data_ptr<float>()}, run);
}

// A libtorch peer needs 16 GB for the weights of the largest maps: these go without.
bool has_peers(const AttentionShape& shape)
{
    return shape.positions() < 10'000;
}

void measure_case(const std::string& name, const AttentionShape& shape, int threads, const Options& options)
{
    const Numbers numbers(shape);
    at::set_num_threads(threads);
    std::vector<Way> ways;
    for (const std::string& set : model::vector_instruction_sets()) {
        ways.push_back({"tiled, " + set, [&numbers, set, threads] {
                            model::use_vector_instructions(set);
                            tiled_step(numbers, threads);
                        }});
    }
    const std::size_t tiled = ways.size();
    if (has_peers(shape)) {
        ways.push_back({"libtorch, in chunks", [&] {
                            step(numbers, [](const Numbers& of) {
                                return model::relative_attention(of.qkv, of.key_rel_h, of.key_rel_w,
                                                                 static_cast<int>(of.shape.heads));
                            });
                        }});
    }
    if (has_peers(shape) && options.with_explicit) {
        ways.push_back({"libtorch, explicit", [&] {
                            step(numbers, [](const Numbers& of) {
                                return model::reference_attention(of.qkv, of.key_rel_h, of.key_rel_w,
                                                                  static_cast<int>(of.shape.heads));
                            });
                        }});
    }
    for (int round = 0; round < options.rounds; ++round) {
        for (Way& way : ways) {
            way.rounds.push_back(measure(way.run));
        }
    }
    for (std::size_t i = 0; i < ways.size(); ++i) {
        std::printf("| %s | %d | %s | %.3f | %.3f | %.0f |", name.c_str(), threads, ways[i].name.c_str(),
                    ways[i].median_of(&Measured::wall_s), ways[i].median_of(&Measured::cpu_s),
                    ways[i].median_of(&Measured::extra_mb));
        for (std::size_t peer = tiled; peer < ways.size(); ++peer) {
            if (i < tiled) {
                std::printf(" %.1f (%.1f) |", ways[peer].ratio_to(ways[i], &Measured::wall_s),
                            ways[peer].ratio_to(ways[i], &Measured::cpu_s));
            } else {
                std::printf(" |");
            }
        }
        std::printf("\n");
        std::fflush(stdout);
    }
}

void measure_all(const Options& options)
{
    std::printf("| case | threads | how | seconds | of processors | extra MB | chunked / it (processors) |%s\n",
                options.with_explicit ? " explicit / it (processors) |" : "");
    std::printf("|---|---|---|---|---|---|---|%s\n", options.with_explicit ? "---|" : "");
    const std::vector<std::pair<std::string, AttentionShape>> cases = {
        {"STFT block 4, 25 %", {16, 11, 129, 8, 8, 8}},
        {"CQT block 4, 25 %", {16, 11, 32, 8, 8, 8}},
        {"narrow, STFT block 4", {16, 11, 129, 8, 2, 2}},
        {"44 x 513, one sample", {1, 44, 513, 8, 8, 8}},
    };
    for (const auto& [name, shape] : cases) {
        for (const int threads : {1, 2}) {
            if (name.find(options.only) != std::string::npos) {
                measure_case(name, shape, threads, options);
            }
        }
    }
}

}  // namespace
}  // namespace attnsweep::bench

// attention_bench [ROUNDS [explicit|chunked [PART OF A CASE'S NAME]]]
int main(int count, char** words)
{
    attnsweep::bench::Options options;
    options.rounds = count > 1 ? std::stoi(words[1]) : options.rounds;
    options.with_explicit = count > 2 && std::string(words[2]) == "explicit";
    options.only = count > 3 ? words[3] : "";
    attnsweep::bench::measure_all(options);
    return 0;
}
