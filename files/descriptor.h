#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include <sys/types.h>

namespace attnsweep::files {

/// Owns an open file or folder and closes it in the destructor. All members throw Error naming the path.
class Descriptor {
public:
    Descriptor(const std::filesystem::path& path, int flags,
               mode_t mode = 0666);  ///< open(2), close-on-exec; umask applies
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const { return number_; }
    void sync() const;
    void sync_file_system() const;  ///< syncfs(2)
    void close();                   ///< network file systems report a failed write here

private:
    std::filesystem::path path_;
    int number_ = -1;
};

/// Reads up to `size` bytes and returns how many; 0 at the end of the file. Throws Error naming `path`.
std::size_t read_some(const std::filesystem::path& path, int number, char* bytes, std::size_t size);

/// Writes all bytes. Throws Error naming `path`.
void write_all(const std::filesystem::path& path, int number, std::string_view bytes);

}  // namespace attnsweep::files
