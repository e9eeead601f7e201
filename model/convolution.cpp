#include "model/convolution.h"

#include <ATen/autocast_mode.h>
#include <ATen/ops/convolution_backward.h>
#include <torch/csrc/autograd/custom_function.h>

#include "model/kernels/direct_weight_gradient.h"
#include "model/kernels/winograd.h"
#include "model/libtorch_threads.h"

namespace attnsweep::model {

namespace {

// With fewer channels its transforms cost more than the products that it saves (docs/benchmarks.md, "Convolutions").
constexpr std::int64_t least_channels = 16;
// Weights of fewer input channels have their gradient by plain sums in float64, kept several times: not of very many.
constexpr std::int64_t most_summed = 1024;

ConvolutionShape shape_of_convolution(const at::Tensor& x, const at::Tensor& kernel)
{
    return {x.size(0), x.size(2), x.size(3), x.size(1), kernel.size(0)};
}

at::Tensor channels_last(const at::Tensor& tensor)
{
    return tensor.contiguous(at::MemoryFormat::ChannelsLast);
}

// x and kernel are channels-last in memory.
at::Tensor by_winograd(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias)
{
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

// The passes of a convolution, each of tensors that are channels-last in memory.
struct WinogradPasses {
    static at::Tensor forward(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias)
    {
        return by_winograd(x, kernel, bias);
    }
    static at::Tensor input_gradient(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& grad_y)
    {
        at::Tensor grad_x = at::empty_like(x);
        winograd_input_gradient(shape_of_convolution(x, kernel), grad_y.const_data_ptr<float>(),
                                kernel.const_data_ptr<float>(), grad_x.data_ptr<float>(), on_libtorchs_threads);
        return grad_x;
    }
    static constexpr auto weight_gradient = winograd_weight_gradient;
};

// libtorch's operator, but for the weights' gradient: of few input channels libtorch's takes much longer than its products.
struct DirectPasses {
    static at::Tensor forward(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias)
    {
        return by_libtorch(x, kernel, bias);
    }
    static at::Tensor input_gradient(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& grad_y)
    {
        return std::get<0>(at::convolution_backward(grad_y, x, kernel, {}, {1, 1}, {2, 2}, {1, 1}, false, {0, 0}, 1,
                                                    {true, false, false}));
    }
    static constexpr auto weight_gradient = direct_weight_gradient;
};

template <class Passes> class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction<Passes>> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& given,
                              const at::Tensor& given_kernel, const at::Tensor& bias)
    {
        const at::Tensor x = channels_last(given), kernel = channels_last(given_kernel);
        context->save_for_backward({x, kernel});
        return Passes::forward(x, kernel, bias);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list upstream)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &kernel = saved[1];
        const at::Tensor grad_y = channels_last(upstream[0]);
        at::Tensor grad_x, grad_kernel, grad_bias;
        if (context->needs_input_grad(0)) {
            grad_x = Passes::input_gradient(x, kernel, grad_y);
        }
        if (context->needs_input_grad(1)) {
            grad_kernel = at::empty_like(kernel);
            Passes::weight_gradient(shape_of_convolution(x, kernel), x.const_data_ptr<float>(),
                                    grad_y.const_data_ptr<float>(), grad_kernel.data_ptr<float>(),
                                    on_libtorchs_threads);
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

bool takes_winograd(std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width,
                    std::int64_t kernel_size)
{
    // Of a map with one row or column half of each tile is outside.
    return kernel_size == 5 && in >= least_channels && out >= least_channels && height > 1 && width > 1;
}

at::Tensor convolve(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias)
{
    const bool is_ours = is_float_on_cpu(x) && is_float_on_cpu(kernel) && is_float_on_cpu(bias) &&
                         bias.is_contiguous() && !at::autocast::is_autocast_enabled(at::kCPU);
    const bool is_trained = at::GradMode::is_enabled();
    const std::int64_t in = x.size(1), out = kernel.size(0), size = kernel.size(2);
    if (is_ours && takes_winograd(in, out, x.size(2), x.size(3), size)) {
        return is_trained ? ConvolutionFunction<WinogradPasses>::apply(x, kernel, bias)
                          : by_winograd(channels_last(x), channels_last(kernel), bias);
    }
    if (is_ours && is_trained && size == 5 && in < least_channels && in * out <= most_summed) {
        return ConvolutionFunction<DirectPasses>::apply(x, kernel, bias);
    }
    return by_libtorch(x, kernel, bias);
}

}  // namespace attnsweep::model
