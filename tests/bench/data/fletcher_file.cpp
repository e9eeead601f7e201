#include "tests/bench/data/fletcher_file.h"

#include <array>
#include <stdexcept>
#include <string>

#include <hdf5.h>

namespace attnsweep::bench {
namespace {

constexpr auto data_set_name = "magnitudes";

hid_t valid(hid_t id, const std::string& what)
{
    if (id < 0) {
        throw std::runtime_error("HDF5: " + what + " failed");
    }
    return id;
}

void select_clip(hid_t space, std::int64_t index, const std::array<hsize_t, 3>& clip)
{
    const std::array<hsize_t, 3> start = {static_cast<hsize_t>(index), 0, 0};
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, clip.data(), nullptr);
}

}  // namespace

struct FletcherFile::State {
    hid_t file = -1, set = -1, space = -1, memory = -1;
    std::array<hsize_t, 3> clip{};  // (1, frames, bins)
};

void write_fletcher_file(const std::filesystem::path& path, const data::DataSet& data_set)
{
    const std::array<hsize_t, 3> clip = {1, static_cast<hsize_t>(data_set.frames()),
                                         static_cast<hsize_t>(data_set.bins())};
    const std::array<hsize_t, 3> all = {static_cast<hsize_t>(data_set.clips()), clip[1], clip[2]};
    const hid_t file = valid(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), "creating the file");
    const hid_t space = valid(H5Screate_simple(3, all.data(), nullptr), "making the space");
    const hid_t memory = valid(H5Screate_simple(3, clip.data(), nullptr), "making a clip's space");
    const hid_t settings = valid(H5Pcreate(H5P_DATASET_CREATE), "making the settings");
    H5Pset_chunk(settings, 3, clip.data());
    H5Pset_fletcher32(settings);
    const hid_t set = valid(H5Dcreate2(file, data_set_name, H5T_IEEE_F32LE, space, H5P_DEFAULT, settings, H5P_DEFAULT),
                            "creating the set");
    for (std::int64_t index = 0; index < data_set.clips(); ++index) {
        select_clip(space, index, clip);
        valid(H5Dwrite(set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, data_set.magnitudes(index).data()),
              "writing a clip");
    }
    H5Dclose(set);
    H5Pclose(settings);
    H5Sclose(memory);
    H5Sclose(space);
    valid(H5Fclose(file), "closing the file");
}

FletcherFile::FletcherFile(const std::filesystem::path& path) : state_(std::make_unique<State>())
{
    State& state = *state_;
    state.file = valid(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), "opening the file");
    state.set = valid(H5Dopen2(state.file, data_set_name, H5P_DEFAULT), "opening the set");
    state.space = valid(H5Dget_space(state.set), "taking the space");
    H5Sget_simple_extent_dims(state.space, state.clip.data(), nullptr);
    state.clip[0] = 1;
    state.memory = valid(H5Screate_simple(3, state.clip.data(), nullptr), "making a clip's space");
}

FletcherFile::~FletcherFile()
{
    H5Sclose(state_->memory);
    H5Sclose(state_->space);
    H5Dclose(state_->set);
    H5Fclose(state_->file);
}

void FletcherFile::read(std::int64_t index, float* out) const
{
    select_clip(state_->space, index, state_->clip);
    valid(H5Dread(state_->set, H5T_NATIVE_FLOAT, state_->memory, state_->space, H5P_DEFAULT, out), "reading a clip");
}

}  // namespace attnsweep::bench
