#include "files/file_system.h"

#include <gtest/gtest.h>

namespace attnsweep::files {
namespace {

TEST(FileSystem, KnowsNetworksByType)
{
    EXPECT_TRUE(is_network_type(0x6969));                         // NFS
    EXPECT_TRUE(is_network_type(0x0BD00BD0));                     // Lustre
    EXPECT_TRUE(is_network_type(static_cast<int>(0xFF534D42U)));  // CIFS, where the type is a negative int
    EXPECT_FALSE(is_network_type(0xEF53));                        // ext4
    EXPECT_FALSE(is_network_type(0x01021994));                    // tmpfs
}

}  // namespace
}  // namespace attnsweep::files
