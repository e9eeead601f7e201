#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace attnsweep::data {

/// An open HDF5 file with the kinds of content that a shard has. Requires an Hdf5Session (data/hdf5_session.h)
/// throughout. Throws Error naming the file, the object and HDF5's reason (code: errno if HDF5 reports it).
class Hdf5File {
public:
    static Hdf5File create(const std::filesystem::path& path);
    static Hdf5File open(const std::filesystem::path& path, bool writable);

    void write_attribute(const std::string& name, std::int64_t value);
    void write_attribute(const std::string& name, double value);
    void write_attribute(const std::string& name, const std::string& value);
    std::int64_t read_integer_attribute(const std::string& name) const;
    double read_real_attribute(const std::string& name) const;
    std::string read_text_attribute(const std::string& name) const;

    bool has(const std::string& name) const;  ///< whether there is a list, or texts, of that name
    template <typename T> void write_list(const std::string& name, const std::vector<T>& values);
    template <typename T> std::vector<T> read_list(const std::string& name) const;
    void write_texts(const std::string& name, const std::vector<std::string>& values);
    std::vector<std::string> read_texts(const std::string& name) const;

    /// A contiguous float32 data set whose bytes are written and read without HDF5, at `offset` in the file.
    struct Block {
        std::vector<std::uint64_t> shape;
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
    };
    Block create_block(const std::string& name, const std::vector<std::uint64_t>& shape);
    Block find_block(const std::string& name) const;

    void close();  ///< throws Error when something could not be written

    Hdf5File(Hdf5File&&) noexcept;
    Hdf5File& operator=(Hdf5File&&) = delete;
    ~Hdf5File();

private:
    struct State;
    explicit Hdf5File(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace attnsweep::data
