#include "golden_file.h"

#include <algorithm>

#include <hdf5.h>

namespace attnsweep::golden {

namespace {

// One HDF5 id, closed by the function that belongs to it.
class Id {
public:
    Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
    ~Id()
    {
        if (id_ >= 0) {
            close_(id_);
        }
    }
    Id(const Id&) = delete;
    Id& operator=(const Id&) = delete;
    operator hid_t() const { return id_; }
    bool valid() const { return id_ >= 0; }

private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

std::vector<std::int64_t> extent(hid_t space)
{
    const int rank = H5Sget_simple_extent_ndims(space);
    std::vector<hsize_t> sizes(static_cast<std::size_t>(std::max(rank, 0)));
    if (rank > 0) {
        H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
    }
    return {sizes.begin(), sizes.end()};
}

std::size_t product(const std::vector<std::int64_t>& shape)
{
    std::size_t count = 1;
    for (const auto size : shape) {
        count *= static_cast<std::size_t>(size);
    }
    return count;
}

}  // namespace

struct Group::Handle {
    explicit Handle(hid_t opened, herr_t (*close)(hid_t)) : id(opened, close) {}
    Id id;
};

Group::Group(std::shared_ptr<Handle> handle, std::string file, std::string name)
    : handle_(std::move(handle)), file_(std::move(file)), name_(std::move(name))
{
}

Group Group::open(const std::filesystem::path& file)
{
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // what went wrong is said once, by Error
    if (!std::filesystem::exists(file)) {
        throw Error(file.string() + ": no such file");
    }
    auto handle = std::make_shared<Handle>(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (!handle->id.valid()) {
        throw Error(file.string() + ": cannot be opened as HDF5");
    }
    return Group(std::move(handle), file.string(), "");
}

Group Group::group(const std::string& path) const
{
    auto handle = std::make_shared<Handle>(H5Gopen2(handle_->id, path.c_str(), H5P_DEFAULT), H5Gclose);
    if (!handle->id.valid()) {
        throw Error(file_ + ": no group " + name_ + "/" + path);
    }
    return Group(std::move(handle), file_, name_.empty() ? path : name_ + "/" + path);
}

bool Group::contains(const std::string& path) const
{
    std::string so_far;
    for (std::size_t begin = 0; begin <= path.size();) {  // H5Lexists wants each step to exist
        const std::size_t end = std::min(path.find('/', begin), path.size());
        so_far = path.substr(0, end);
        if (H5Lexists(handle_->id, so_far.c_str(), H5P_DEFAULT) <= 0) {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

std::vector<std::string> Group::children() const
{
    std::vector<std::string> names;
    H5Literate(
        handle_->id, H5_INDEX_NAME, H5_ITER_INC, nullptr,
        [](hid_t, const char* name, const H5L_info_t*, void* into) {
            static_cast<std::vector<std::string>*>(into)->emplace_back(name);
            return 0;
        },
        &names);
    return names;
}

Array Group::floats(const std::string& path) const
{
    const Id set(H5Dopen2(handle_->id, path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!set.valid()) {
        throw Error(file_ + ": no data set " + name_ + "/" + path);
    }
    const Id space(H5Dget_space(set), H5Sclose);
    Array array{extent(space), {}};
    array.values.resize(product(array.shape));
    if (H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()) < 0) {
        throw Error(file_ + ": " + name_ + "/" + path + " cannot be read as numbers");
    }
    return array;
}

std::vector<std::int64_t> Group::integers(const std::string& path) const
{
    const Id set(H5Dopen2(handle_->id, path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!set.valid()) {
        throw Error(file_ + ": no data set " + name_ + "/" + path);
    }
    const Id space(H5Dget_space(set), H5Sclose);
    std::vector<std::int64_t> values(product(extent(space)));
    if (H5Dread(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
        throw Error(file_ + ": " + name_ + "/" + path + " cannot be read as integers");
    }
    return values;
}

std::map<std::string, Array> Group::tree(const std::string& path) const
{
    std::map<std::string, Array> all;
    const Group top = group(path);
    for (const std::string& child : top.children()) {
        H5O_info_t info;
        if (H5Oget_info_by_name(top.handle_->id, child.c_str(), &info, H5P_DEFAULT) < 0) {
            throw Error(file_ + ": " + top.name_ + "/" + child + " cannot be looked at");
        }
        if (info.type == H5O_TYPE_GROUP) {
            for (auto& [below, array] : top.tree(child)) {
                all[child + "/" + below] = std::move(array);
            }
        } else {
            all[child] = top.floats(child);
        }
    }
    return all;
}

std::optional<double> Group::number(const std::string& attribute) const
{
    const Id attr(H5Aopen(handle_->id, attribute.c_str(), H5P_DEFAULT), H5Aclose);
    double value = 0;
    if (!attr.valid()) {
        return std::nullopt;
    }
    const Id space(H5Aget_space(attr), H5Sclose);
    if (H5Sget_simple_extent_npoints(space) != 1 || H5Aread(attr, H5T_NATIVE_DOUBLE, &value) < 0) {
        throw Error(file_ + ": attribute " + attribute + " of " + name_ + " is not one number");
    }
    return value;
}

double Group::required(const std::string& attribute) const
{
    const auto value = number(attribute);
    if (!value) {
        throw Error(file_ + ": " + name_ + " has no attribute " + attribute);
    }
    return *value;
}

std::vector<std::int64_t> Group::numbers(const std::string& attribute) const
{
    const Id attr(H5Aopen(handle_->id, attribute.c_str(), H5P_DEFAULT), H5Aclose);
    if (!attr.valid()) {
        throw Error(file_ + ": " + name_ + " has no attribute " + attribute);
    }
    const Id space(H5Aget_space(attr), H5Sclose);
    std::vector<std::int64_t> values(
        static_cast<std::size_t>(std::max<hssize_t>(H5Sget_simple_extent_npoints(space), 0)));
    if (H5Aread(attr, H5T_NATIVE_INT64, values.data()) < 0) {
        throw Error(file_ + ": attribute " + attribute + " of " + name_ + " is not a list of integers");
    }
    return values;
}

}  // namespace attnsweep::golden
