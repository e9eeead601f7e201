#include "model/convolution.h"

#include <algorithm>
#include <array>

#include <ATen/autocast_mode.h>
#include <ATen/ops/convolution_backward.h>
#include <torch/csrc/autograd/custom_function.h>

#include "model/kernels/direct_weight_gradient.h"
#include "model/kernels/winograd.h"
#include "model/kernels/winograd_kernel.h"
#include "model/libtorch_threads.h"

namespace attnsweep::model {

namespace {

// How the passes of a convolution are computed, where not by libtorch's operator (oneDNN).
struct Ways {
    bool maps_by_winograd = false;  // forward and to inputs
    bool weights_by_winograd = false, weights_by_sums = false;
};

// Where each was faster than the operator when measured (docs/benchmarks.md, "Convolutions"), with AVX2 and AVX-512; nothing was measured
// with shorter vectors. Vectors of 16 numbers serve the operator more than Winograd's algorithm, whose transforms are bound by memory.
Ways ways_of(const ConvolutionShape& shape)
{
    if (winograd_lanes() < 8) {
        return {};
    }
    const bool has_wide_vectors = winograd_lanes() > 8;
    const std::int64_t positions = shape.samples * shape.height * shape.width;
    const std::int64_t fewer = std::min(shape.in, shape.out), more = std::max(shape.in, shape.out);
    const bool fills_tiles = shape.height > 1 && shape.width > 1;  // of a single row half of each tile is outside
    Ways ways;
    // Of few positions the transforms of the weights cost more than the products that they save. By the map alone, so that a clip's logits
    // do not depend on how many are computed with it.
    ways.maps_by_winograd =
        fills_tiles && fewer >= (has_wide_vectors ? 32 : 16) && more >= 32 && shape.height * shape.width >= 64;
    ways.weights_by_winograd =
        fills_tiles &&
        (has_wide_vectors ? fewer >= 32 && positions >= (fewer * more <= std::int64_t{64} * 64 ? 5000 : 16'384)
                          : fewer >= 16 && more >= 32);
    // Kept several times in float64: not of very many weights.
    ways.weights_by_sums =
        shape.in < 16 && shape.in * shape.out <= 1024 && !(has_wide_vectors && shape.in > 1 && shape.out % 16 == 0);
    return ways;
}

ConvolutionShape shape_of_convolution(const at::Tensor& x, const at::Tensor& kernel)
{
    return {x.size(0), x.size(2), x.size(3), x.size(1), kernel.size(0)};
}

at::Tensor channels_last(const at::Tensor& tensor)
{
    return tensor.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor by_winograd(const at::Tensor& given, const at::Tensor& given_kernel, const at::Tensor& bias)
{
    const at::Tensor x = channels_last(given), kernel = channels_last(given_kernel);
    at::Tensor y =
        at::empty({x.size(0), kernel.size(0), x.size(2), x.size(3)}, x.options(), at::MemoryFormat::ChannelsLast);
    winograd_forward(shape_of_convolution(x, kernel), x.const_data_ptr<float>(), kernel.const_data_ptr<float>(),
                     bias.const_data_ptr<float>(), y.data_ptr<float>(), on_libtorchs_threads);
    return y;
}

at::Tensor by_libtorch(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias)
{
    return at::conv2d(x, kernel, bias, 1, kernel.size(2) / 2);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> gradients_by_libtorch(const at::Tensor& x, const at::Tensor& kernel,
                                                                     const at::Tensor& grad_y,
                                                                     std::array<bool, 3> which)
{
    return at::convolution_backward(grad_y, x, kernel, {}, {1, 1}, {2, 2}, {1, 1}, false, {0, 0}, 1, which);
}

at::Tensor forward_by(const Ways& ways, const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias)
{
    return ways.maps_by_winograd ? by_winograd(x, kernel, bias) : by_libtorch(x, kernel, bias);
}

// The tensors of both gradients are channels-last in memory.
at::Tensor input_gradient_by(const Ways& ways, const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& grad_y)
{
    if (!ways.maps_by_winograd) {
        return std::get<0>(gradients_by_libtorch(x, kernel, grad_y, {true, false, false}));
    }
    at::Tensor grad_x = at::empty_like(x);
    winograd_input_gradient(shape_of_convolution(x, kernel), grad_y.const_data_ptr<float>(),
                            kernel.const_data_ptr<float>(), grad_x.data_ptr<float>(), on_libtorchs_threads);
    return grad_x;
}

at::Tensor weight_gradient_by(const Ways& ways, const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& grad_y)
{
    if (!ways.weights_by_winograd && !ways.weights_by_sums) {
        return std::get<1>(gradients_by_libtorch(x, kernel, grad_y, {false, true, false}));
    }
    at::Tensor grad_kernel = at::empty_like(kernel);
    (ways.weights_by_winograd ? winograd_weight_gradient : direct_weight_gradient)(
        shape_of_convolution(x, kernel), x.const_data_ptr<float>(), grad_y.const_data_ptr<float>(),
        grad_kernel.data_ptr<float>(), on_libtorchs_threads);
    return grad_kernel;
}

class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& given,
                              const at::Tensor& given_kernel, const at::Tensor& bias)
    {
        const at::Tensor x = channels_last(given), kernel = channels_last(given_kernel);
        context->save_for_backward({x, kernel});
        return forward_by(ways_of(shape_of_convolution(x, kernel)), x, kernel, bias);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list upstream)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &kernel = saved[1];
        const Ways ways = ways_of(shape_of_convolution(x, kernel));
        const at::Tensor grad_y = channels_last(upstream[0]);
        at::Tensor grad_x, grad_kernel, grad_bias;
        if (context->needs_input_grad(0)) {
            grad_x = input_gradient_by(ways, x, kernel, grad_y);
        }
        if (context->needs_input_grad(1)) {
            grad_kernel = weight_gradient_by(ways, x, kernel, grad_y);
        }
        if (context->needs_input_grad(2)) {
            grad_bias = grad_y.sum({0, 2, 3});
        }
        return {grad_x, grad_kernel, grad_bias};
    }
};

bool is_float_on_cpu(const at::Tensor& tensor)
{
    return tensor.is_cpu() && tensor.scalar_type() == at::kFloat;
}

}  // namespace

bool takes_winograd(const ConvolutionShape& shape)
{
    return ways_of(shape).maps_by_winograd;
}

at::Tensor convolve(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias)
{
    const bool is_ours = is_float_on_cpu(x) && is_float_on_cpu(kernel) && is_float_on_cpu(bias) &&
                         bias.is_contiguous() && kernel.size(2) == 5 && !at::autocast::is_autocast_enabled(at::kCPU);
    if (!is_ours) {
        return by_libtorch(x, kernel, bias);
    }
    const Ways ways = ways_of(shape_of_convolution(x, kernel));
    if (at::GradMode::is_enabled() && (ways.maps_by_winograd || ways.weights_by_winograd || ways.weights_by_sums)) {
        return ConvolutionFunction::apply(x, kernel, bias);
    }
    return forward_by(ways, x, kernel, bias);
}

}  // namespace attnsweep::model
