#include "model/step_profiler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <c10/core/Allocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/ThreadLocalDebugInfo.h>

namespace attnsweep::model {

/// Bytes of the tensors allocated since begin().
class StepProfiler::Memory {
public:
    virtual ~Memory() = default;
    virtual void begin() = 0;
    virtual void end() = 0;
    virtual std::int64_t live() const = 0;
    virtual std::int64_t take_peak() = 0;  ///< since the call before
};

class StepProfiler::MemoryOfCpu : public Memory {
public:
    void begin() override
    {
        counter_->live = counter_->peak = 0;
        guard_.emplace(c10::DebugInfoKind::PROFILER_STATE, counter_);
    }
    void end() override { guard_.reset(); }
    std::int64_t live() const override { return counter_->live; }
    std::int64_t take_peak() override { return std::exchange(counter_->peak, counter_->live); }

private:
    struct Counter : c10::MemoryReportingInfoBase {
        void reportMemoryUsage(void*, std::int64_t bytes, std::size_t, std::size_t, c10::Device device) override
        {
            if (device.is_cpu()) {
                live += bytes;  // negative: freed
                peak = std::max(peak, live);
            }
        }
        bool memoryProfilingEnabled() const override { return true; }

        std::int64_t live = 0, peak = 0;
    };

    std::shared_ptr<Counter> counter_ = std::make_shared<Counter>();
    std::optional<c10::DebugInfoGuard> guard_;
};

class StepProfiler::MemoryOfGpu : public Memory {
public:
    explicit MemoryOfGpu(const c10::Device& device)
        : index_(device.index()), allocator_(c10::getDeviceAllocator(device.type()))
    {
    }
    void begin() override
    {
        allocator_->resetPeakStats(index_);
        before_ = allocated().current;
    }
    void end() override {}
    std::int64_t live() const override { return allocated().current - before_; }
    std::int64_t take_peak() override
    {
        const std::int64_t peak = allocated().peak - before_;
        allocator_->resetPeakStats(index_);
        return peak;
    }

private:
    c10::CachingAllocator::Stat allocated() const
    {
        return allocator_->getDeviceStats(index_).allocated_bytes[0];  // 0: of all pools together
    }

    c10::DeviceIndex index_;
    c10::DeviceAllocator* allocator_;
    std::int64_t before_ = 0;
};

StepProfiler::StepProfiler(const c10::Device& device) : device_(device)
{
    if (device.is_cpu()) {
        memory_ = std::make_unique<MemoryOfCpu>();
    } else {
        memory_ = std::make_unique<MemoryOfGpu>(device);
    }
}

StepProfiler::~StepProfiler() = default;

void StepProfiler::begin()
{
    layers_.clear();
    in_backward_ = -1;
    optimizer_s_ = 0;
    memory_->begin();
    live_before_ = memory_->live();
    lap();
}

double StepProfiler::lap()
{
    if (!device_.is_cpu()) {
        c10::impl::VirtualGuardImpl(device_.type()).synchronizeDevice(device_.index());
    }
    const Clock::time_point before = std::exchange(last_, Clock::now());
    return std::chrono::duration<double>(last_ - before).count();
}

void StepProfiler::part_done(const std::string& layer, const std::string& part, const at::Tensor& output)
{
    forward_done(layer, part, output);
}

void StepProfiler::layer_done(const std::string& layer, const at::Tensor& output)
{
    forward_done(layer, {}, output);
}

void StepProfiler::forward_done(const std::string& layer, const std::string& part, const at::Tensor& output)
{
    const double took_s = lap();
    const std::int64_t live = memory_->live();
    ProfiledLayer done;
    done.layer = layer;
    done.part = part;
    done.forward_s = took_s;
    done.shape = output.sizes().vec();
    done.output_bytes = static_cast<std::int64_t>(output.nbytes());
    done.kept_bytes = live - std::exchange(live_before_, live);
    done.peak_bytes = memory_->take_peak();
    const std::size_t index = layers_.size();
    layers_.push_back(std::move(done));
    if (output.requires_grad()) {
        output.register_hook([this, index](const at::Tensor&) { backward_reaches(index); });
    }
    lap();  // what the profiler does itself belongs to no layer
}

void StepProfiler::backward_reaches(std::size_t index)
{
    close_backward();
    in_backward_ = static_cast<std::ptrdiff_t>(index);
}

void StepProfiler::close_backward()
{
    const double took_s = lap();
    const std::int64_t peak = memory_->take_peak();
    if (in_backward_ >= 0) {
        ProfiledLayer& layer = layers_[static_cast<std::size_t>(in_backward_)];
        layer.backward_s += took_s;
        layer.peak_bytes = std::max(layer.peak_bytes, peak);
    }
}

void StepProfiler::backward_done()
{
    close_backward();
    in_backward_ = -1;
}

void StepProfiler::step_done()
{
    optimizer_s_ = lap();
    memory_->end();
}

}  // namespace attnsweep::model
