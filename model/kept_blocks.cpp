#include "model/kept_blocks.h"

#include <algorithm>
#include <new>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

namespace attnsweep::model {

namespace {

// Never destroyed: tensors of other static objects may be freed after main.
KeptBlocks& blocks_of_tensors()
{
    static KeptBlocks& blocks = *new KeptBlocks;
    return blocks;
}

void delete_block(void* block)
{
    if (block != nullptr) {
        c10::profiledCPUMemoryReporter().Delete(block);
        blocks_of_tensors().give_back(block);
    }
}

class KeepingAllocator final : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override
    {
        void* block = blocks_of_tensors().take(bytes);
        c10::profiledCPUMemoryReporter().New(block, bytes);  // for `trial --profile`
        return {block, block, &delete_block, c10::Device(c10::DeviceType::CPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &delete_block; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }
};

}  // namespace

KeptBlocks::~KeptBlocks()
{
    release_all();
}

void* KeptBlocks::take(std::size_t bytes)
{
    if (bytes < least_bytes) {
        try {
            return c10::alloc_cpu(bytes);
        } catch (const c10::Error&) {
            const std::lock_guard lock(mutex_);
            return taken_from_system(bytes);
        }
    }
    const std::lock_guard lock(mutex_);
    const auto same_size =
        std::find_if(kept_.rbegin(), kept_.rend(), [&](const Kept& kept) { return kept.bytes == bytes; });
    void* block = nullptr;
    if (same_size != kept_.rend()) {
        block = same_size->block;
        kept_.erase(std::next(same_size).base());
        kept_bytes_ -= bytes;
    } else {
        while (!kept_.empty() && in_use_bytes_ + kept_bytes_ + bytes > most_bytes_) {
            release_oldest();
        }
        block = taken_from_system(bytes);
    }
    try {
        in_use_.emplace(block, bytes);
    } catch (...) {
        c10::free_cpu(block);
        throw;
    }
    in_use_bytes_ += bytes;
    most_bytes_ = std::max(most_bytes_, in_use_bytes_);
    return block;
}

void* KeptBlocks::taken_from_system(std::size_t bytes)
{
    try {
        return c10::alloc_cpu(bytes);
    } catch (const c10::Error&) {
        if (kept_.empty()) {
            throw;
        }
    }
    release_all();
    return c10::alloc_cpu(bytes);
}

void KeptBlocks::give_back(void* block) noexcept
{
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = in_use_.find(block); found != in_use_.end()) {
            const std::size_t bytes = found->second;
            in_use_.erase(found);
            in_use_bytes_ -= bytes;
            try {
                kept_.push_back({block, bytes});
                kept_bytes_ += bytes;
                return;
            } catch (const std::bad_alloc&) {  // then it is not kept
            }
        }
    }
    c10::free_cpu(block);
}

std::size_t KeptBlocks::kept_bytes() const
{
    const std::lock_guard lock(mutex_);
    return kept_bytes_;
}

void KeptBlocks::release_all() noexcept
{
    while (!kept_.empty()) {
        release_oldest();
    }
}

void KeptBlocks::release_oldest() noexcept
{
    c10::free_cpu(kept_.front().block);
    kept_bytes_ -= kept_.front().bytes;
    kept_.pop_front();
}

void keep_large_blocks()
{
    static KeepingAllocator& allocator = *new KeepingAllocator;  // never destroyed, as the blocks
    c10::SetCPUAllocator(&allocator, 1);
}

}  // namespace attnsweep::model
