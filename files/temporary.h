#pragma once

#include <filesystem>

namespace attnsweep::files {

/// A temporary file beside its target, for the target's new content. Removed by the destructor unless put in place.
class Temporary {
public:
    explicit Temporary(const std::filesystem::path& target);
    ~Temporary();
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    const std::filesystem::path& name() const { return name_; }
    const std::filesystem::path& target() const { return target_; }

    void put_in_place();  ///< renames it to the target; throws Error

private:
    std::filesystem::path target_, name_;
    bool in_place_ = false;
};

}  // namespace attnsweep::files
