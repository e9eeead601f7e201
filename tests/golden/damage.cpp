// damage FILE.h5 COPY.h5 DATA_SET: a copy of a golden file in which one number of one data set is wrong: golden_check must notice.

#include <cstdio>
#include <filesystem>
#include <vector>

#include <hdf5.h>

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::fprintf(stderr, "usage: damage FILE.h5 COPY.h5 DATA_SET\n");
        return 2;
    }
    std::filesystem::copy_file(argv[1], argv[2], std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(argv[2], std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    const hid_t file = H5Fopen(argv[2], H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t set = H5Dopen2(file, argv[3], H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (file < 0 || set < 0 || count < 1) {
        std::fprintf(stderr, "damage: no %s in %s\n", argv[3], argv[1]);
        return 2;
    }
    std::vector<float> values(static_cast<std::size_t>(count));
    herr_t status = H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    float largest = 0;
    for (const float value : values) {
        largest = value > largest ? value : largest;
    }
    values[values.size() / 2] += largest;
    status |= H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    status |= H5Sclose(space);
    status |= H5Dclose(set);
    status |= H5Fclose(file);
    return status < 0 ? 2 : 0;
}
