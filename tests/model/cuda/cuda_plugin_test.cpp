// Loading libattnsweep_cuda.so, and what follows where that fails. What needs a GPU is skipped by name without one.
#include "model/cuda/cuda_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include <torch/torch.h>

#include "model/cuda/captured_work.h"
#include "model/cuda/plugin/nccl_exchange.h"
#include "model/device.h"
#include "tests/environment_variable.h"
#include "tests/model/trainee.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"

struct AttnsweepGraph {};

namespace attnsweep::model::cuda {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::filesystem::path built = std::filesystem::path(tests::paths::programs) / "libattnsweep_cuda.so";

TEST(CudaPlugin, LiesBesideTheProgramOrWhereTheEnvironmentSays)
{
    EXPECT_EQ(plugin_path(), std::filesystem::read_symlink("/proc/self/exe").parent_path() / "libattnsweep_cuda.so");
    const tests::EnvironmentVariable own("ATTNSWEEP_CUDA_PLUGIN", "/elsewhere/plugin.so");
    EXPECT_EQ(plugin_path(), "/elsewhere/plugin.so");
}

TEST(CudaPlugin, WhatCannotBeLoadedIsNamedWithTheRemedy)
{
    const tests::TemporaryFolder folder;
    const char* remedy = "build all targets, and install the programs together with it (cmake --install)";
    const Plugin missing = load_plugin(folder / "missing.so");
    EXPECT_EQ(missing.functions, nullptr);
    EXPECT_EQ(missing.why, (folder / "missing.so").string() + " is missing: " + remedy);
    std::ofstream(folder / "text.so") << "no library";
    EXPECT_THAT(load_plugin(folder / "text.so").why,
                AllOf(StartsWith((folder / "text.so").string() + " cannot be loaded ("), HasSubstr(remedy)));
    // Here without CUDA; libtorch's CUDA part has what it lacks.
    EXPECT_THAT(load_plugin(built).why, AllOf(StartsWith(built.string() + " cannot be loaded ("), HasSubstr("cuda")));
    const std::filesystem::path another =
        std::filesystem::path(tests::paths::programs) / "../tests/libcuda/libcuda.so.1";
    const Plugin other = load_plugin(another);
    EXPECT_EQ(other.functions, nullptr);
    EXPECT_THAT(other.why,
                AllOf(HasSubstr("is of another version, this program needs its interface 2"), HasSubstr(remedy)));
}

TEST(CudaPlugin, NcclThatIsNotLoadedIsNamed)
{
    AttnsweepCudaFunctions functions{};
    cuda_plugin::add_exchange(functions);
    const int device = 0;
    AttnsweepCommunicator* communicator = nullptr;
    EXPECT_STREQ(functions.start(1, &device, &communicator),
                 "libtorch's NCCL is not loaded, or older than 2.14: it has no ncclGetUniqueId");
}

/// Stands in for the plugin's graphs: counts them, and fails where it is told to.
struct Graphs {
    static inline int graphs = 0, replays = 0;
    static inline const char* failing = "";

    static const char* fails(const std::string& call) { return call == failing ? "a reason" : nullptr; }
    static AttnsweepCudaFunctions functions(const char* fails_at)
    {
        graphs = replays = 0;
        failing = fails_at;
        AttnsweepCudaFunctions all{};
        all.begin_capture = [](int, AttnsweepGraph** graph) {
            const char* const why = fails("begin");
            *graph = why == nullptr ? new AttnsweepGraph : nullptr;
            graphs += why == nullptr ? 1 : 0;
            return why;
        };
        all.end_capture = [](AttnsweepGraph*) { return fails("end"); };
        all.replay = [](AttnsweepGraph*) {
            ++replays;
            return fails("replay");
        };
        all.free_graph = [](AttnsweepGraph* graph) {
            delete graph;
            --graphs;
        };
        return all;
    }
};

TEST(CapturedWork, AFailedCaptureGivesTheReasonAndLeavesNoGraph)
{
    for (const char* call : {"begin", "end"}) {
        const AttnsweepCudaFunctions functions = Graphs::functions(call);
        std::string why;
        EXPECT_EQ(CapturedWork::capture(functions, 0, [] {}, why), nullptr) << call;
        EXPECT_EQ(why, "a reason") << call;
        EXPECT_EQ(Graphs::graphs, 0) << call;
    }
    for (const char* call : {"", "end"}) {
        const AttnsweepCudaFunctions functions = Graphs::functions(call);
        std::string why;
        EXPECT_EQ(CapturedWork::capture(functions, 0, [] { throw Error("it waits for the GPU"); }, why), nullptr);
        EXPECT_EQ(why, "it waits for the GPU") << "the first failure is the cause";
        EXPECT_EQ(Graphs::graphs, 0);
    }
}

TEST(CapturedWork, IsReplayedAndFreed)
{
    const AttnsweepCudaFunctions functions = Graphs::functions("");
    std::string why;
    int recorded = 0;
    auto work = CapturedWork::capture(functions, 0, [&] { ++recorded; }, why);
    ASSERT_NE(work, nullptr) << why;
    work->replay();
    work->replay();
    EXPECT_EQ(recorded, 1);
    EXPECT_EQ(Graphs::replays, 2);
    Graphs::failing = "replay";
    EXPECT_EQ(message_of([&] { work->replay(); }), "a CUDA graph cannot be replayed: a reason");
    work.reset();
    EXPECT_EQ(Graphs::graphs, 0);
}

TEST(Gpu, ACapturedStepGivesTheBitsOfAnEagerOne)
{
    std::optional<c10::Device> device;
    try {
        device = choose_device("cuda");
    } catch (const NoDevice& error) {
        GTEST_SKIP() << error.what();
    }
    ::setenv("ATTNSWEEP_CUDA_PLUGIN", built.c_str(), 0);  // check.sh names another
    const Plugin& loaded = plugin();
    ASSERT_NE(loaded.functions, nullptr) << loaded.why;
    use_threads(1);
    InstrumentNet net(narrow(0.5), shape, 7);
    net.to(*device);
    const at::Tensor x = at::rand({8, shape.frames, shape.bins}).to(*device),
                     labels = at::randint(shape.classes, {8}, at::kLong).to(*device);
    std::vector<at::Tensor> weights;
    for (const NamedTensor& each : net.named_tensors()) {
        if (each.trainable) {
            weights.push_back(each.tensor);
        }
    }
    const auto gradients = [&] {
        return torch::autograd::grad({at::cross_entropy_loss(net.forward(x), labels)}, weights);
    };
    net.train();
    const std::vector<at::Tensor> eager = gradients();  // batch norm normalises by the batch: it has no memory here
    std::string why;
    std::vector<at::Tensor> recorded;
    const auto work = CapturedWork::capture(*loaded.functions, 0, [&] { recorded = gradients(); }, why);
    ASSERT_NE(work, nullptr) << why;
    work->replay();
    for (std::size_t i = 0; i < eager.size(); ++i) {
        EXPECT_TRUE(at::equal(eager[i], recorded[i])) << i;
    }
}

}  // namespace
}  // namespace attnsweep::model::cuda
