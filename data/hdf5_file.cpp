#include "data/hdf5_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <hdf5.h>

#include "data/error.h"
#include "data/hdf5_session.h"

namespace attnsweep::data {
namespace {

// Owns an HDF5 identifier, with the function that closes it.
class Hdf5Handle {
public:
    Hdf5Handle(hid_t id, herr_t (*closer)(hid_t)) : id_(id), closer_(closer) {}
    ~Hdf5Handle()
    {
        if (id_ >= 0) {
            closer_(id_);
        }
    }
    Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
    Hdf5Handle& operator=(Hdf5Handle&&) = delete;
    hid_t id() const { return id_; }
    bool close() { return closer_(std::exchange(id_, -1)) >= 0; }  // false: buffered data could not be written
    void abandon() { id_ = -1; }                                   // leaves it open

private:
    hid_t id_;
    herr_t (*closer_)(hid_t);
};

template <typename T> struct Hdf5Type;
template <> struct Hdf5Type<std::int8_t> {
    static hid_t memory() { return H5T_NATIVE_INT8; }
    static hid_t stored() { return H5T_STD_I8LE; }
};
template <> struct Hdf5Type<std::int32_t> {
    static hid_t memory() { return H5T_NATIVE_INT32; }
    static hid_t stored() { return H5T_STD_I32LE; }
};
template <> struct Hdf5Type<std::int64_t> {
    static hid_t memory() { return H5T_NATIVE_INT64; }
    static hid_t stored() { return H5T_STD_I64LE; }
};
template <> struct Hdf5Type<std::uint32_t> {
    static hid_t memory() { return H5T_NATIVE_UINT32; }
    static hid_t stored() { return H5T_STD_U32LE; }
};
template <> struct Hdf5Type<float> {
    static hid_t memory() { return H5T_NATIVE_FLOAT; }
    static hid_t stored() { return H5T_IEEE_F32LE; }
};
template <> struct Hdf5Type<double> {
    static hid_t memory() { return H5T_NATIVE_DOUBLE; }
    static hid_t stored() { return H5T_IEEE_F64LE; }
};

Hdf5Handle text_type(std::size_t size)
{
    Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), std::max<std::size_t>(size, 1));
    H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    return type;
}

Hdf5Handle access_settings()
{
    Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_alignment(access.id(), 1, 64);           // floats are read in place
    H5Pset_file_locking(access.id(), false, true);  // a finished shard never changes; some file systems cannot lock
    H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_LATEST);
    return access;
}

}  // namespace

struct Hdf5File::State {
    std::filesystem::path path;
    mutable Hdf5Handle file;
    bool is_written = true;

    Hdf5Handle dataset(const std::string& name) const;
    std::size_t length(const std::string& name) const;
    void write_list(const std::string& name, const void* values, std::size_t count, hid_t type, hid_t stored);
    void read_list(const std::string& name, void* values, hid_t type) const;
    void write_attribute(const std::string& name, hid_t type, const void* value);
    Hdf5Handle attribute(const std::string& name) const;
    void require_room(const std::string& what, std::uint64_t count, std::uint64_t size) const;
    [[noreturn]] void fail(const std::string& what) const;
};

Hdf5File::Hdf5File(std::unique_ptr<State> state) : state_(std::move(state))
{
    if (state_->file.id() < 0) {
        state_->fail("cannot be opened as an HDF5 file");
    }
}

Hdf5File::Hdf5File(Hdf5File&&) noexcept = default;
Hdf5File::~Hdf5File() = default;

Hdf5File Hdf5File::create(const std::filesystem::path& path)
{
    const Hdf5Handle access = access_settings();
    const Hdf5Handle settings(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_obj_track_times(settings.id(), false);  // of the root group: the same content is the same bytes
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, settings.id(), access.id());
    return Hdf5File(std::make_unique<State>(State{path, Hdf5Handle(file, H5Fclose)}));
}

