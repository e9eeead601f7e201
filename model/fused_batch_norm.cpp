#include "model/fused_batch_norm.h"

#include <array>

#include <torch/csrc/autograd/custom_function.h>

#include "model/kernels/batch_norm_relu.h"
#include "model/libtorch_threads.h"
#include "model/replicas/synchronised_batch_norm.h"

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

void update_moving(const ChannelStatistics& batch, double rows, double momentum, const BatchNormTensors& tensors)
{
    const double bessel = rows / (rows - 1);
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

at::Tensor doubles(const std::vector<double>& numbers)
{
    return at::tensor(numbers, at::kDouble);
}

std::vector<double> doubles_of(const at::Tensor& column)
{
    const double* begin = column.const_data_ptr<double>();
    return {begin, begin + column.numel()};
}

struct RowsAndStatistics {
    double rows = 0;
    ChannelStatistics statistics;
};

// Where a link is given, statistics and sums are those of all replicas' shares.
RowsAndStatistics statistics_of(const at::Tensor& x, const ReplicaLink* link)
{
    const BatchNormShape shape = shape_of_map(x);
    ChannelStatistics own = channel_statistics(shape, x.const_data_ptr<float>(), on_libtorchs_threads);
    if (link == nullptr) {
        return {static_cast<double>(shape.rows), std::move(own)};
    }
    const SharedStatistics all = merged(doubles(own.mean), doubles(own.variance), x, *link);
    return {all.rows, {doubles_of(all.mean), doubles_of(all.variance)}};
}

GradientSums added_up(const GradientSums& own, const ReplicaLink* link)
{
    if (link == nullptr) {
        return own;
    }
    const at::Tensor sum = doubles(own.sum), sum_by_x = doubles(own.sum_by_x);
    link->sum({sum, sum_by_x});
    return {doubles_of(sum), doubles_of(sum_by_x)};
}

constexpr std::array<std::int64_t, 2> pool_size{2, 2}, no_padding{0, 0}, no_dilation{1, 1};

// The gradient of max_pool's input y.
at::Tensor max_pool_backward(const at::Tensor& gradient, const at::Tensor& y)
{
    const at::Tensor indices =
        std::get<1>(at::max_pool2d_with_indices(y, pool_size, pool_size, no_padding, no_dilation, true));
    return at::max_pool2d_with_indices_backward(gradient, y, pool_size, pool_size, no_padding, no_dilation, true,
                                                indices);
}

class TrainingFunction : public torch::autograd::Function<TrainingFunction> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& given,
                              const at::Tensor& gamma, const at::Tensor& beta, const BatchNormTensors& moving,
                              const BatchNormSettings& settings, const ReplicaLink* link, bool pools)
    {
        const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
        const auto [rows, statistics] = statistics_of(x, link);
        update_moving(statistics, rows, settings.momentum, moving);
        const Normalisation normalisation(statistics, settings.epsilon);
        const at::Tensor y = normalised_relu(x, normalisation, gamma, beta);
        // Without pooling y is kept anyway, as the next convolution's input.
        context->save_for_backward({x, pools ? at::Tensor() : y, gamma, beta, column(normalisation.mean),
                                    column(normalisation.inverse_deviation)});
        context->saved_data["rows"] = rows;
        keep_link(*context, link);
        return pools ? max_pool(y) : y;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list upstream)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &gamma = saved[2];
        const Normalisation normalisation(numbers_of(saved[4]), numbers_of(saved[5]));
        at::Tensor y = saved[1], grad_y = upstream[0];
        const bool pooled = !y.defined();
        if (pooled) {
            y = normalised_relu(x, normalisation, gamma, saved[3]);
            grad_y = max_pool_backward(grad_y, y);
        }
        grad_y = grad_y.contiguous(at::MemoryFormat::ChannelsLast);
        const BatchNormShape shape = shape_of_map(x);
        const GradientSums own = gradient_sums(shape, grad_y.const_data_ptr<float>(), y.const_data_ptr<float>(),
                                               x.const_data_ptr<float>(), normalisation, on_libtorchs_threads);
        const at::Tensor grad_gamma = at::empty_like(gamma), grad_beta = at::empty_like(gamma);
        for (std::size_t c = 0; c < own.sum.size(); ++c) {
            grad_beta.data_ptr<float>()[c] = static_cast<float>(own.sum[c]);
            grad_gamma.data_ptr<float>()[c] =
                static_cast<float>(own.sum_by_x[c] * static_cast<double>(normalisation.inverse_deviation[c]));
        }
        // What was computed again is no longer needed once it is read: this is where memory is shortest.
        const at::Tensor grad_x = pooled ? y : at::empty_like(x, at::MemoryFormat::ChannelsLast);
        normalise_relu_backward(shape, grad_y.const_data_ptr<float>(), y.const_data_ptr<float>(),
                                x.const_data_ptr<float>(), normalisation, gamma.const_data_ptr<float>(),
                                added_up(own, kept_link(*context)), context->saved_data["rows"].toDouble(),
                                grad_x.data_ptr<float>(), on_libtorchs_threads);
        return {grad_x, grad_gamma, grad_beta, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

bool has_kernel(const at::Tensor& x, const BatchNormTensors& tensors)
{
    return x.is_cpu() && x.scalar_type() == at::kFloat && is_plain(tensors.gamma) && is_plain(tensors.beta) &&
           is_plain(tensors.moving_mean) && is_plain(tensors.moving_variance);
}

}  // namespace

at::Tensor batch_norm(const at::Tensor& x, const BatchNormTensors& tensors, const BatchNormSettings& settings,
                      bool is_training, const ReplicaLink* link)
{
    if (is_training && link != nullptr) {
        return synchronised_batch_norm(x, tensors, settings, *link);
    }
    return at::batch_norm(x, tensors.gamma, tensors.beta, tensors.moving_mean, tensors.moving_variance, is_training,
                          1 - settings.momentum, settings.epsilon, false);
}

at::Tensor batch_norm_relu(const at::Tensor& x, const BatchNormTensors& tensors, const BatchNormSettings& settings,
                           bool is_training, const ReplicaLink* link)
{
    if (has_kernel(x, tensors) && is_training) {
        return TrainingFunction::apply(x, tensors.gamma, tensors.beta, tensors, settings, link, false);
    }
    if (has_kernel(x, tensors) && !at::GradMode::is_enabled()) {
        return normalised_relu(x.contiguous(at::MemoryFormat::ChannelsLast),
                               Normalisation(moving(tensors), settings.epsilon), tensors.gamma, tensors.beta);
    }
    // In place: backward needs batch norm's input alone.
    return batch_norm(x, tensors, settings, is_training, link).relu_();
}

at::Tensor batch_norm_relu_pool(const at::Tensor& x, const BatchNormTensors& tensors, const BatchNormSettings& settings,
                                bool is_training, const ReplicaLink* link)
{
    return has_kernel(x, tensors) && is_training
               ? TrainingFunction::apply(x, tensors.gamma, tensors.beta, tensors, settings, link, true)
               : max_pool(batch_norm_relu(x, tensors, settings, is_training, link));
}

at::Tensor max_pool(const at::Tensor& x)
{
    return at::max_pool2d(x, pool_size, pool_size, 0, 1, true);
}

}  // namespace attnsweep::model
