#pragma once

#include <string>
#include <vector>

namespace attnsweep::runner {

/// Reads the lines that a trial writes to its event pipe. Owns the read end, which must not block.
class EventPipe {
public:
    EventPipe() = default;  ///< closed
    explicit EventPipe(int descriptor) : descriptor_(descriptor) {}
    ~EventPipe() { close(); }
    EventPipe(EventPipe&& other) noexcept;
    EventPipe& operator=(EventPipe&& other) noexcept;

    int descriptor() const { return descriptor_; }  ///< to be polled; negative: closed
    /// Returns the lines that are complete so far, without line ends. Never blocks. Closes the pipe once its writer has.
    std::vector<std::string> read();
    void close();

private:
    int descriptor_ = -1;
    std::string partial_;  ///< of a line
};

}  // namespace attnsweep::runner
