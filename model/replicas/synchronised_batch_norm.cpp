#include "model/replicas/synchronised_batch_norm.h"

namespace attnsweep::model {

namespace {

// (C) -> (1, C, 1, 1), as activations are.
at::Tensor of_channels(const at::Tensor& column)
{
    return column.view({1, -1, 1, 1});
}

at::Tensor over_positions(const at::Tensor& x)
{
    return x.sum({0, 2, 3});
}

// Statistics in float32 at least: bfloat16 has too few digits for them.
at::ScalarType statistics_type(const at::Tensor& x)
{
    return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

void move_statistics(const SharedStatistics& batch, double momentum, const BatchNormTensors& tensors)
{
    const at::NoGradGuard no_grad;
    const double bessel = batch.rows / (batch.rows - 1);
    const auto move = [&](const at::Tensor& moving, const at::Tensor& value) {
        moving.mul_(momentum).add_(value.to(moving.scalar_type()), 1 - momentum);
    };
    move(tensors.moving_mean, batch.mean);
    move(tensors.moving_variance, batch.variance * bessel);
}

struct LinkHolder : torch::CustomClassHolder {
    explicit LinkHolder(const ReplicaLink& given) : link(given) {}
    ReplicaLink link;
};

constexpr const char* link_entry = "link";

class SynchronisedFunction : public torch::autograd::Function<SynchronisedFunction> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& given,
                              const at::Tensor& gamma, const at::Tensor& beta, const BatchNormTensors& moving,
                              const BatchNormSettings& settings, const ReplicaLink& link)
    {
        const at::ScalarType type = statistics_type(given);
        const at::Tensor x = given.to(type);
        const auto [variance, mean] = at::var_mean(x, {0, 2, 3}, 0);
        const SharedStatistics all = merged(mean, variance, given, link);
        move_statistics(all, settings.momentum, moving);
        const at::Tensor centre = all.mean.to(type), inverse = (all.variance + settings.epsilon).rsqrt().to(type);
        context->save_for_backward({given, gamma, centre, inverse});
        context->saved_data["rows"] = all.rows;
        keep_link(*context, &link);
        const at::Tensor y = (x - of_channels(centre)) * of_channels(gamma * inverse) + of_channels(beta);
        return y.to(given.scalar_type());
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list upstream)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const at::Tensor &given = saved[0], &gamma = saved[1], &centre = saved[2], &inverse = saved[3];
        const double rows = context->saved_data["rows"].toDouble();
        const at::ScalarType type = statistics_type(given);
        const at::Tensor grad_y = upstream[0].to(type);
        const at::Tensor normal = (given.to(type) - of_channels(centre)) * of_channels(inverse);
        const at::Tensor grad_beta = over_positions(grad_y), grad_gamma = over_positions(grad_y * normal);
        // What a weight's gradient needs is this share's sum; what the input's needs is that of all shares.
        const at::Tensor all = at::cat({grad_beta, grad_gamma});
        kept_link(*context)->sum({all});
        const at::Tensor sum = all.narrow(0, 0, grad_beta.size(0)),
                         sum_by_x = all.narrow(0, grad_beta.size(0), grad_beta.size(0));
        const at::Tensor grad_x =
            of_channels(gamma * inverse) * (grad_y - of_channels(sum / rows) - normal * of_channels(sum_by_x / rows));
        return {grad_x.to(given.scalar_type()), grad_gamma, grad_beta, at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

}  // namespace

void keep_link(torch::autograd::AutogradContext& context, const ReplicaLink* link)
{
    if (link != nullptr) {
        context.saved_data[link_entry] = torch::IValue::make_capsule(c10::make_intrusive<LinkHolder>(*link));
    }
}

const ReplicaLink* kept_link(torch::autograd::AutogradContext& context)
{
    const auto found = context.saved_data.find(link_entry);
    // The context owns the holder until after backward.
    return found == context.saved_data.end()
               ? nullptr
               : &c10::static_intrusive_pointer_cast<LinkHolder>(found->second.toCapsule())->link;
}

SharedStatistics merged(const at::Tensor& mean, const at::Tensor& variance, const at::Tensor& x,
                        const ReplicaLink& link)
{
    const at::NoGradGuard no_grad;
    const int replicas = link.collective.replicas();
    // Each replica writes its own line, samples, mean, variance, and adds zeros to the others': a sum hands all to all.
    const std::int64_t channels = mean.size(0);
    const at::Tensor table = at::zeros({replicas, 1 + 2 * channels}, mean.options().dtype(at::kDouble));
    const at::Tensor own = table[link.replica];
    own.narrow(0, 0, 1).fill_(static_cast<double>(x.size(0)));  // all samples have as many positions
    own.narrow(0, 1, channels).copy_(mean);
    own.narrow(0, 1 + channels, channels).copy_(variance);
    link.sum({table});
    const at::Tensor weights = table.narrow(1, 0, 1), means = table.narrow(1, 1, channels);
    const at::Tensor total = weights.sum();
    SharedStatistics all;
    all.mean = (weights * means).sum(0) / total;
    all.variance = (weights * (table.narrow(1, 1 + channels, channels) + (means - all.mean).square())).sum(0) / total;
    all.rows = static_cast<double>(link.batch_samples * x.size(2) * x.size(3));
    return all;
}

at::Tensor synchronised_batch_norm(const at::Tensor& x, const BatchNormTensors& tensors,
                                   const BatchNormSettings& settings, const ReplicaLink& link)
{
    return SynchronisedFunction::apply(x, tensors.gamma, tensors.beta, tensors, settings, link);
}

}  // namespace attnsweep::model