Hdf5File Hdf5File::open(const std::filesystem::path& path, bool writable)
{
    const Hdf5Handle access = access_settings();
    const hid_t file = H5Fopen(path.c_str(), writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access.id());
    return Hdf5File(std::make_unique<State>(State{path, Hdf5Handle(file, H5Fclose), writable}));
}

void Hdf5File::State::fail(const std::string& what) const
{
    if (!is_written) {  // HDF5 1.10 may not return from closing a file that it could not read (found by tests/fuzz)
        file.abandon();
    }
    const Hdf5Reason reason = last_hdf5_reason();
    throw Error(fmt::format("{}: {}{}{}", path.string(), what, reason.text.empty() ? "" : ": ", reason.text), path,
                reason.code);
}

void Hdf5File::close()
{
    if (!state_->file.close()) {
        state_->fail("cannot be written to its end");
    }
}

void Hdf5File::State::write_attribute(const std::string& name, hid_t type, const void* value)
{
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle attribute(H5Acreate2(file.id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
                               H5Aclose);
    if (attribute.id() < 0 || H5Awrite(attribute.id(), type, value) < 0) {
        fail(fmt::format("attribute `{}` cannot be written", name));
    }
}

void Hdf5File::write_attribute(const std::string& name, std::int64_t value)
{
    state_->write_attribute(name, H5T_NATIVE_INT64, &value);
}

void Hdf5File::write_attribute(const std::string& name, double value)
{
    state_->write_attribute(name, H5T_NATIVE_DOUBLE, &value);
}

void Hdf5File::write_attribute(const std::string& name, const std::string& value)
{
    const Hdf5Handle type = text_type(value.size());
    state_->write_attribute(name, type.id(), value.c_str());
}

// An attribute of one value: a damaged one may announce more, which would be written behind the variable.
Hdf5Handle Hdf5File::State::attribute(const std::string& name) const
{
    Hdf5Handle opened(H5Aopen(file.id(), name.c_str(), H5P_DEFAULT), H5Aclose);
    if (opened.id() < 0) {
        fail(fmt::format("attribute `{}` is missing", name));
    }
    const Hdf5Handle space(H5Aget_space(opened.id()), H5Sclose);
    if (space.id() < 0 || H5Sget_simple_extent_npoints(space.id()) != 1) {
        fail(fmt::format("attribute `{}` is not one value", name));
    }
    return opened;
}

// Lists are not compressed: what would take more bytes than the file has is damaged, and not read into memory.
void Hdf5File::State::require_room(const std::string& what, std::uint64_t count, std::uint64_t size) const
{
    std::error_code code;
    const std::uint64_t held = std::filesystem::file_size(path, code);
    if (!code && count > held / std::max<std::uint64_t>(size, 1)) {
        fail(fmt::format("{} announces {} values of {} bytes, more than the file has", what, count, size));
    }
}

std::int64_t Hdf5File::read_integer_attribute(const std::string& name) const
{
    std::int64_t value = 0;
    const Hdf5Handle attribute = state_->attribute(name);
    if (H5Aread(attribute.id(), H5T_NATIVE_INT64, &value) < 0) {
        state_->fail(fmt::format("attribute `{}` cannot be read", name));
    }
    return value;
}

double Hdf5File::read_real_attribute(const std::string& name) const
{
    double value = 0;
    const Hdf5Handle attribute = state_->attribute(name);
    if (H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value) < 0) {
        state_->fail(fmt::format("attribute `{}` cannot be read", name));
    }
    return value;
}

std::string Hdf5File::read_text_attribute(const std::string& name) const
{
    const Hdf5Handle attribute = state_->attribute(name);
    const Hdf5Handle stored(H5Aget_type(attribute.id()), H5Tclose);
    if (H5Tget_class(stored.id()) != H5T_STRING || H5Tis_variable_str(stored.id()) > 0) {
        state_->fail(fmt::format("attribute `{}` is not a fixed-length string", name));
    }
    state_->require_room(fmt::format("attribute `{}`", name), 1, H5Tget_size(stored.id()));
    std::string value(H5Tget_size(stored.id()), '\0');
    const Hdf5Handle type = text_type(value.size());
    if (H5Aread(attribute.id(), type.id(), value.data()) < 0) {
        state_->fail(fmt::format("attribute `{}` cannot be read", name));
    }
    value.resize(std::strlen(value.c_str()));
    return value;
}

