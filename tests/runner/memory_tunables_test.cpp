#include "runner/memory_tunables.h"

#include <gtest/gtest.h>

#include "tests/environment_variable.h"

namespace attnsweep::runner {
namespace {

TEST(MemoryTunables, AreAddedToWhatIsSetUnlessItSaysSomethingOfThem)
{
    const auto beside = [](const std::string& set) {
        const tests::EnvironmentVariable variable("GLIBC_TUNABLES", set);
        return memory_tunables();
    };
    EXPECT_EQ(beside(""),
              "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=16777216:glibc.malloc.trim_threshold=1073741824");
    EXPECT_EQ(beside("glibc.malloc.check=3"), "glibc.malloc.check=3:glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold="
                                              "16777216:glibc.malloc.trim_threshold=1073741824");
    EXPECT_EQ(beside("glibc.malloc.hugetlb=0"), "");
    EXPECT_EQ(beside("glibc.malloc.mmap_threshold=1"), "");
    EXPECT_EQ(beside("glibc.malloc.trim_threshold=1"), "");
}

}  // namespace
}  // namespace attnsweep::runner
