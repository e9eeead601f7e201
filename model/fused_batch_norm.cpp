#include "model/fused_batch_norm.h"

#include <torch/csrc/autograd/custom_function.h>

#include "model/kernels/batch_norm_relu.h"
#include "model/libtorch_threads.h"

namespace attnsweep::model {

namespace {

BatchNormShape shape_of_map(const at::Tensor& x)
{
    return {x.size(0) * x.size(2) * x.size(3), x.size(1)};
}

ChannelStatistics moving(const BatchNormTensors& tensors)
{
    const auto numbers = [](const at::Tensor& tensor) {
        const float* begin = tensor.const_data_ptr<float>();
        return std::vector<double>(begin, begin + tensor.numel());
    };
    return {numbers(tensors.moving_mean), numbers(tensors.moving_variance)};
}

void update_moving(const ChannelStatistics& batch, std::int64_t rows, double momentum, const BatchNormTensors& tensors)
{
    const double bessel = static_cast<double>(rows) / static_cast<double>(rows - 1);
    float* mean = tensors.moving_mean.data_ptr<float>();
    float* variance = tensors.moving_variance.data_ptr<float>();
    for (std::size_t c = 0; c < batch.mean.size(); ++c) {
        mean[c] = static_cast<float>(momentum * mean[c] + (1 - momentum) * batch.mean[c]);
        variance[c] = static_cast<float>(momentum * variance[c] + (1 - momentum) * bessel * batch.variance[c]);
    }
}

at::Tensor column(const std::vector<float>& numbers)
{
    return at::tensor(numbers, at::kFloat);
}

std::vector<float> numbers_of(const at::Tensor& column)
{
    const float* begin = column.const_data_ptr<float>();
    return {begin, begin + column.numel()};
}

bool is_plain(const at::Tensor& tensor)
{
    return tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
}

// x is channels-last in memory, as are the results.
at::Tensor normalised_relu(const at::Tensor& x, const Normalisation& normalisation, const at::Tensor& gamma,
                           const at::Tensor& beta)
{
    at::Tensor y = at::empty_like(x, at::MemoryFormat::ChannelsLast);
    normalise_relu(shape_of_map(x), x.const_data_ptr<float>(), normalisation, gamma.const_data_ptr<float>(),
                   beta.const_data_ptr<float>(), y.data_ptr<float>(), on_libtorchs_threads);
    return y;
}

class TrainingFunction : public torch::autograd::Function<TrainingFunction> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& given,
                              const at::Tensor& gamma, const at::Tensor& beta, const BatchNormTensors& moving,
                              const BatchNormSettings& settings)
    {
        const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
        const BatchNormShape shape = shape_of_map(x);
        const ChannelStatistics statistics = channel_statistics(shape, x.const_data_ptr<float>(), on_libtorchs_threads);
        update_moving(statistics, shape.rows, settings.momentum, moving);
        const Normalisation normalisation(statistics, settings.epsilon);
        const at::Tensor y = normalised_relu(x, normalisation, gamma, beta);
        context->save_for_backward({x, y, gamma, column(normalisation.mean), column(normalisation.inverse_deviation)});
        return y;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list upstream)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &y = saved[1], &gamma = saved[2];
        const at::Tensor grad_y = upstream[0].contiguous(at::MemoryFormat::ChannelsLast);
        const at::Tensor grad_x = at::empty_like(x, at::MemoryFormat::ChannelsLast), grad_gamma = at::empty_like(gamma),
                         grad_beta = at::empty_like(gamma);
        normalise_relu_backward(shape_of_map(x), grad_y.const_data_ptr<float>(), y.const_data_ptr<float>(),
                                x.const_data_ptr<float>(), Normalisation(numbers_of(saved[3]), numbers_of(saved[4])),
                                gamma.const_data_ptr<float>(), grad_x.data_ptr<float>(), grad_gamma.data_ptr<float>(),
                                grad_beta.data_ptr<float>(), on_libtorchs_threads);
        return {grad_x, grad_gamma, grad_beta, at::Tensor(), at::Tensor()};
    }
};

}  // namespace

at::Tensor batch_norm(const at::Tensor& x, const BatchNormTensors& tensors, const BatchNormSettings& settings,
                      bool is_training)
{
    return at::batch_norm(x, tensors.gamma, tensors.beta, tensors.moving_mean, tensors.moving_variance, is_training,
                          1 - settings.momentum, settings.epsilon, false);
}

at::Tensor batch_norm_relu(const at::Tensor& x, const BatchNormTensors& tensors, const BatchNormSettings& settings,
                           bool is_training)
{
    const bool has_kernel = x.is_cpu() && x.scalar_type() == at::kFloat && is_plain(tensors.gamma) &&
                            is_plain(tensors.beta) && is_plain(tensors.moving_mean) &&
                            is_plain(tensors.moving_variance);
    if (has_kernel && is_training) {
        return TrainingFunction::apply(x, tensors.gamma, tensors.beta, tensors, settings);
    }
    if (has_kernel && !at::GradMode::is_enabled()) {
        return normalised_relu(x.contiguous(at::MemoryFormat::ChannelsLast),
                               Normalisation(moving(tensors), settings.epsilon), tensors.gamma, tensors.beta);
    }
    return batch_norm(x, tensors, settings, is_training).relu_();  // in place: backward needs batch norm's input alone
}

}  // namespace attnsweep::model