Hdf5Handle Hdf5File::State::dataset(const std::string& name) const
{
    Hdf5Handle handle(H5Dopen2(file.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    if (handle.id() < 0) {
        fail(fmt::format("data set `{}` cannot be opened", name));
    }
    return handle;
}

std::size_t Hdf5File::State::length(const std::string& name) const
{
    const Hdf5Handle set = dataset(name);
    const Hdf5Handle space(H5Dget_space(set.id()), H5Sclose);
    hsize_t count = 0;
    if (space.id() < 0 || H5Sget_simple_extent_ndims(space.id()) != 1 ||
        H5Sget_simple_extent_dims(space.id(), &count, nullptr) < 0) {
        fail(fmt::format("data set `{}` is not a list", name));
    }
    const Hdf5Handle type(H5Dget_type(set.id()), H5Tclose);
    require_room(fmt::format("data set `{}`", name), count, H5Tget_size(type.id()));
    return count;
}

// Overwrites an existing list (checksums, once known).
void Hdf5File::State::write_list(const std::string& name, const void* values, std::size_t count, hid_t type,
                                 hid_t stored)
{
    const hsize_t size = count;
    if (H5Lexists(file.id(), name.c_str(), H5P_DEFAULT) <= 0) {
        const Hdf5Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
        const Hdf5Handle settings(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
        H5Pset_obj_track_times(settings.id(), false);  // the same content is the same bytes
        const Hdf5Handle set(
            H5Dcreate2(file.id(), name.c_str(), stored, space.id(), H5P_DEFAULT, settings.id(), H5P_DEFAULT), H5Dclose);
        if (set.id() < 0) {
            fail(fmt::format("data set `{}` cannot be made", name));
        }
    }
    Hdf5Handle set = dataset(name);
    if (count > 0 && H5Dwrite(set.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        fail(fmt::format("data set `{}` cannot be written", name));
    }
    if (!set.close()) {
        fail(fmt::format("data set `{}` cannot be written", name));
    }
}

void Hdf5File::State::read_list(const std::string& name, void* values, hid_t type) const
{
    const Hdf5Handle set = dataset(name);
    if (H5Dread(set.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        fail(fmt::format("data set `{}` cannot be read", name));
    }
}

bool Hdf5File::has(const std::string& name) const
{
    return H5Lexists(state_->file.id(), name.c_str(), H5P_DEFAULT) > 0;
}

template <typename T> void Hdf5File::write_list(const std::string& name, const std::vector<T>& values)
{
    state_->write_list(name, values.data(), values.size(), Hdf5Type<T>::memory(), Hdf5Type<T>::stored());
}

template <typename T> std::vector<T> Hdf5File::read_list(const std::string& name) const
{
    std::vector<T> values(state_->length(name));
    if (!values.empty()) {
        state_->read_list(name, values.data(), Hdf5Type<T>::memory());
    }
    return values;
}

template void Hdf5File::write_list(const std::string&, const std::vector<std::int8_t>&);
template void Hdf5File::write_list(const std::string&, const std::vector<std::int32_t>&);
template void Hdf5File::write_list(const std::string&, const std::vector<std::int64_t>&);
template void Hdf5File::write_list(const std::string&, const std::vector<std::uint32_t>&);
template void Hdf5File::write_list(const std::string&, const std::vector<float>&);
template void Hdf5File::write_list(const std::string&, const std::vector<double>&);
template std::vector<std::int8_t> Hdf5File::read_list(const std::string&) const;
template std::vector<std::int32_t> Hdf5File::read_list(const std::string&) const;
template std::vector<std::int64_t> Hdf5File::read_list(const std::string&) const;
template std::vector<std::uint32_t> Hdf5File::read_list(const std::string&) const;
template std::vector<float> Hdf5File::read_list(const std::string&) const;
template std::vector<double> Hdf5File::read_list(const std::string&) const;

void Hdf5File::write_texts(const std::string& name, const std::vector<std::string>& values)
{
    std::size_t size = 1;
    for (const std::string& value : values) {
        size = std::max(size, value.size());
    }
    std::vector<char> packed(size * values.size(), '\0');
    for (std::size_t index = 0; index < values.size(); ++index) {
        std::copy(values[index].begin(), values[index].end(),
                  packed.begin() + static_cast<std::ptrdiff_t>(index * size));
    }
    const Hdf5Handle type = text_type(size);
    state_->write_list(name, packed.data(), values.size(), type.id(), type.id());
}

std::vector<std::string> Hdf5File::read_texts(const std::string& name) const
{
    std::vector<std::string> values(state_->length(name));
    std::size_t size = 0;
    {
        const Hdf5Handle set = state_->dataset(name);
        const Hdf5Handle stored(H5Dget_type(set.id()), H5Tclose);
        if (H5Tget_class(stored.id()) != H5T_STRING || H5Tis_variable_str(stored.id()) > 0) {
            state_->fail(fmt::format("data set `{}` does not hold fixed-length strings", name));
        }
        size = H5Tget_size(stored.id());
    }
    std::vector<char> packed(size * values.size() + 1, '\0');
    const Hdf5Handle type = text_type(size);
    if (!values.empty()) {
        state_->read_list(name, packed.data(), type.id());
    }
    for (std::size_t index = 0; index < values.size(); ++index) {
        const char* text = packed.data() + index * size;
        values[index].assign(text, strnlen(text, size));
    }
    return values;
}

Hdf5File::Block Hdf5File::create_block(const std::string& name, const std::vector<std::uint64_t>& shape)
{
    const std::vector<hsize_t> dimensions(shape.begin(), shape.end());
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), dimensions.data(), nullptr), H5Sclose);
    const Hdf5Handle settings(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(settings.id(), false);
    H5Pset_layout(settings.id(), H5D_CONTIGUOUS);
    H5Pset_alloc_time(settings.id(), H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(settings.id(), H5D_FILL_TIME_NEVER);
    const Hdf5Handle set(H5Dcreate2(state_->file.id(), name.c_str(), H5T_IEEE_F32LE, space.id(), H5P_DEFAULT,
                                    settings.id(), H5P_DEFAULT),
                         H5Dclose);
    if (set.id() < 0) {
        state_->fail(fmt::format("data set `{}` cannot be made", name));
    }
    return find_block(name);
}

Hdf5File::Block Hdf5File::find_block(const std::string& name) const
{
    const Hdf5Handle set = state_->dataset(name);
    const Hdf5Handle settings(H5Dget_create_plist(set.id()), H5Pclose);
    const Hdf5Handle type(H5Dget_type(set.id()), H5Tclose);
    const Hdf5Handle space(H5Dget_space(set.id()), H5Sclose);
    const haddr_t offset = H5Dget_offset(set.id());
    if (H5Pget_layout(settings.id()) != H5D_CONTIGUOUS || H5Tequal(type.id(), H5T_IEEE_F32LE) <= 0 ||
        offset == HADDR_UNDEF || offset % sizeof(float) != 0) {
        state_->fail(fmt::format("data set `{}` is not contiguous little-endian float32", name));
    }
    const int rank = H5Sget_simple_extent_ndims(space.id());
    std::vector<hsize_t> dimensions(static_cast<std::size_t>(std::max(rank, 0)));
    H5Sget_simple_extent_dims(space.id(), dimensions.data(), nullptr);
    Block block;
    block.offset = offset;
    block.bytes = sizeof(float);
    for (const hsize_t size : dimensions) {
        block.shape.push_back(size);
        block.bytes *= size;
    }
    return block;
}

}  // namespace attnsweep::data
