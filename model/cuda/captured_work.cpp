#include "model/cuda/captured_work.h"

#include <exception>
#include <utility>

#include "model/error.h"

namespace attnsweep::model::cuda {

std::unique_ptr<CapturedWork> CapturedWork::capture(const AttnsweepCudaFunctions& plugin, int device,
                                                    const std::function<void()>& work, std::string& why)
{
    AttnsweepGraph* graph = nullptr;
    if (const char* failure = plugin.begin_capture(device, &graph); failure != nullptr) {
        why = failure;
        return nullptr;
    }
    std::unique_ptr<CapturedWork> captured(new CapturedWork(plugin, graph));
    try {
        work();
    } catch (const std::exception& error) {
        why = error.what();
    }
    if (const char* failure = plugin.end_capture(graph); failure != nullptr && why.empty()) {
        why = failure;
    }
    return why.empty() ? std::move(captured) : nullptr;
}

CapturedWork::~CapturedWork()
{
    plugin_.free_graph(graph_);
}

void CapturedWork::replay()
{
    if (const char* failure = plugin_.replay(graph_); failure != nullptr) {
        throw Error(std::string("a CUDA graph cannot be replayed: ") + failure);
    }
}

}  // namespace attnsweep::model::cuda
