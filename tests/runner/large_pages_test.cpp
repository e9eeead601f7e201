#include "runner/large_pages.h"

#include <gtest/gtest.h>

#include "tests/environment_variable.h"

namespace attnsweep::runner {
namespace {

TEST(LargePages, AreAskedForBesideWhatIsSetUnlessItSaysSomethingOfThem)
{
    const auto beside = [](const std::string& set) {
        const tests::EnvironmentVariable variable("GLIBC_TUNABLES", set);
        return tunables_for_large_pages();
    };
    EXPECT_EQ(beside(""), "glibc.malloc.hugetlb=1");
    EXPECT_EQ(beside("glibc.malloc.check=3"), "glibc.malloc.check=3:glibc.malloc.hugetlb=1");
    EXPECT_EQ(beside("glibc.malloc.hugetlb=0"), "");
}

}  // namespace
}  // namespace attnsweep::runner
