// Lists the operators of libtorch that training steps, evaluations and predictions call, as recorded on the CPU.
//   operators_of_a_step                 one name a line
//   operators_of_a_step --with-cuda     with the CUDA part loaded first, as in a trial on a GPU; each name is followed by
//                                       "CUDA" or "NO KERNEL FOR GPUS" (exit code 1 if there is one). Needs no GPU, but a
//                                       libcuda.so.1 (tests/gpu/stand_in_libcuda.cpp) and the CUDA set of libraries
//   operators_of_a_step --cuda-too-late     loads the CUDA part after a step, which is too late: must fail
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/record_function.h>

#include "model/cuda/cuda_library.h"
#include "model/device.h"
#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "model/training_step.h"

namespace {

using namespace attnsweep;

class Recorder {
public:
    Recorder() { at::addGlobalCallback(at::RecordFunctionCallback(&note).scopes({at::RecordScope::FUNCTION})); }
    static std::set<std::pair<std::string, std::string>>& names()
    {
        static std::set<std::pair<std::string, std::string>> all;
        return all;
    }

private:
    static std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& function)
    {
        static std::mutex mutex;  // a backward pass may run in a thread of its own
        if (const auto name = function.operator_name()) {
            const std::lock_guard lock(mutex);
            names().insert({name->name, name->overload_name});
        }
        return nullptr;
    }
};

/// A step whose update of the weights is by the operators that GPUs use: those of the CPU want weights without gaps.
void step(model::InstrumentNet& net, const std::string& optimizer, const at::Tensor& x, const at::Tensor& labels,
          configs::Precision precision)
{
    for (const model::NamedTensor& named : net.named_tensors()) {
        at::Tensor with_gaps = at::stack({named.tensor.detach(), named.tensor.detach()}, -1).select(-1, 0);
        at::Tensor(named.tensor).set_data(with_gaps);
    }
    net.use_attention(configs::AttentionImplementation::chunked);  // as on a GPU
    configs::TrainingSettings training;
    training.optimizer = optimizer;
    training.momentum = 0.9;
    training.nesterov = true;
    training.weight_decay = 0.01;
    training.clip_norm = 1e-3;
    for (const auto how : {configs::OptimizerStep::per_tensor, configs::OptimizerStep::foreach}) {
        const auto optimizer_of_net = model::make_optimizer(training, net);
        optimizer_of_net->use_step(how);
        train_batch(net, *optimizer_of_net, x, labels, precision, at::ones({net.shape().classes}));
    }
}

/// Trains, evaluates and predicts with every kind of network and each arithmetic that a CPU has too.
void use_every_operator()
{
    const model::InputShape shape{11, 21, 5};
    for (const double ratio : {0.0, 0.25, 0.5, 0.75, 1.0}) {
        for (const auto precision : {configs::Precision::float32, configs::Precision::bfloat16}) {
            for (const auto bias : {configs::BiasInit::zeros, configs::BiasInit::normal}) {
                configs::ModelSettings settings;
                settings.attention_ratio = ratio;
                settings.first_filters = 8;
                settings.dense_sizes = {24, 16};
                settings.bias_init = bias;
                model::InstrumentNet net(settings, shape, 1);
                const at::Tensor x = at::rand({8, shape.frames, shape.bins});
                const at::Tensor labels = at::randint(shape.classes, {8}, at::kLong);
                for (const char* const name : {"adagrad", "sgd", "adam", "adamw"}) {
                    step(net, name, x, labels, precision);
                }
                evaluate(net, x, labels, precision);
                probabilities(net, x, precision);
            }
        }
    }
}

bool has_kernel_for_gpus(const std::pair<std::string, std::string>& name)
{
    const auto schema = c10::Dispatcher::singleton().findSchema({name.first, name.second});
    return schema && schema->hasComputedKernelForDispatchKey(c10::DispatchKey::CUDA);
}

int list(bool with_cuda)
{
    int missing = 0;
    for (const auto& name : Recorder::names()) {
        const std::string text = name.first + (name.second.empty() ? "" : "." + name.second);
        if (!with_cuda) {
            std::printf("%s\n", text.c_str());
            continue;
        }
        // oneDNN's operators are the CPU's own; cuDNN's take their place.
        const bool of_cpus = name.first.find("mkldnn") != std::string::npos;
        const bool found = of_cpus || has_kernel_for_gpus(name);
        missing += !found;
        std::printf("%-60s %s\n", text.c_str(), of_cpus ? "the CPU's own" : found ? "CUDA" : "NO KERNEL FOR GPUS");
    }
    return missing;
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        const std::string option = argc > 1 ? argv[1] : "";
        model::use_threads(1);
        const Recorder recorder;
        if (option == "--with-cuda") {
            model::cuda::load();
        }
        use_every_operator();
        if (option == "--cuda-too-late") {
            model::cuda::load();
        }
        int missing = list(option == "--with-cuda");
        if (option == "--with-cuda") {
            for (const char* const of_gpus :
                 {"aten::cudnn_convolution", "aten::cudnn_batch_norm", "aten::max_pool2d_with_indices_backward"}) {
                const bool found = has_kernel_for_gpus({of_gpus, ""});
                missing += !found;
                std::printf("%-60s %s\n", of_gpus, found ? "CUDA" : "NO KERNEL FOR GPUS");
            }
            const model::cuda::Software software = model::cuda::software();
            std::printf("cuDNN %s, NCCL %s, driver %s, cuBLAS workspace %s\n", software.cudnn.c_str(),
                        software.nccl.c_str(), software.driver.c_str(), std::getenv("CUBLAS_WORKSPACE_CONFIG"));
        }
        return missing == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        const std::string why = error.what();
        std::fprintf(stderr, "operators_of_a_step: %s\n", why.substr(0, why.find('\n')).c_str());
        return 2;
    }
}
