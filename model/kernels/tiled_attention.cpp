#include "model/kernels/tiled_attention.h"

#include <string>
#include <vector>

#include "model/error.h"

namespace attnsweep::model {

namespace {

void check(const AttentionShape& shape)
{
    for (const std::int64_t count :
         {shape.batch, shape.height, shape.width, shape.heads, shape.depth_k, shape.depth_v}) {
        if (count < 1) {
            throw Error("attention over " + std::to_string(shape.batch) + " maps of " + std::to_string(shape.height) +
                        " x " + std::to_string(shape.width) + " positions with " + std::to_string(shape.heads) +
                        " heads of depth " + std::to_string(shape.depth_k) + " (keys) and " +
                        std::to_string(shape.depth_v) + " (values): each must be at least 1");
        }
    }
}

// One head of one sample.
struct Unit {
    Unit(const AttentionShape& shape, std::int64_t index) : sample(index / shape.heads), head(index % shape.heads) {}

    std::int64_t sample, head;
};

std::int64_t start(const MapStrides& strides, const Unit& unit, std::int64_t channel)
{
    return unit.sample * strides.sample + channel * strides.channel;
}

// Where q, k and v of a head begin in a map of qkv, or of its gradient.
template <class Float> struct Qkv {
    Qkv(Float* map, const MapStrides& strides, const AttentionShape& shape, const Unit& unit)
        : q(map + start(strides, unit, unit.head * shape.depth_k)),
          k(map + start(strides, unit, (shape.heads + unit.head) * shape.depth_k)),
          v(map + start(strides, unit, 2 * shape.heads * shape.depth_k + unit.head * shape.depth_v))
    {
    }

    Float *q, *k, *v;
};

HeadInputs inputs_of(const AttentionShape& shape, const AttentionInputs& inputs, const Unit& unit)
{
    const Qkv<const float> from(inputs.qkv, inputs.strides, shape, unit);
    return {shape.height, shape.width, shape.depth_k,  shape.depth_v,    from.q,
            from.k,       from.v,      inputs.strides, inputs.key_rel_h, inputs.key_rel_w};
}

void add_up(const std::vector<float>& shares, std::int64_t units, std::int64_t size, float* sum)
{
    for (std::int64_t i = 0; i < size; ++i) {
        double total = 0;
        for (std::int64_t unit = 0; unit < units; ++unit) {
            total += shares[static_cast<std::size_t>(unit * size + i)];
        }
        sum[i] = static_cast<float>(total);
    }
}

}  // namespace

void tiled_attention(const AttentionShape& shape, const AttentionInputs& inputs, const AttentionOutput& output,
                     const RunUnits& run)
{
    check(shape);
    run(shape.batch * shape.heads, [&](std::int64_t index) {
        const Unit unit(shape, index);
        attend(inputs_of(shape, inputs, unit),
               {output.output + start(output.strides, unit, unit.head * shape.depth_v), output.strides,
                output.row_max + index * shape.positions(), output.row_sum + index * shape.positions()});
    });
}

void tiled_attention_backward(const AttentionShape& shape, const AttentionInputs& inputs, const AttentionOutput& output,
                              const float* grad_output, const MapStrides& grad_output_strides,
                              const AttentionGradients& gradients, const RunUnits& run)
{
    check(shape);
    const std::int64_t units = shape.batch * shape.heads;
    const std::int64_t size_h = (2 * shape.height - 1) * shape.depth_k, size_w = (2 * shape.width - 1) * shape.depth_k;
    std::vector<float> shares_h(static_cast<std::size_t>(units * size_h));
    std::vector<float> shares_w(static_cast<std::size_t>(units * size_w));
    run(units, [&](std::int64_t index) {
        const Unit unit(shape, index);
        const std::int64_t channel = unit.head * shape.depth_v;
        const Qkv<float> to(gradients.qkv, gradients.strides, shape, unit);
        attend_backward(inputs_of(shape, inputs, unit),
                        {output.output + start(output.strides, unit, channel), output.strides,
                         output.row_max + index * shape.positions(), output.row_sum + index * shape.positions(),
                         grad_output + start(grad_output_strides, unit, channel), grad_output_strides, to.q, to.k, to.v,
                         gradients.strides, shares_h.data() + index * size_h, shares_w.data() + index * size_w});
    });
    add_up(shares_h, units, size_h, gradients.key_rel_h);
    add_up(shares_w, units, size_w, gradients.key_rel_w);
}

}  // namespace attnsweep::model
