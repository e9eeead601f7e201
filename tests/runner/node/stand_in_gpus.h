#pragma once

#include <cstdlib>
#include <map>
#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "tests/paths.h"

namespace attnsweep::tests {

/// Gives the test the GPUs of stand_in_nvml.cpp, as its variables say; none again afterwards. On a machine with GPUs too: the library
/// that was loaded first has the name.
class StandInGpus : public ::testing::Test {
public:
    StandInGpus()
        : library_(::dlopen((std::string(paths::stand_in_nvml_folder) + "/libnvidia-ml.so.1").c_str(), RTLD_NOW))
    {
        EXPECT_NE(library_, nullptr) << ::dlerror();
        const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
        before_["CUDA_VISIBLE_DEVICES"] = visible == nullptr ? "" : visible;
        ::unsetenv("CUDA_VISIBLE_DEVICES");
    }
    ~StandInGpus() override
    {
        for (const auto& [name, value] : before_) {
            value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
        }
        ::dlclose(library_);
    }
    void set(const std::string& name, const std::string& value)
    {
        const char* const old = std::getenv(name.c_str());
        before_.try_emplace(name, old == nullptr ? "" : old);
        ::setenv(name.c_str(), value.c_str(), 1);
    }

private:
    void* library_;
    std::map<std::string, std::string> before_;
};

}  // namespace attnsweep::tests
