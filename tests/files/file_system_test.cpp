#include "files/file_system.h"

#include <gtest/gtest.h>

namespace attnsweep::files {
namespace {

TEST(FileSystem, SyncsAsOneWhereTheKernelWritesToADiskAndReportsWhatItCouldNot)
{
    EXPECT_TRUE(syncs_as_one(0xEF53, "6.1.0-18-amd64"));                 // ext4
    EXPECT_TRUE(syncs_as_one(static_cast<int>(0x9123683EU), "5.17.0"));  // Btrfs, where the type is a negative int
    EXPECT_TRUE(syncs_as_one(0x58465342, "10.0-rc1"));                   // XFS
    EXPECT_FALSE(syncs_as_one(0x58465342, "5.16.20"));
    EXPECT_FALSE(syncs_as_one(0x58465342, "4.18.0-553.el8_10.x86_64"));
    EXPECT_FALSE(syncs_as_one(0x58465342, ""));
    EXPECT_FALSE(syncs_as_one(0x65735546, "6.1.0"));  // FUSE
    EXPECT_FALSE(syncs_as_one(0x6969, "6.1.0"));      // NFS
}

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
