#include "model/tiled_relative_attention.h"

#include <torch/csrc/autograd/custom_function.h>

#include "model/attention.h"
#include "model/error.h"
#include "model/kernels/tiled_attention.h"
#include "model/libtorch_threads.h"

namespace attnsweep::model {

namespace {

MapStrides strides_of(const at::Tensor& map)
{
    return {map.stride(0), map.stride(1), map.stride(2), map.stride(3)};
}

AttentionShape shape_of(const at::Tensor& qkv, const at::Tensor& key_rel_w, std::int64_t heads)
{
    const std::int64_t depth_k = key_rel_w.size(1), depth_v = (qkv.size(3) - 2 * depth_k * heads) / heads;
    return {qkv.size(0), qkv.size(1), qkv.size(2), heads, depth_k, depth_v};
}

AttentionInputs inputs_of(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w)
{
    return {qkv.const_data_ptr<float>(), strides_of(qkv), key_rel_h.const_data_ptr<float>(),
            key_rel_w.const_data_ptr<float>()};
}

// rows: (2, N heads H W), the maxima and the sums
AttentionOutput output_of(const at::Tensor& out, const at::Tensor& rows)
{
    return {out.data_ptr<float>(), strides_of(out), rows.data_ptr<float>(), rows.data_ptr<float>() + rows.size(1)};
}

class TiledFunction : public torch::autograd::Function<TiledFunction> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& qkv,
                              const at::Tensor& key_rel_h, const at::Tensor& key_rel_w, std::int64_t heads)
    {
        const AttentionShape shape = shape_of(qkv, key_rel_w, heads);
        at::Tensor out = at::empty({shape.batch, shape.height, shape.width, shape.output_channels()}, qkv.options());
        const at::Tensor rows = at::empty({2, shape.rows()}, qkv.options());
        tiled_attention(shape, inputs_of(qkv, key_rel_h, key_rel_w), output_of(out, rows), on_libtorchs_threads);
        context->saved_data["heads"] = heads;
        context->save_for_backward({qkv, key_rel_h, key_rel_w, out, rows});
        return out;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list upstream)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const at::Tensor &qkv = saved[0], &key_rel_h = saved[1], &key_rel_w = saved[2];
        const at::Tensor grad_qkv = at::empty(qkv.sizes(), qkv.options()), grad_h = at::empty_like(key_rel_h),
                         grad_w = at::empty_like(key_rel_w);
        tiled_attention_backward(
            shape_of(qkv, key_rel_w, context->saved_data["heads"].toInt()), inputs_of(qkv, key_rel_h, key_rel_w),
            output_of(saved[3], saved[4]), upstream[0].const_data_ptr<float>(), strides_of(upstream[0]),
            {grad_qkv.data_ptr<float>(), strides_of(grad_qkv), grad_h.data_ptr<float>(), grad_w.data_ptr<float>()},
            on_libtorchs_threads);
        return {grad_qkv, grad_h, grad_w, at::Tensor()};
    }
};

}  // namespace

at::Tensor tiled_relative_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                                    int heads)
{
    for (const at::Tensor* tensor : {&qkv, &key_rel_h, &key_rel_w}) {
        if (!tensor->is_cpu() || tensor->scalar_type() != at::kFloat) {
            throw Error(std::string("tiled attention of ") + at::toString(tensor->scalar_type()) + " on " +
                        tensor->device().str() + ": it is made for Float on cpu; take relative_attention");
        }
    }
    check_encodings(qkv, key_rel_h, key_rel_w, heads);
    return TiledFunction::apply(qkv, key_rel_h.contiguous(), key_rel_w.contiguous(), std::int64_t{heads});
}

}  // namespace attnsweep::model
