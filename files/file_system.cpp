#include "files/file_system.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <sys/vfs.h>

#include "files/folders.h"

namespace attnsweep::files {

bool is_network_type(long file_system_type)
{
    // From statfs(2) and the file systems' own headers. FUSE may be local, where publishing works too.
    static constexpr std::array<std::uint32_t, 15> network{
        0x00006969,  // NFS
        0x0000517B,  // SMB
        0xFE534D42,  // SMB2
        0xFF534D42,  // CIFS
        0x0BD00BD0,  // Lustre
        0x47504653,  // GPFS
        0x19830326,  // BeeGFS
        0x00C36400,  // Ceph
        0x5346414F,  // AFS
        0x73757245,  // Coda
        0x01021997,  // 9P
        0x65735546,  // FUSE
        0xAAD7AAEA,  // PanFS
        0x7461636F,  // OCFS2
        0x01161970,  // GFS2
    };
    return std::find(network.begin(), network.end(), static_cast<std::uint32_t>(file_system_type)) != network.end();
}

bool syncs_as_one(long file_system_type, std::string_view release)
{
    static constexpr std::array<std::uint32_t, 3> disks{
        0x0000EF53,  // ext4
        0x58465342,  // XFS
        0x9123683E,  // Btrfs
    };
    if (std::find(disks.begin(), disks.end(), static_cast<std::uint32_t>(file_system_type)) == disks.end()) {
        return false;
    }
    int major = 0, minor = 0;
    std::sscanf(std::string(release).c_str(), "%d.%d", &major, &minor);
    return std::pair(major, minor) >= std::pair(5, 17);
}

bool on_network_file_system(const std::filesystem::path& path)
{
    const char* wish = std::getenv("ATTNSWEEP_TEST_FILE_SYSTEM");
    if (wish != nullptr && std::string_view(wish) == "network") {
        return true;
    }
    struct statfs status{};
    return statfs(folder_of(path).c_str(), &status) == 0 && is_network_type(status.f_type);
}

}  // namespace attnsweep::files
