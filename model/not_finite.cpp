#include "model/not_finite.h"

#include <limits>
#include <optional>
#include <utility>

#include "model/step_observer.h"
#include "model/training_step.h"

namespace attnsweep::model {

namespace {

// Returns the first value that is not finite, and its place in row-major order.
std::optional<std::pair<double, std::int64_t>> first_not_finite(const at::Tensor& tensor)
{
    const at::Tensor bad = at::isfinite(tensor.detach()).logical_not_();
    if (!bad.any().item<bool>()) {
        return std::nullopt;
    }
    const auto place = bad.flatten().to(at::kByte).argmax().item<std::int64_t>();  // of equal ones the first
    return std::pair(tensor.detach().flatten()[place].item<double>(), place);
}

class FirstNotFinite : public StepObserver {
public:
    void part_done(const std::string& layer, const std::string& part, const at::Tensor& output) override
    {
        has_parts_ = true;
        look(layer + " (" + part + ")", output);
    }
    void layer_done(const std::string& layer, const at::Tensor& output) override
    {
        look(std::exchange(has_parts_, false) ? layer + " (batch norm and ReLU)" : layer, output);
    }
    const std::optional<NotFinite>& found() const { return found_; }

private:
    void look(const std::string& name, const at::Tensor& output)
    {
        if (found_) {
            return;
        }
        if (const auto bad = first_not_finite(output)) {
            found_ = NotFinite{NotFinite::Where::layer, 0, name, bad->first};
        }
    }

    bool has_parts_ = false;
    std::optional<NotFinite> found_;
};

}  // namespace

NotFinite find_not_finite(InstrumentNet& net, const at::Tensor& batch, configs::Precision precision, bool is_training)
{
    if (const auto bad = first_not_finite(batch)) {
        return {NotFinite::Where::clip, bad->second / (batch.numel() / batch.size(0)), {}, bad->first};
    }
    for (const NamedTensor& weight : net.named_tensors()) {
        if (weight.trainable || !is_training) {
            if (const auto bad = first_not_finite(weight.tensor)) {
                return {NotFinite::Where::weight, 0, weight.name, bad->first};
            }
        }
    }
    FirstNotFinite observer;
    observe_forward(net, batch, precision, is_training, observer);
    return observer.found().value_or(
        NotFinite{NotFinite::Where::loss, 0, {}, std::numeric_limits<double>::quiet_NaN()});
}

}  // namespace attnsweep::model
