#include "model/replicas/memory_collective.h"

#include <algorithm>
#include <cstddef>

#include "model/replicas/counted_wait.h"

namespace attnsweep::model {

namespace {

// Adds up numbers `begin` to `end` - 1 of one tensor over all replicas, in their order, and writes the sums to all.
template <typename Number>
void sum_range(const std::vector<std::vector<at::Tensor>>& given, std::size_t index, std::int64_t begin,
               std::int64_t end)
{
    std::vector<Number*> places;
    places.reserve(given.size());
    for (const std::vector<at::Tensor>& tensors : given) {
        places.push_back(static_cast<Number*>(tensors[index].data_ptr()));
    }
    for (std::int64_t i = begin; i < end; ++i) {
        Number sum = places.front()[i];
        for (std::size_t replica = 1; replica < places.size(); ++replica) {
            sum += places[replica][i];
        }
        for (Number* place : places) {
            place[i] = sum;
        }
    }
}

bool can_be_summed(const at::Tensor& tensor)
{
    return tensor.is_cpu() && (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble) &&
           tensor.is_non_overlapping_and_dense();
}

bool are_alike(const at::Tensor& a, const at::Tensor& b)
{
    return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && a.strides() == b.strides();
}

}  // namespace

MemoryCollective::MemoryCollective(int replicas, std::chrono::milliseconds limit)
    : limit_(limit), arrived_(static_cast<std::size_t>(replicas)), given_(static_cast<std::size_t>(replicas))
{
}

void MemoryCollective::sum(int replica, const std::vector<at::Tensor>& tensors)
{
    given_[static_cast<std::size_t>(replica)] = tensors;
    meet(replica);
    for (std::size_t index = 0; index < tensors.size(); ++index) {
        const at::Tensor& tensor = tensors[index];
        const std::int64_t begin = tensor.numel() * replica / replicas();
        const std::int64_t end = tensor.numel() * (replica + 1) / replicas();
        tensor.scalar_type() == at::kDouble ? sum_range<double>(given_, index, begin, end)
                                            : sum_range<float>(given_, index, begin, end);
    }
    meet(replica);
}

void MemoryCollective::meet(int replica)
{
    std::unique_lock lock(mutex_);
    if (aborted_) {
        throw ExchangeAborted(*aborted_);
    }
    arrived_[static_cast<std::size_t>(replica)] = true;
    if (std::all_of(arrived_.begin(), arrived_.end(), [](bool here) { return here; })) {
        aborted_ = find_misfit();
        if (aborted_) {
            changed_.notify_all();
            throw Error(*aborted_);
        }
        std::fill(arrived_.begin(), arrived_.end(), false);
        ++meeting_;
        changed_.notify_all();
        return;
    }
    const std::uint64_t meeting = meeting_;
    const bool is_over = counted_wait(changed_, lock, limit_, [&] { return meeting_ != meeting || aborted_; });
    if (!is_over) {
        aborted_ = missing_in_words();
        changed_.notify_all();
        throw ReplicaStalled(*aborted_);
    }
    if (meeting_ == meeting) {
        throw ExchangeAborted(*aborted_);
    }
}

std::optional<std::string> MemoryCollective::find_misfit() const
{
    const std::vector<at::Tensor>& first = given_.front();
    for (std::size_t replica = 0; replica < given_.size(); ++replica) {
        const std::vector<at::Tensor>& tensors = given_[replica];
        const auto fits = [&](std::size_t i) { return can_be_summed(tensors[i]) && are_alike(tensors[i], first[i]); };
        std::size_t index = 0;
        while (index < std::min(tensors.size(), first.size()) && fits(index)) {
            ++index;
        }
        if (index < tensors.size() || index < first.size()) {
            return "replica " + std::to_string(replica) + " of " + std::to_string(given_.size()) +
                   " gave an exchange other tensors than replica 0, from tensor " + std::to_string(index) +
                   " on: expected equal shapes, strides and types, float32 or float64 on the CPU without gaps";
        }
    }
    return std::nullopt;
}

std::string MemoryCollective::missing_in_words() const
{
    std::string missing;
    for (std::size_t replica = 0; replica < arrived_.size(); ++replica) {
        if (!arrived_[replica]) {
            missing += (missing.empty() ? "" : ", ") + std::to_string(replica);
        }
    }
    return "of the " + std::to_string(replicas()) + " replicas, " + missing + " did not come to an exchange within " +
           std::to_string(limit_.count()) + " ms";
}

void MemoryCollective::abort(const std::string& why)
{
    const std::lock_guard lock(mutex_);
    if (!aborted_) {
        aborted_ = why;
    }
    changed_.notify_all();
}

}  // namespace attnsweep::model
