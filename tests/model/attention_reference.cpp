#include "tests/model/attention_reference.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace attnsweep::model {

namespace {

std::vector<float> random_numbers(std::int64_t count, std::mt19937& random)
{
    std::uniform_real_distribution<float> between(-1, 1);
    std::vector<float> numbers(static_cast<std::size_t>(count));
    std::generate(numbers.begin(), numbers.end(), [&] { return between(random); });
    return numbers;
}

// One head of one sample, in float64, by index.
struct Head {
    Head(const AttentionCase& numbers_, std::int64_t sample_, std::int64_t head_)
        : numbers(numbers_), shape(numbers_.shape), sample(sample_), head(head_)
    {
    }

    std::size_t q(std::int64_t p, std::int64_t c) const { return place(p, head * shape.depth_k + c); }
    std::size_t k(std::int64_t p, std::int64_t c) const { return place(p, (shape.heads + head) * shape.depth_k + c); }
    std::size_t v(std::int64_t p, std::int64_t e) const
    {
        return place(p, 2 * shape.heads * shape.depth_k + head * shape.depth_v + e);
    }
    std::size_t out(std::int64_t p, std::int64_t e) const
    {
        return static_cast<std::size_t>((sample * shape.positions() + p) * shape.output_channels() +
                                        head * shape.depth_v + e);
    }
    // Where channel c of the encoding of the way from query i to key j lies.
    std::size_t rel_h(std::int64_t i, std::int64_t j, std::int64_t c) const
    {
        return static_cast<std::size_t>((j / shape.width - i / shape.width + shape.height - 1) * shape.depth_k + c);
    }
    std::size_t rel_w(std::int64_t i, std::int64_t j, std::int64_t c) const
    {
        return static_cast<std::size_t>((j % shape.width - i % shape.width + shape.width - 1) * shape.depth_k + c);
    }
    double scale() const { return 1 / std::sqrt(static_cast<double>(shape.depth_k)); }

    double logit(std::int64_t i, std::int64_t j) const
    {
        double sum = 0;
        for (std::int64_t c = 0; c < shape.depth_k; ++c) {
            const double key = static_cast<double>(numbers.qkv[k(j, c)]) + numbers.key_rel_h[rel_h(i, j, c)] +
                               numbers.key_rel_w[rel_w(i, j, c)];
            sum += numbers.qkv[q(i, c)] * key;
        }
        return scale() * sum;
    }

    // softmax of row i
    std::vector<double> weights(std::int64_t i) const
    {
        std::vector<double> row(static_cast<std::size_t>(shape.positions()));
        for (std::int64_t j = 0; j < shape.positions(); ++j) {
            row[static_cast<std::size_t>(j)] = logit(i, j);
        }
        const double largest = *std::max_element(row.begin(), row.end());
        double sum = 0;
        for (double& value : row) {
            value = std::exp(value - largest);
            sum += value;
        }
        for (double& value : row) {
            value /= sum;
        }
        return row;
    }

    const AttentionCase& numbers;
    const AttentionShape& shape;
    std::int64_t sample, head;

private:
    std::size_t place(std::int64_t p, std::int64_t channel) const
    {
        return static_cast<std::size_t>((sample * shape.positions() + p) * shape.qkv_channels() + channel);
    }
};

template <class Visit> void each_head(const AttentionCase& numbers, const Visit& visit)
{
    for (std::int64_t sample = 0; sample < numbers.shape.batch; ++sample) {
        for (std::int64_t head = 0; head < numbers.shape.heads; ++head) {
            visit(Head(numbers, sample, head));
        }
    }
}

void add_row(const Head& head, std::int64_t i, AttentionTensors& tensors, std::vector<double>& grad_qkv)
{
    const AttentionCase& numbers = head.numbers;
    const AttentionShape& shape = head.shape;
    const std::vector<double> weights = head.weights(i);
    std::vector<double> grad_weights(weights.size());
    double mean = 0;
    for (std::int64_t j = 0; j < shape.positions(); ++j) {
        const auto at = static_cast<std::size_t>(j);
        for (std::int64_t e = 0; e < shape.depth_v; ++e) {
            tensors.output[head.out(i, e)] += weights[at] * numbers.qkv[head.v(j, e)];
            const double upstream = numbers.grad_output[head.out(i, e)];
            grad_weights[at] += upstream * numbers.qkv[head.v(j, e)];
            grad_qkv[head.v(j, e)] += weights[at] * upstream;
        }
        mean += weights[at] * grad_weights[at];
    }
    for (std::int64_t j = 0; j < shape.positions(); ++j) {
        const auto at = static_cast<std::size_t>(j);
        const double grad_logit = head.scale() * weights[at] * (grad_weights[at] - mean);
        for (std::int64_t c = 0; c < shape.depth_k; ++c) {
            const double query = numbers.qkv[head.q(i, c)];
            const double key = static_cast<double>(numbers.qkv[head.k(j, c)]) + numbers.key_rel_h[head.rel_h(i, j, c)] +
                               numbers.key_rel_w[head.rel_w(i, j, c)];
            grad_qkv[head.q(i, c)] += grad_logit * key;
            grad_qkv[head.k(j, c)] += grad_logit * query;
            tensors.key_rel_h[head.rel_h(i, j, c)] += grad_logit * query;
            tensors.key_rel_w[head.rel_w(i, j, c)] += grad_logit * query;
        }
    }
}

}  // namespace

