#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <unordered_map>

namespace attnsweep::model {

/// Keeps large blocks of memory that are given back, for the next request of the same size: the system clears each page that it hands
/// out, which was a third of a training step's time. What is in use and what is kept are together never more than was once in use; other
/// memory of the process comes on top of that. May be called by several threads, which take each other's blocks: on a machine of several
/// sockets a block may lie in another's memory.
class KeptBlocks {
public:
    /// Smaller blocks are left to malloc, which keeps them itself (runner/memory_tunables.h).
    static constexpr std::size_t least_bytes = std::size_t{16} << 20;

    KeptBlocks() = default;
    KeptBlocks(const KeptBlocks&) = delete;
    KeptBlocks& operator=(const KeptBlocks&) = delete;
    ~KeptBlocks();

    /// Returns a block with anything in it. Where there is no memory, gives what is kept back to the system and tries again; throws
    /// c10::Error as libtorch's allocator does.
    void* take(std::size_t bytes);

    /// Takes a block of take() back, of any size.
    void give_back(void* block) noexcept;

    /// Returns how many bytes of large blocks are kept.
    std::size_t kept_bytes() const;

private:
    struct Kept {
        void* block;
        std::size_t bytes;
    };

    void* taken_from_system(std::size_t bytes);
    void release_all() noexcept;
    void release_oldest() noexcept;

    mutable std::mutex mutex_;
    std::unordered_map<void*, std::size_t> in_use_;  // large blocks alone
    std::list<Kept> kept_;                           // the oldest first
    std::size_t in_use_bytes_ = 0, kept_bytes_ = 0, most_bytes_ = 0;
};

/// Makes libtorch take the memory of tensors on the CPU from one KeptBlocks, from now on and for as long as the program runs.
void keep_large_blocks();

}  // namespace attnsweep::model
