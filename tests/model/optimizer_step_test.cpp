// Ways to take an optimizer's step (execution.optimizer_step) beside each other.
#include <gtest/gtest.h>

#include "tests/model/optimizer_cases.h"

namespace attnsweep::model {
namespace {

// Weights with gaps take the operations weight by weight on the CPU, as a GPU's do.
TEST(Optimizers, StepsOnAllWeightsTogetherAreThoseWeightByWeight)
{
    std::vector<configs::TrainingSettings> cases = every_optimizer();
    for (const configs::TrainingSettings& settings : every_optimizer(0.1)) {
        cases.push_back(with_everything(settings));
    }
    for (const configs::TrainingSettings& settings : cases) {
        InstrumentNet dense(narrow(0.25), shape), gaps(narrow(0.25), shape), together(narrow(0.25), shape);
        for (const at::Tensor& weight : weights_of(gaps)) {
            at::Tensor(weight).set_data(at::stack({weight.detach(), weight.detach()}, -1).select(-1, 0));
        }
        const auto by_pass = make_optimizer(settings, dense), by_operations = make_optimizer(settings, gaps),
                   on_lists = make_optimizer(settings, together);
        on_lists->use_step(configs::OptimizerStep::foreach);
        for (int i = 0; i < 20; ++i) {
            for (const auto& [net, optimizer] :
                 {std::pair(&dense, by_pass.get()), std::pair(&gaps, by_operations.get()),
                  std::pair(&together, on_lists.get())}) {
                give_gradients(*net, i);
                weights_of(*net)[3].mutable_grad() = at::Tensor();  // a weight without one is unchanged
                optimizer->begin_batch(i / 8 + 1, i % 8, 8);
                optimizer->step();
            }
        }
        EXPECT_EQ(to_bytes(together), to_bytes(gaps)) << settings.optimizer;
        EXPECT_EQ(on_lists->to_bytes(), by_operations->to_bytes()) << settings.optimizer;
        const std::vector<at::Tensor> one = weights_of(dense), other = weights_of(together);
        for (std::size_t w = 0; w < one.size(); ++w) {
            EXPECT_TRUE(at::allclose(one[w], other[w], 1e-4, 1e-6))
                << settings.optimizer << ", weight " << w << ": " << (one[w] - other[w]).abs().max().item<float>();
        }
    }
}

}  // namespace
}  // namespace attnsweep::model
