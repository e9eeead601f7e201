#pragma once

#include <filesystem>

namespace attnsweep::files {

/// A file's new content under a name of its own beside it, until it is put in place; removed if it never is.
class Temporary {
public:
    explicit Temporary(const std::filesystem::path& target);
    ~Temporary();
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    const std::filesystem::path& name() const { return name_; }
    const std::filesystem::path& target() const { return target_; }

    void put_in_place();  ///< throws Error

private:
    std::filesystem::path target_, name_;
    bool in_place_ = false;
};

}  // namespace attnsweep::files