AttentionCase::AttentionCase(const AttentionShape& its_shape, std::uint32_t seed, double wanted) : shape(its_shape)
{
    std::mt19937 random(seed);
    const std::int64_t places = shape.batch * shape.positions();
    qkv = random_numbers(places * shape.qkv_channels(), random);
    key_rel_h = random_numbers((2 * shape.height - 1) * shape.depth_k, random);
    key_rel_w = random_numbers((2 * shape.width - 1) * shape.depth_k, random);
    grad_output = random_numbers(places * shape.output_channels(), random);
    if (wanted > 0) {
        const auto factor = static_cast<float>(wanted / largest_logit(*this));
        each_head(*this, [&](const Head& head) {
            for (std::int64_t p = 0; p < shape.positions(); ++p) {
                for (std::int64_t c = 0; c < shape.depth_k; ++c) {
                    qkv[head.q(p, c)] *= factor;
                }
            }
        });
    }
}

AttentionInputs AttentionCase::inputs() const
{
    return {qkv.data(), MapStrides::contiguous(shape.height, shape.width, shape.qkv_channels()), key_rel_h.data(),
            key_rel_w.data()};
}

double largest_logit(const AttentionCase& numbers)
{
    double largest = 0;
    each_head(numbers, [&](const Head& head) {
        for (std::int64_t i = 0; i < numbers.shape.positions(); ++i) {
            for (std::int64_t j = 0; j < numbers.shape.positions(); ++j) {
                largest = std::max(largest, std::abs(head.logit(i, j)));
            }
        }
    });
    return largest;
}

AttentionTensors reference_attention(const AttentionCase& numbers)
{
    AttentionTensors tensors;
    tensors.output.resize(numbers.grad_output.size());
    tensors.key_rel_h.resize(numbers.key_rel_h.size());
    tensors.key_rel_w.resize(numbers.key_rel_w.size());
    std::vector<double> grad_qkv(numbers.qkv.size());
    each_head(numbers, [&](const Head& head) {
        for (std::int64_t i = 0; i < numbers.shape.positions(); ++i) {
            add_row(head, i, tensors, grad_qkv);
        }
    });
    split_qkv(numbers.shape, grad_qkv, tensors);
    return tensors;
}

AttentionTensors tiled_result(const AttentionCase& numbers, const RunUnits& run)
{
    const AttentionShape& shape = numbers.shape;
    const MapStrides strides = MapStrides::contiguous(shape.height, shape.width, shape.output_channels());
    std::vector<float> output(numbers.grad_output.size()), row_max(static_cast<std::size_t>(shape.rows())),
        row_sum(row_max), qkv(numbers.qkv.size()), rel_h(numbers.key_rel_h.size()), rel_w(numbers.key_rel_w.size());
    // What is there must not matter.
    for (std::vector<float>* values : {&output, &qkv, &rel_h, &rel_w, &row_max, &row_sum}) {
        std::fill(values->begin(), values->end(), 77.0F);
    }
    const AttentionOutput written{output.data(), strides, row_max.data(), row_sum.data()};
    tiled_attention(shape, numbers.inputs(), written, run);
    tiled_attention_backward(shape, numbers.inputs(), written, numbers.grad_output.data(), strides,
                             {qkv.data(), numbers.inputs().strides, rel_h.data(), rel_w.data()}, run);
    AttentionTensors tensors;
    tensors.output.assign(output.begin(), output.end());
    tensors.key_rel_h.assign(rel_h.begin(), rel_h.end());
    tensors.key_rel_w.assign(rel_w.begin(), rel_w.end());
    split_qkv(shape, {qkv.begin(), qkv.end()}, tensors);
    return tensors;
}

void split_qkv(const AttentionShape& shape, const std::vector<double>& map, AttentionTensors& to)
{
    const std::int64_t keys = shape.heads * shape.depth_k;
    for (std::size_t i = 0; i < map.size(); ++i) {
        const std::int64_t channel = static_cast<std::int64_t>(i) % shape.qkv_channels();
        (channel < keys ? to.q : channel < 2 * keys ? to.k : to.v).push_back(map[i]);
    }
}

std::vector<TensorError> relative_errors(const AttentionTensors& result, const AttentionTensors& reference)
{
    std::vector<TensorError> errors;
    const auto compare = [&](const char* name, const std::vector<double>& values, const std::vector<double>& right) {
        double error = values.size() == right.size() ? 0 : INFINITY, largest = 0;
        for (std::size_t i = 0; i < std::min(values.size(), right.size()); ++i) {
            const double difference = std::abs(values[i] - right[i]);
            error = std::max(error, std::isnan(difference) ? INFINITY : difference);
            largest = std::max(largest, std::abs(right[i]));
        }
        errors.push_back({name, error / (largest > 1e-12 ? largest : 1)});
    };
    compare("output", result.output, reference.output);
    compare("gradient of q", result.q, reference.q);
    compare("gradient of k", result.k, reference.k);
    compare("gradient of v", result.v, reference.v);
    compare("gradient of key_rel_h", result.key_rel_h, reference.key_rel_h);
    compare("gradient of key_rel_w", result.key_rel_w, reference.key_rel_w);
    return errors;
}

}  // namespace attnsweep::model
