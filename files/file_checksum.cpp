#include "files/file_checksum.h"

#include <vector>

#include <fcntl.h>

#include "files/checksum.h"
#include "files/descriptor.h"

namespace attnsweep::files {

std::uint32_t crc32c_of_file(const std::filesystem::path& path)
{
    const Descriptor file(path, O_RDONLY);
    std::vector<char> piece(1 << 20);
    std::uint32_t crc = 0;
    while (const std::size_t size = read_some(path, file.number(), piece.data(), piece.size())) {
        crc = crc32c(piece.data(), size, crc);
    }
    return crc;
}

}  // namespace attnsweep::files
